"""Ladders of wire resistance, against the exact circuit where they are exact."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import maybe_compiled

from neurosim.circuits.calibration import effective
from neurosim.circuits.nodal import Wires, solve
from neurosim.circuits.wires import Geometry, attenuate, couple, lines_of

RNG = np.random.Generator(np.random.Philox(11))
CELLS = RNG.uniform(-1e-4, 1e-4, (9, 14))  # (post, pre), S
TILES = Geometry(5, 4, 20.0, 30.0, 100.0, 50.0)
fast = maybe_compiled(attenuate)


def shares(cells, geometry, dtype=np.float64, exists=True, solver=attenuate):
    """(share on the input lines, share on the output lines), (post, pre), of cells in S."""
    n_post, n_pre = cells.shape
    labels = (1 + np.arange(cells.size).reshape(cells.shape)) * exists
    weight, result = cells.ravel().astype(dtype), []
    for lines in lines_of(labels, n_pre, geometry, 1.0, dtype):
        share = np.ones(cells.size, dtype)
        solver(lines, weight, np.zeros((2, max(cells.shape)), dtype), share)
        result.append(share.reshape(cells.shape))
    return result


@pytest.mark.parametrize("wires", (Wires(20.0, 0.0, 100.0), Wires(0.0, 30.0, 0.0, 50.0), Wires(0.0, 0.0, 100.0)))
def test_the_surrogate_is_exact_if_lines_of_one_direction_are_perfect(wires):
    conductance = np.abs(CELLS)
    exact = solve(conductance, np.eye(14), wires).output_A.T
    found = effective(conductance, Geometry(14, 9, wires.input_Ohm, wires.output_Ohm, wires.driver_Ohm, wires.sense_Ohm), 0.4)
    assert np.allclose(found, exact, rtol=1e-11, atol=0)


def test_perfect_wires_leave_everything():
    assert all((share == 1).all() for share in shares(CELLS, Geometry(5, 4, 0.0, 0.0, 0.0, 0.0)))


def test_the_error_is_of_second_order_in_the_resistance():
    conductance, errors = np.abs(CELLS), []
    for ohm in (1.0, 2.0):
        exact = solve(conductance, np.eye(14), Wires(ohm, ohm, ohm, ohm)).output_A.T
        errors.append(np.linalg.norm(effective(conductance, Geometry(14, 9, ohm, ohm, ohm, ohm), 0.0) - exact))
    assert errors[1] / errors[0] == pytest.approx(4, rel=0.05)


def test_cells_of_one_sign_load_lines_of_their_own():
    both, plus, minus = (shares(cells, TILES) for cells in (CELLS, np.maximum(CELLS, 0), np.minimum(CELLS, 0)))
    for together, positive, negative in zip(both, plus, minus):
        assert (together == np.where(CELLS < 0, negative, positive)).all()
        assert not (together == positive).all()


def test_every_array_of_a_cut_matrix_is_a_circuit_of_its_own():
    whole = shares(CELLS, TILES)
    for i in range(0, 9, 4):
        for j in range(0, 14, 5):
            alone = shares(CELLS[i:i + 4, j:j + 5], TILES)
            assert all((a[i:i + 4, j:j + 5] == b).all() for a, b in zip(whole, alone))


def test_a_synapse_that_does_not_exist_is_a_crossing_without_a_cell():
    exists = RNG.random(CELLS.shape) < 0.5
    sparse, dense = shares(CELLS, TILES, exists=exists), shares(CELLS * exists, TILES)
    assert all(np.allclose(a[exists], b[exists], rtol=1e-14, atol=0) for a, b in zip(sparse, dense))
    assert all((a[~exists] == 1).all() for a in sparse)


@pytest.mark.parametrize("dtype", (np.float32, np.float64))
def test_compiled_it_gives_the_same_bits(dtype):
    for plain, compiled in zip(shares(CELLS, TILES, dtype), shares(CELLS, TILES, dtype, solver=fast)):
        assert plain.dtype == dtype and plain.tobytes() == compiled.tobytes()


def test_a_coupling_adds_what_the_lines_of_both_directions_do_to_each_other():
    u, v = np.array([1.0, 0.9, 0.8]), np.array([0.5, 1.0, 0.7])
    share = u.copy()
    couple(0.4, share, v)
    assert np.allclose(share, u * v * (1 + 0.4 * (1 - u) * (1 - v)), rtol=1e-15, atol=0)
    assert share[0] == 0.5 and share[1] == 0.9
