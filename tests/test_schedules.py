"""When requests are written."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, Bench

from neurosim.eligibilities.outer import Fixed, Outer
from neurosim.eligibilities.trace import Trace
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.schedules import EverySequence, EveryStep, add_up, after_step, after_trial, due
from neurosim.synapses.dense import Dense
from neurosim.synapses.layout import matrix_of

KEY = Key(1, 17, 0)
BATCH, CHUNK = 2, 3


def made(eligibility=None):
    bench = Bench(6, BATCH, BATCH, np.float64)
    p = projection(
        bench, Dense(6, 7), np.zeros((7, 6)), DEVICES["ideal"], CIRCUITS["quiet"],
        eligibility or (lambda cells, j: Outer()), lambda cells: still("", cells), True, chunk=CHUNK)
    p.request.signal[:] = 1.0
    return p


def ask(p, seed):
    """Add a request of one step; what it asks for."""
    rng, offset = np.random.default_rng(seed), p.request.rank[0]
    rows = slice(offset, offset + BATCH)
    p.request.pre[rows, :6], p.request.post[rows, :7] = rng.standard_normal((BATCH, 6)), rng.standard_normal((BATCH, 7))
    p.request.rank[0] += BATCH
    return p.request.post[rows, :7].T @ p.request.pre[rows, :6]


def written(p):
    return matrix_of(p.synapses, p.conductance, 7, 6)


def test_every_step_all_pending_pairs_are_due_and_nothing_is_added_up():
    p = made()
    ask(p, 1)
    assert due(EveryStep(), p.request) == BATCH
    after_step(EveryStep(), p, BATCH)
    after_trial(EveryStep(), p, 0, KEY)
    assert p.request.rank[0] == BATCH and (p.total == 0).all() and (p.conductance == 0).all()


def test_every_sequence_nothing_is_due_at_a_step():
    p = made()
    ask(p, 1)
    assert due(EverySequence(), p.request) == 0


def test_requests_pile_up_until_the_next_one_would_not_fit():
    p = made()
    wanted = 0
    for seed in range(CHUNK - 1):
        wanted = wanted + ask(p, seed)
        after_step(EverySequence(), p, BATCH)
        assert p.request.rank[0] == BATCH * (seed + 1) and (p.total == 0).all()
    wanted = wanted + ask(p, CHUNK)
    after_step(EverySequence(), p, BATCH)
    assert p.request.rank[0] == 0
    assert np.allclose(matrix_of(p.synapses, p.total, 7, 6), wanted, rtol=1e-12)


@pytest.mark.parametrize("steps", [1, 3, 5])
def test_a_trial_ends_with_everything_written_and_nothing_pending(steps):
    """Whether or not the number of steps is a multiple of the chunk."""
    p, wanted = made(), 0
    for seed in range(steps):
        wanted = wanted + ask(p, seed)
        after_step(EverySequence(), p, BATCH)
    assert (written(p) == 0).all()
    after_trial(EverySequence(), p, 0, KEY)
    assert np.allclose(written(p), wanted, rtol=1e-12, atol=1e-14)
    assert p.request.rank[0] == 0 and (p.total == 0).all()
    after_trial(EverySequence(), p, 0, KEY)
    assert np.allclose(written(p), wanted, rtol=1e-12, atol=1e-14)


def test_a_trace_is_not_asked_again_when_nothing_is_pending():
    """It would decay once too often."""
    p = made(lambda cells, j: Trace(np.float64(0.5), np.ones_like(cells)))
    add_up(p)
    assert (p.eligibility.trace == 1).all()
    ask(p, 1)
    add_up(p)
    assert p.eligibility.trace[7, 63] == 0.5  # a cell of the padding: nothing but decay
    add_up(p)
    assert p.eligibility.trace[7, 63] == 0.5


def test_fixed_synapses_are_left_alone():
    p = made(lambda cells, j: Fixed())
    ask(p, 1)
    p.total[...] = 1.0
    after_step(EverySequence(), p, 100)
    after_trial(EverySequence(), p, 0, KEY)
    assert (p.conductance == 0).all() and (p.total == 1).all()
