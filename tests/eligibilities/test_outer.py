"""Eligibility without memory, and none."""
from __future__ import annotations

import numpy as np
from assemble import heard, local_of, projection
from components import CIRCUITS, DEVICES, Bench

from neurosim import loop
from neurosim.contract import change, correlate, is_dense_in_time, is_lateral, is_mergeable, is_plastic
from neurosim.eligibilities.outer import Fixed, Outer
from neurosim.rules.readout import LeastMeanSquares
from neurosim.rules.rule import still
from neurosim.storage import zeros
from neurosim.synapses.dense import Dense


def made(eligibility, batch=2, sequence=False, chunk=3):
    bench = Bench(6, batch, batch, np.float64)
    return projection(
        bench, Dense(6, 7), bench.rng.standard_normal((7, 6)), DEVICES["ideal"], CIRCUITS["quiet"],
        lambda cells, j: eligibility, lambda cells: still("", cells), sequence, chunk=chunk)


def ask(p, z, error):
    """One request of the delta rule with rate 0.1."""
    loop.remember(p, z, 0, len(z))
    local = local_of(error, error, error, error)
    loop.ask(LeastMeanSquares(np.float64(0.1)), p, local, heard(*(np.zeros(len(z)) for _ in range(3))), len(z))


def sent(seed, batch=2):
    z, error = zeros((batch, 64), np.float64), zeros((batch, 64), np.float64)
    rng = np.random.default_rng(seed)
    z[:, :6], error[:, :7] = rng.standard_normal((batch, 6)), rng.standard_normal((batch, 7))
    return z, error


def test_the_change_is_the_drive_and_nothing_is_kept():
    for drive in (0.0, -0.3, 1e30):
        assert change(Outer(), 1, 2, np.float64(0.5), np.float64(drive), np.float64(7)) == drive


def test_outer_is_the_plain_plastic_case():
    assert is_plastic(Outer()) and is_mergeable(Outer()) and not is_dense_in_time(Outer()) and not is_lateral(Outer())


def test_the_three_factors_are_multiplied_once():
    p = made(Outer(), sequence=True)
    z, error = sent(1)
    ask(p, z, error)
    correlate(p.synapses, p)
    assert np.allclose(p.total[:6, :7], -0.1 * z[:, :6].T @ error[:, :7], rtol=1e-13)


def test_merged_requests_are_the_sum_of_single_ones():
    """Three steps in one visit, against one visit per step."""
    merged, single = made(Outer(), sequence=True), made(Outer(), sequence=True)
    for seed in range(3):
        ask(merged, *sent(seed))
        ask(single, *sent(seed))
        correlate(single.synapses, single)
        single.request.rank[0] = 0
    assert merged.request.rank[0] == 6
    correlate(merged.synapses, merged)
    assert np.allclose(merged.total, single.total, rtol=1e-13, atol=1e-15)


def test_fixed_synapses_are_never_asked():
    p = made(Fixed())
    assert not is_plastic(Fixed())
    ask(p, *sent(1))
    assert p.request.rank[0] == 0
    assert all((array == 0).all() for array in (p.request.pre, p.request.post, p.request.signal))
