"""Nodal analysis of a crossbar, against closed forms, conservation laws and a dense solver that is written out node by node."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.circuits.nodal import Mesh, Wires, solve, solve_mesh, solve_passive
from neurosim.errors import InputError

WIRES = Wires(2.0, 3.0, 50.0, 20.0)
SIZES = ((1, 1), (1, 4), (5, 1), (3, 4), (6, 5))


def array(n_out, n_in, seed=1):
    rng = np.random.Generator(np.random.Philox(seed))
    return rng.uniform(1e-6, 1e-4, (n_out, n_in)), rng.uniform(-0.5, 0.5, n_in)


def slow_currents(conductance, voltage, wires):
    """Output currents by a dense matrix to which every resistor is added on its own."""
    n_out, n_in = conductance.shape
    size = 2 * n_out * n_in
    matrix, right = np.zeros((size, size)), np.zeros(size)

    def resistor(p, q, siemens):  # q None: ground
        matrix[p, p] += siemens
        if q is not None:
            matrix[q, q] += siemens
            matrix[p, q] -= siemens
            matrix[q, p] -= siemens

    for i in range(n_out):
        for j in range(n_in):
            a, b = i * n_in + j, n_out * n_in + i * n_in + j
            resistor(a, b, conductance[i, j])
            if i == 0:
                siemens = 1 / (wires.driver_Ohm + wires.input_Ohm)
                resistor(a, None, siemens)
                right[a] = siemens * voltage[j]
            else:
                resistor(a, a - n_in, 1 / wires.input_Ohm)
            if j == n_in - 1:
                resistor(b, None, 1 / (wires.sense_Ohm + wires.output_Ohm))
            else:
                resistor(b, b + 1, 1 / wires.output_Ohm)
    node_V = np.linalg.solve(matrix, right)
    return node_V[n_out * n_in:].reshape(n_out, n_in)[:, -1] / (wires.sense_Ohm + wires.output_Ohm)


def test_one_cell_is_a_chain_of_resistors():
    found = solve(np.array([[1e-3]]), np.array([0.2]), Wires(2.0, 3.0, 50.0, 20.0))
    assert found.output_A[0] == pytest.approx(0.2 / (50 + 2 + 1000 + 3 + 20), rel=1e-13)
    assert found.input_node_V[0, 0] - found.output_node_V[0, 0] == pytest.approx(found.output_A[0] * 1000, rel=1e-13)


@pytest.mark.parametrize("size", SIZES)
def test_perfect_wires_give_the_matrix_product(size):
    conductance, voltage = array(*size)
    assert np.allclose(solve(conductance, voltage, Wires(0.0, 0.0)).output_A, conductance @ voltage, rtol=1e-13, atol=0)


@pytest.mark.parametrize("size", SIZES)
def test_it_agrees_with_a_dense_matrix_written_node_by_node(size):
    conductance, voltage = array(*size)
    assert np.allclose(solve(conductance, voltage, WIRES).output_A, slow_currents(conductance, voltage, WIRES), rtol=1e-11, atol=0)


@pytest.mark.parametrize("wires", (Wires(0.0, 3.0), Wires(2.0, 0.0), Wires(0.0, 0.0, 50.0, 20.0), Wires(2.0, 3.0, 0.0, 20.0)))
def test_a_wire_of_no_resistance_is_the_limit_of_a_short_one(wires):
    conductance, voltage = array(4, 5)
    short = wires._replace(input_Ohm=wires.input_Ohm or 1e-5, output_Ohm=wires.output_Ohm or 1e-5)
    assert np.allclose(solve(conductance, voltage, wires).output_A, solve(conductance, voltage, short).output_A, rtol=1e-7, atol=0)


def test_what_goes_in_comes_out_and_what_is_delivered_is_dissipated():
    conductance, voltage = array(6, 5)
    found = solve(conductance, voltage, WIRES)
    assert found.input_A.sum() == pytest.approx(found.output_A.sum(), rel=1e-12)
    inputs, outputs = WIRES.segments(6, 5)
    along_input = np.diff(np.vstack([voltage, found.input_node_V]), axis=0)
    along_output = np.diff(np.hstack([found.output_node_V, np.zeros((6, 1))]), axis=1)
    over_cells = found.input_node_V - found.output_node_V
    heat = (along_input**2 / inputs).sum() + (along_output**2 / outputs).sum() + (over_cells**2 * conductance).sum()
    assert found.power_W == pytest.approx(heat, rel=1e-10)


def test_many_vectors_are_solved_as_each_of_them():
    conductance, _ = array(3, 4)
    volts = np.vstack([array(3, 4, seed)[1] for seed in (1, 2, 3)])
    together = solve(conductance, volts, WIRES)
    for k, volt in enumerate(volts):
        for whole, alone in zip(together, solve(conductance, volt, WIRES)):
            assert np.allclose(whole[k], alone, rtol=1e-12, atol=0)


def test_amplifiers_at_the_first_input_line_mirror_those_at_the_last():
    conductance, voltage = array(3, 4)
    first = solve(conductance, voltage, WIRES._replace(sense_at_first=True))
    mirrored = solve(conductance[:, ::-1], voltage[::-1], WIRES)
    assert np.array_equal(first.output_A, mirrored.output_A)
    assert np.array_equal(first.input_A, mirrored.input_A[::-1])
    assert np.array_equal(first.output_node_V, mirrored.output_node_V[:, ::-1])


def test_a_passive_array_has_its_source_resistance_instead_of_the_outer_segments():
    conductance, voltage = array(3, 4)
    inputs, outputs = np.full((3, 4), 2.0), np.full((3, 4), 2.0)
    inputs[0] = outputs[:, -1] = 10.0
    expected = solve_mesh(Mesh(inputs, outputs), conductance, voltage).output_A
    assert np.array_equal(solve_passive(conductance.T, voltage, 10.0, 2.0).output_A, expected)


@pytest.mark.parametrize("conductance, voltage, wires, said", (
    (np.ones(3), np.ones(3), WIRES, "conductance_S: has the shape"),
    (-np.ones((2, 3)), np.ones(3), WIRES, "conductance_S: has a value that is negative"),
    (np.full((2, 3), np.nan), np.ones(3), WIRES, "conductance_S: has a value that is negative or not finite"),
    (np.ones((2, 3)), np.ones(2), WIRES, "must end in the 3 inputs"),
    (np.ones((2, 3)), np.full(3, np.inf), WIRES, "voltage_V: has a value that is not finite"),
    (np.ones((2, 3)), np.ones(3), Wires(-1.0, 1.0), "wires.input_Ohm: has a resistance that is negative"),
    (np.ones((2, 3)), np.ones(3), Wires(1.0, np.inf), "wires.output_Ohm: has a resistance that is negative or not finite"),
))
def test_what_cannot_be_solved_is_refused_in_a_sentence(conductance, voltage, wires, said):
    with pytest.raises(InputError, match=said):
        solve(conductance, voltage, wires)
