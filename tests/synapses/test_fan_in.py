"""All-to-all synapses onto a few neurons, stored by output, against the same synapses stored by input."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, Bench

from neurosim.contract import blank, commit, correlate, deliver, sweep
from neurosim.eligibilities.outer import Outer
from neurosim.eligibilities.shaken import Shaken
from neurosim.eligibilities.trace import Trace
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.rules.weight_perturbation import weight_noise
from neurosim.storage import zeros
from neurosim.synapses.dense import Dense
from neurosim.synapses.fan_in import FanIn
from neurosim.synapses.layout import arrange, matrix_of

N_POST, N_PRE, LANES, BATCH = 3, 70, 4, 2
KEY = Key(1, 19, 0)
ELIGIBILITIES = {
    "outer": lambda cells, j: Outer(), "trace": lambda cells, j: Trace(np.float64(0.9), np.zeros_like(cells)),
    "shaken": lambda cells, j: Shaken(j.noise)}


def both(device="ideal", circuit="quiet", eligibility="outer", sequence=False):
    """The same projection in both layouts, with the same request pending."""
    bench, pair = Bench(N_PRE, LANES, BATCH, np.float64), []
    weights, shaken = (np.random.default_rng(s).standard_normal((N_POST, N_PRE)) for s in (1, 2))
    rng = np.random.default_rng(3)
    pre, post = rng.standard_normal((BATCH, N_PRE)), rng.standard_normal((BATCH, N_POST))
    for synapses in (FanIn(N_PRE, N_POST), Dense(N_PRE, N_POST)):
        p = projection(
            bench, synapses, weights, DEVICES[device], CIRCUITS[circuit], ELIGIBILITIES[eligibility],
            lambda cells: (weight_noise(0.1, np.float64) if eligibility == "shaken" else still)("", cells), sequence)
        if eligibility == "shaken":
            p.jitter.noise[...] = arrange(synapses, shaken, np.float64)
        p.request.pre[:BATCH, :N_PRE], p.request.post[:BATCH, :N_POST] = pre, post
        p.request.signal[:], p.request.rank[0] = -0.5, BATCH
        pair.append(p)
    return pair


def weights(p):
    return matrix_of(p.synapses, p.conductance, N_POST, N_PRE)


def sent():
    z = zeros((LANES, 128), np.float64)
    z[:, :N_PRE] = np.random.default_rng(4).standard_normal((LANES, N_PRE))
    return z


def close(a, b):
    return np.allclose(a, b, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("eligibility", ELIGIBILITIES)
@pytest.mark.parametrize("circuit", ["quiet", "read noise"])
def test_a_visit_writes_and_sends_the_same(eligibility, circuit):
    pair, currents = both(circuit=circuit, eligibility=eligibility), []
    for p in pair:
        currents.append(zeros((LANES, 64), np.float64))
        sweep(p.synapses, p, BATCH, sent(), currents[-1], KEY)
    assert close(weights(pair[0]), weights(pair[1]))
    assert close(*currents)
    assert close(pair[0].variance[:, :N_POST], pair[1].variance[:, :N_POST])


@pytest.mark.parametrize("eligibility", ELIGIBILITIES)
def test_a_sequence_adds_up_and_commits_the_same(eligibility):
    pair = both(eligibility=eligibility, sequence=True)
    for p in pair:
        correlate(p.synapses, p)
        correlate(p.synapses, p)
    assert close(*(matrix_of(p.synapses, p.total, N_POST, N_PRE) for p in pair))
    for p in pair:
        commit(p.synapses, p, KEY)
        assert (p.total == 0).all()
    assert close(weights(pair[0]), weights(pair[1]))


def test_a_product_of_some_lanes_is_the_same():
    for p in both():
        current = zeros((LANES, 64), np.float64)
        deliver(p.synapses, p.conductance, sent(), current, 1, 3)
        assert close(current[1:3, :N_POST], sent()[1:3, :N_PRE] @ weights(p).T)
        assert (current[[0, 3]] == 0).all()


def test_both_layouts_blank_the_same_cells():
    for p in both():
        cells = np.ones_like(p.conductance)
        blank(p.synapses, cells)
        assert cells.sum() == N_POST * N_PRE and matrix_of(p.synapses, cells, N_POST, N_PRE).all()


@pytest.mark.parametrize("device", ["constant step", "fixed point", "write noise"])
def test_a_committed_total_is_written_like_the_same_request_at_once(device):
    online, sequence = both(device)[0], both(device, sequence=True)[0]
    sweep(online.synapses, online, BATCH, sent(), zeros((LANES, 64), np.float64), KEY)
    correlate(sequence.synapses, sequence)
    commit(sequence.synapses, sequence, KEY)
    assert (online.conductance == sequence.conductance).all()


def test_every_cell_draws_for_itself_in_either_layout():
    """Requests of half a level everywhere: 210 coins, and no two outputs or inputs toss the same."""
    for p in both("fixed point"):
        p.conductance[...] = 0
        p.request.pre[0, :N_PRE], p.request.post[0, :N_POST] = 0.5 * p.device.inner.lsb, 1.0
        sweep(p.synapses, p, 1, sent(), zeros((LANES, 64), np.float64), KEY)
        coins = weights(p) != 0
        assert abs(coins.mean() - 0.5) < 5 * 0.5 / np.sqrt(coins.size)
        assert len(np.unique(coins, axis=0)) == N_POST
        assert len(np.unique(coins[:, :8], axis=1).T) > 2
