"""Crossbars of nonlinear cells."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.circuits.nodal import Wires, solve
from neurosim.circuits.sinh_cells import MILO_MOST_V, CubicCells, SinhCells, milo_cells, solve_cells
from neurosim.errors import InputError

WIRES = Wires(2.0, 3.0, 50.0, 20.0)


def array(n_out=6, n_in=5, seed=1):
    rng = np.random.Generator(np.random.Philox(seed))
    return rng.uniform(5e-5, 2e-4, (n_out, n_in)), rng.uniform(-0.5, 0.5, n_in)


def laws():
    conductance, _ = array()
    return {"sinh": SinhCells(conductance, 4.0), "cubic": CubicCells(conductance, 0.5 * conductance, 2 * conductance),
            "milo": milo_cells(conductance)}


@pytest.mark.parametrize("name", laws())
def test_a_law_is_odd_and_its_slope_is_its_derivative(name):
    cells, volt, h = laws()[name], np.full((6, 5), 0.3), 1e-5
    numeric = (cells.current_A(volt + h) - cells.current_A(volt - h)) / (2 * h)
    assert np.allclose(cells.slope_S(volt), numeric, rtol=1e-8, atol=0)
    assert np.array_equal(cells.current_A(-volt), -cells.current_A(volt))
    assert np.allclose(cells.slope_S(0 * volt), cells.conductance_S, rtol=1e-15, atol=0)


@pytest.mark.parametrize("name", laws())
def test_perfect_wires_give_the_sum_of_the_cells(name):
    cells, (_, voltage) = laws()[name], array()
    expected = cells.current_A(np.broadcast_to(voltage, (6, 5))).sum(axis=1)
    assert np.allclose(solve_cells(cells, voltage, Wires(0.0, 0.0)).output_A, expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", laws())
@pytest.mark.parametrize("first", (False, True))
def test_the_law_of_every_cell_and_the_balance_of_every_line_hold_at_the_solution(name, first):
    cells, (_, voltage) = laws()[name], array()
    found = solve_cells(cells, voltage, WIRES._replace(sense_at_first=first))
    current = cells.current_A(found.input_node_V - found.output_node_V)
    assert np.allclose(current.sum(axis=1), found.output_A, rtol=1e-12, atol=0)
    assert np.allclose((voltage - found.input_node_V[0]) / 52, found.input_A, rtol=1e-9, atol=0)
    last = found.output_node_V[:, 0 if first else -1]
    assert np.allclose(last / 23, found.output_A, rtol=1e-9, atol=0)


def test_a_gentle_sinh_is_a_linear_cell():
    conductance, voltage = array()
    found = solve_cells(SinhCells(conductance, 1e-4), voltage, WIRES)
    assert np.allclose(found.output_A, solve(conductance, voltage, WIRES).output_A, rtol=1e-8, atol=0)


def test_newton_steps_that_overshoot_are_shortened():
    steep = SinhCells(np.array([[1e-3]]), 40.0)  # at 1 V, 10^12 times the current that the line can carry
    found = solve_cells(steep, np.array([1.0]), Wires(100.0, 100.0))
    over = found.input_node_V[0, 0] - found.output_node_V[0, 0]
    assert found.output_A[0] == pytest.approx((1 - over) / 200, rel=1e-9)
    assert found.output_A[0] == pytest.approx(1e-3 / 40 * np.sinh(40 * over), rel=1e-9)


def test_milo_conducts_as_written_down_by_hand():
    """G = 100 uS: log10 G = -4, so that N2 = -8.1e-6 A/V^2 and N3 = -5.4e-7 A/V^3, where four digits of each coefficient are left."""
    cells = milo_cells(np.array([[1e-4]]))
    assert cells.quadratic[0, 0] == pytest.approx(0.0001388 * -64 + 0.001541 * 16 - 0.005711 * 4 + 0.007063, abs=1e-12)
    assert cells.cubic[0, 0] == pytest.approx(8.8710e-5 * 16 - 6.7919e-4 * 4 + 1.2968e-3, abs=1e-12)


def test_milo_rises_over_the_whole_range_of_the_fit():
    cells = milo_cells(np.linspace(50e-6, 225e-6, 50)[None])
    assert all((cells.slope_S(np.full((1, 50), volt)) > 0).all() for volt in np.linspace(0, MILO_MOST_V, 20))


def test_milo_is_refused_outside_of_the_measured_range():
    with pytest.raises(InputError, match="the fit holds from 5e-05 to 0.000225 S"):
        milo_cells(np.array([[1e-5]]))


def test_many_vectors_at_once_an_overflow_and_an_unreachable_residual_are_refused():
    conductance, voltage = array()
    with pytest.raises(InputError, match="one vector at a time"):
        solve_cells(SinhCells(conductance, 3.0), np.stack([voltage, voltage]), WIRES)
    with pytest.raises(InputError, match="overflows"):
        solve_cells(SinhCells(conductance, 1e5), voltage, WIRES)
    with pytest.raises(InputError, match="is left after 100 Newton steps"):
        solve_cells(SinhCells(conductance, 3.0), voltage, WIRES, residual=-1.0)
