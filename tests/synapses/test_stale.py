"""The authors' stale-twin fault."""
from __future__ import annotations

import numpy as np
from assemble import projection
from components import CIRCUITS, DEVICES, Bench

from neurosim.contract import blank, commit, correlate, deliver, sweep
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import zeros
from neurosim.synapses.dense import Dense
from neurosim.synapses.layout import matrix_of
from neurosim.synapses.stale import StaleTwin

KEY = Key(1, 1, 0)


def made(lanes=4, sequence=False):
    """(projection whose perturbed lanes are stale, initial weights, z)."""
    bench = Bench(6, lanes, lanes // 2, np.float64)
    weights = bench.rng.standard_normal((6, 6))
    p = projection(
        bench, Dense(6, 6), weights, DEVICES["ideal"], CIRCUITS["quiet"], lambda cells, j: Outer(),
        lambda cells: still("", cells), sequence)
    z = zeros((lanes, 64), np.float64)
    z[:, :6] = bench.rng.standard_normal((lanes, 6))
    return p._replace(synapses=StaleTwin(p.synapses, p.conductance.copy())), weights, z


def ask(p):
    rng = np.random.default_rng(2)
    p.request.pre[0, :6], p.request.post[0, :6] = rng.standard_normal(6), rng.standard_normal(6)
    p.request.rank[0] = 1
    return np.outer(p.request.post[0, :6], p.request.pre[0, :6])


def test_clean_lanes_read_what_was_learned_and_perturbed_lanes_what_was_there_at_first():
    p, weights, z = made()
    learned, current = weights + ask(p), zeros((4, 64), np.float64)
    sweep(p.synapses, p, 1, z, current, KEY)
    assert np.allclose(matrix_of(p.synapses, p.conductance, 6, 6), learned, rtol=1e-13)
    assert np.allclose(current[:2, :6], z[:2, :6] @ learned.T, rtol=1e-12)
    assert np.allclose(current[2:, :6], z[2:, :6] @ weights.T, rtol=1e-12)


def test_before_anything_is_learned_the_twin_is_no_twin():
    p, weights, z = made()
    current = zeros((4, 64), np.float64)
    sweep(p.synapses, p, 0, z, current, KEY)
    assert np.allclose(current[:, :6], z[:, :6] @ weights.T, rtol=1e-12)


def test_everything_else_is_left_to_what_it_wraps():
    p, weights, z = made(sequence=True)
    asked = ask(p)
    correlate(p.synapses, p)
    commit(p.synapses, p, KEY)
    assert np.allclose(matrix_of(p.synapses, p.conductance, 6, 6), weights + asked, rtol=1e-13)
    current = zeros((4, 64), np.float64)
    deliver(p.synapses, p.conductance, z, current, 1, 3)
    assert np.allclose(current[1:3, :6], z[1:3, :6] @ (weights + asked).T, rtol=1e-12)
    assert (current[[0, 3]] == 0).all()
    cells = np.ones((8, 64))
    blank(p.synapses, cells)
    assert cells.sum() == 36
