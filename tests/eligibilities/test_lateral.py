"""Eligibilities of a decorrelating matrix, against the matrix formulas."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import heard, local_of, projection
from components import CIRCUITS, DEVICES, ON_GRID, Bench

from neurosim import loop
from neurosim.contract import change, is_dense_in_time, is_lateral, is_mergeable
from neurosim.eligibilities.lateral import Lateral, OffDiagonal
from neurosim.rules import Decorrelation
from neurosim.rules.rule import still
from neurosim.schedules import add_up
from neurosim.storage import zeros
from neurosim.synapses import dense
from neurosim.synapses.dense import Dense
from neurosim.synapses.layout import matrix_of

N, RATE = 6, 0.05


def made(form, batch, matrix, device="ideal", lanes=None, steps=1, sequence=False):
    """(rule, projection) of a decorrelating matrix (post, pre)."""
    rule, eligibility = Decorrelation(rate=RATE, form=form).build(N, batch, steps, np.float64)
    bench = Bench(N, lanes or 2 * batch, batch, np.float64)
    return rule, projection(
        bench, Dense(N, N), matrix, DEVICES[device], CIRCUITS["quiet"], lambda cells, j: eligibility,
        lambda cells: still("", cells), sequence)


def ask(rule, p, x_hat):
    """The request of one step whose decorrelated activity was `x_hat` (batch, n)."""
    batch, row, zero = len(x_hat), zeros((len(x_hat), 64), np.float64), np.zeros(len(x_hat))
    row[:, :N] = x_hat
    loop.remember(p, row, 0, batch)
    loop.ask(rule, p, local_of(row, row, row, row), heard(zero, zero, zero), batch)


def written(p, z=None):
    """The matrix after the pending request has been written."""
    z = zeros((p.lines.shape[0], 64), np.float64) if z is None else z
    current = zeros(p.sums.shape, np.float64)
    loop.pass_on(p, p.request.rank[0], z, current, p.request.signal.size, 1, 2, 0)
    return matrix_of(p.synapses, p.conductance, N, N), current


def correlation(x_hat):
    """Mean of x x^T over the batch, with zero diagonal."""
    c = x_hat.T @ x_hat / len(x_hat)
    return c - np.diag(np.diag(c))


def formula(form, matrix, x_hat):
    return matrix - RATE * correlation(x_hat) @ (matrix if form == "head" else np.eye(N))


def draw(batch, seed=1):
    rng = np.random.default_rng(seed)
    return np.eye(N) + 0.2 * rng.standard_normal((N, N)), rng.standard_normal((batch, N))


@pytest.mark.parametrize("form", ["head", "published"])
@pytest.mark.parametrize(("batch", "lanes"), [(1, 1), (1, 2), (3, 3), (3, 6)])
def test_one_step_is_the_matrix_formula(form, batch, lanes):
    """D - eps offdiag(mean x x^T) D, or without the last D: in every path of the sweep."""
    matrix, x_hat = draw(batch)
    rule, p = made(form, batch, matrix, lanes=lanes)
    ask(rule, p, x_hat)
    assert np.allclose(written(p)[0], formula(form, matrix, x_hat), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("form", ["head", "published"])
def test_activity_sent_in_the_same_visit_sees_the_new_matrix(form):
    matrix, x_hat = draw(1)
    rule, p = made(form, 1, matrix)
    ask(rule, p, x_hat)
    z = zeros((2, 64), np.float64)
    z[:, :N] = np.random.default_rng(2).standard_normal((2, N))
    assert np.allclose(written(p, z)[1][:, :N], z[:, :N] @ formula(form, matrix, x_hat).T, rtol=1e-12)


@pytest.mark.parametrize("form", ["head", "published"])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_sequence_averages_over_its_steps_at_the_old_matrix(form, batch):
    matrix, _ = draw(batch)
    rule, p = made(form, batch, matrix, steps=4, sequence=True)
    wanted = matrix.copy()
    for t in range(4):
        x_hat = draw(batch, seed=t)[1]
        wanted += (formula(form, matrix, x_hat) - matrix) / 4
        ask(rule, p, x_hat)
        add_up(p)
    assert np.allclose(matrix + matrix_of(p.synapses, p.total, N, N), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("form", ["head", "published"])
@pytest.mark.parametrize("device", [name for name in ON_GRID if name != "plus or minus one"])  # which writes one level at most
@pytest.mark.parametrize("lanes", [2, 3])
def test_on_a_grid_the_request_is_that_of_the_weight_not_of_the_level(form, device, lanes):
    """The change written is within one level of the one asked for."""
    matrix, x_hat = draw(1)
    levels = np.rint(matrix / 0.01)
    rule, p = made(form, 1, levels, device, lanes=lanes)
    ask(rule, p, x_hat)
    wanted = formula(form, 0.01 * levels, x_hat) / 0.01
    assert np.abs(wanted - levels).max() < 20 and np.abs(wanted).max() < 126  # some levels, short of saturation
    assert np.abs(written(p)[0] - wanted).max() <= 1


@pytest.mark.parametrize("form", ["head", "published"])
def test_exact_weights_take_the_pass_of_vectors(form, monkeypatch):
    taken = []
    monkeypatch.setattr(dense, "fused_rows", lambda *args: taken.append("rows"))
    monkeypatch.setattr(dense, "stream", lambda *args: taken.append("vectors"))
    matrix, x_hat = draw(1)
    rule, p = made(form, 1, matrix)
    ask(rule, p, x_hat)
    written(p)
    assert taken == ["vectors"]


def test_published_form_is_local_and_leaves_the_diagonal():
    wanted = {(0, 1): -0.6, (1, 0): -0.6, (2, 2): 0.0}
    for (r, c), value in wanted.items():
        assert change(OffDiagonal(), r, c, np.float64(99), np.float64(0.3), np.float64(-2)) == value
    assert not is_lateral(OffDiagonal()) and not is_dense_in_time(OffDiagonal()) and not is_mergeable(OffDiagonal())


def test_head_form_needs_the_back_projection_and_every_cell():
    square = np.arange(3.0)
    asked = change(Lateral(square), 0, 2, np.float64(0.5), np.float64(0.3), np.float64(-2))
    assert asked == pytest.approx(-2 * 0.3 + 2.0 * 0.5)
    assert is_lateral(Lateral(square)) and is_dense_in_time(Lateral(square)) and not is_mergeable(Lateral(square))


def test_uncorrelated_activity_moves_nothing_in_the_mean():
    """Every pattern of signs once: the mean of x x^T is the unit matrix."""
    x_hat = np.array(np.meshgrid(*[[-1.0, 1.0]] * N)).reshape(N, -1).T
    matrix, _ = draw(1)
    for form in ("head", "published"):
        rule, p = made(form, len(x_hat), matrix, lanes=1)
        ask(rule, p, x_hat)
        assert np.allclose(written(p)[0], matrix, rtol=0, atol=1e-13)


def test_padding_stays_empty():
    for form in ("head", "published"):
        matrix, x_hat = draw(3)
        rule, p = made(form, 3, matrix)
        ask(rule, p, x_hat)
        written(p)
        assert (p.conductance[N:] == 0).all() and (p.conductance[:, N:] == 0).all()
