"""Row kernels of dense synapses."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, Bench, one_sided_pair
from worn_devices import worn

from neurosim.contract import sweep
from neurosim.devices.pulses import granule
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import zeros
from neurosim.synapses.layout import choose
from neurosim.synapses.rows import busy_rows, outer_rows


def visited(busy, everything=False, n_pre=None, lanes=2, pre=None):
    """(rows to visit, the whole list) for rows that send where `busy`."""
    total = len(busy)
    z = zeros((lanes, 64), np.float64)
    z[lanes - 1, :total] = np.where(busy, -0.5, 0.0)
    pre = zeros((2, 64), np.float64) if pre is None else pre
    rows, loudness = np.full(total, -1, np.int64), np.full(total, 7.0)
    n = busy_rows(everything, total if n_pre is None else n_pre, z, pre, 2, loudness, rows)
    return rows[:n], rows


def test_busy_rows_come_first_and_every_row_once():
    """200 random patterns of 16 rows: a list completed to a multiple of four with silent rows, in order."""
    rng = np.random.default_rng(1)
    for _ in range(200):
        busy = rng.random(16) < rng.random()
        rows, listed = visited(busy)
        n = busy.sum()
        assert (rows[:n] == np.flatnonzero(busy)).all()
        assert len(rows) == (n + 3) // 4 * 4
        assert (np.sort(listed) == np.arange(16)).all()


def test_silence_visits_nothing():
    assert len(visited(np.zeros(8, bool))[0]) == 0


def test_everything_visits_everything_in_order():
    assert (visited(np.zeros(8, bool), everything=True)[0] == np.arange(8)).all()


def test_all_inputs_busy_visits_the_padding_too():
    """Six inputs in eight rows: the list must be whole blocks of four."""
    busy = np.arange(8) < 6
    assert (visited(busy, n_pre=6)[0] == np.arange(8)).all()


def test_a_row_with_a_request_is_busy_though_it_sends_nothing():
    pre = zeros((2, 64), np.float64)
    pre[1, 5] = 1e-300
    assert visited(np.zeros(8, bool), pre=pre)[0][0] == 5


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_row_that_is_not_finite_is_not_silent(value):
    z, rows, loudness = zeros((1, 64), np.float64), np.zeros(8, np.int64), np.zeros(8)
    z[0, 3] = value
    assert busy_rows(False, 8, z, zeros((1, 64), np.float64), 0, loudness, rows) == 4 and rows[0] == 3


def test_opposite_activity_of_two_lanes_does_not_cancel():
    z, rows, loudness = zeros((2, 64), np.float64), np.zeros(8, np.int64), np.zeros(8)
    z[0, 2], z[1, 2] = 0.5, -0.5
    assert busy_rows(False, 8, z, zeros((1, 64), np.float64), 0, loudness, rows) == 4 and rows[0] == 2


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4])
def test_outer_products_of_any_rank_are_added(rank):
    rng = np.random.default_rng(2)
    pre, post, target = rng.standard_normal((4, 64)), rng.standard_normal((4, 128)), rng.standard_normal((4, 128))
    sources, targets = (5, 0, 9, 3), (2, 0, 1, 3)
    wanted = target.copy()
    for row, source in zip(targets, sources, strict=True):
        wanted[row] += pre[:rank, source] @ post[:rank]
    outer_rows(target, *targets, pre, post, 0, rank, *sources)
    assert np.allclose(target, wanted, rtol=1e-13, atol=1e-14)


def test_the_refresh_of_one_row_leaves_the_request_of_the_next_alone():
    """Rows are asked for four at a time; every fourth one was written with the conductances of the one before."""
    p = projection(
        Bench(8, 1, 1, np.float64), choose(8, 8, None, True), np.full((8, 8), 0.2), worn(one_sided_pair), CIRCUITS["quiet"],
        lambda cells, j: Outer(), lambda cells: still("", cells))
    p.request.pre[0, :8], p.request.post[0, :8] = 1, 1.5 * granule(p.device)
    z, current = zeros((1, 64), np.float64), zeros((1, 64), np.float64)
    sweep(p.synapses, p, 1, z, current, Key(1, 16, 0))
    assert set(p.device.up[:8, :8].ravel()) == {1, 2} and not p.device.down.any()
