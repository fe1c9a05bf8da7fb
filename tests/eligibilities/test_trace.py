"""Exponential eligibility trace."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, SYNAPSES, Bench

from neurosim.contract import change, is_dense_in_time, is_mergeable, sweep
from neurosim.eligibilities.trace import Trace
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import zeros
from neurosim.synapses.layout import choose, matrix_of

DECAY = np.float64(0.9)


def asked(eligibility, drive, signal=1.0, r=0, c=0):
    return change(eligibility, r, c, np.float64(0.5), np.float64(drive), np.float64(signal))


def test_trace_is_the_exponentially_weighted_sum_of_the_drives():
    eligibility, drives = Trace(DECAY, np.zeros((1, 1))), np.random.default_rng(1).standard_normal(50)
    for t, drive in enumerate(drives):
        wanted = (drives[:t + 1] * 0.9 ** np.arange(t, -1, -1)).sum()
        assert asked(eligibility, drive, signal=-2.0) == pytest.approx(-2.0 * wanted, rel=1e-12)


def test_trace_fades_by_the_decay_when_nothing_drives_it():
    eligibility = Trace(DECAY, np.full((1, 1), 0.5))
    for t in range(1, 20):
        asked(eligibility, 0.0)
        assert eligibility.trace[0, 0] == pytest.approx(0.5 * 0.9**t, rel=1e-13)


def test_trace_runs_on_while_the_third_factor_is_silent():
    eligibility = Trace(DECAY, np.zeros((1, 1)))
    assert asked(eligibility, 1.0, signal=0.0) == 0
    assert asked(eligibility, 0.0, signal=3.0) == pytest.approx(3.0 * 0.9)


def test_no_decay_factor_is_no_memory():
    eligibility = Trace(np.float64(0), np.full((1, 1), 9.0))
    assert asked(eligibility, 0.3, signal=-2.0) == -0.6


def test_every_cell_has_a_trace_of_its_own():
    eligibility = Trace(DECAY, np.zeros((2, 3)))
    asked(eligibility, 1.0, r=1, c=2)
    assert eligibility.trace[1, 2] == 1.0 and (eligibility.trace != 0).sum() == 1


@pytest.mark.parametrize(("name", "is_square"), [("dense", True), ("dense", False), ("sparse", True)])
def test_cells_of_silent_inputs_fade_too(name, is_square):
    """A request with one busy input: the traces of all the others decay, and are written while they do."""
    assert is_dense_in_time(Trace(DECAY, None)) and not is_mergeable(Trace(DECAY, None))
    bench, mask = Bench(6, 2, 1, np.float64), SYNAPSES[name](7, 6)
    exists = np.ones((7, 6)) if mask is None else mask
    p = projection(
        bench, choose(7, 6, mask, is_square), np.zeros((7, 6)), DEVICES["ideal"], CIRCUITS["quiet"],
        lambda cells, j: Trace(DECAY, np.zeros_like(cells)), lambda cells: still("", cells))
    rng, silence = np.random.default_rng(1), zeros((2, 64), np.float64)
    pre, post = rng.standard_normal((2, 6)), rng.standard_normal((2, 7))
    pre[1, :5] = 0
    for step in range(2):
        p.request.pre[0, :6], p.request.post[0, :7], p.request.signal[0] = pre[step], post[step], 0.5
        sweep(p.synapses, p, 1, silence, zeros((2, 64), np.float64), Key(1, 1, step))
    first, second = np.outer(post[0], pre[0]) * exists, np.outer(post[1], pre[1]) * exists
    assert np.allclose(matrix_of(p.synapses, p.eligibility.trace, 7, 6), 0.9 * first + second, rtol=1e-12)
    assert np.allclose(matrix_of(p.synapses, p.conductance, 7, 6), 0.5 * (1.9 * first + second), rtol=1e-12)
