"""All-to-all synapses, stored by input."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, Bench

from neurosim.contract import commit, correlate, sweep
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import zeros
from neurosim.synapses.dense import Dense
from neurosim.synapses.layout import matrix_of

KEY = Key(1, 17, 0)
N_POST, N_PRE = 7, 10


def made(device="ideal", lanes=2, batch=1, sequence=False, chunk=1, circuit="quiet"):
    bench = Bench(N_PRE, lanes, batch, np.float64)
    weights = 0.1 * bench.rng.standard_normal((N_POST, N_PRE))
    return projection(
        bench, Dense(N_PRE, N_POST), weights, DEVICES[device], CIRCUITS[circuit], lambda cells, j: Outer(),
        lambda cells: still("", cells), sequence, chunk=chunk)


def sent(lanes, silent=()):
    z = zeros((lanes, 64), np.float64)
    z[:, :N_PRE] = np.random.default_rng(2).standard_normal(N_PRE)
    z[:, list(silent)] = 0
    return z


def ask(p, seed, q=0, scale=1.0, silent=()):
    rng = np.random.default_rng(seed)
    p.request.pre[q, :N_PRE] = scale * rng.standard_normal(N_PRE)
    p.request.post[q, :N_POST] = rng.standard_normal(N_POST)
    p.request.pre[q, list(silent)] = 0


def visit(p, rank, z, key=KEY):
    current = zeros((len(z), 64), np.float64)
    sweep(p.synapses, p, rank, z, current, key)
    return current


@pytest.mark.parametrize("device", ["ideal", "fixed point, nearest"])
@pytest.mark.parametrize("silent", [(), (1, 4, 5)])
@pytest.mark.parametrize("circuit", ["quiet", "read noise"])
def test_the_fused_path_is_the_plain_path(device, silent, circuit):
    """Two lanes and one request take a loop of their own; three lanes do not."""
    results = []
    for lanes in (2, 3):
        p = made(device, lanes, circuit=circuit)
        if device != "ideal":
            p.conductance[...] = np.rint(p.conductance * 100)
        ask(p, 1, silent=silent)
        results.append((p.conductance, visit(p, 1, sent(lanes, silent))[:2], p.variance[:2]))
    for fused, plain in zip(*results, strict=True):
        assert np.allclose(fused, plain, rtol=1e-13, atol=1e-15)
    assert (results[0][0] == results[1][0]).all()


def test_a_request_of_many_ranks_is_written_as_the_sum():
    """Three samples in one visit against three visits."""
    once, thrice = made(lanes=6, batch=3), made()
    for q in range(3):
        ask(once, q, q)
        ask(thrice, q)
        visit(thrice, 1, sent(2))
    visit(once, 3, sent(6))
    assert np.allclose(once.conductance, thrice.conductance, rtol=1e-13, atol=1e-15)


def test_the_write_comes_before_the_read():
    p = made()
    ask(p, 1)
    z = sent(2)
    current = visit(p, 1, z)
    written = matrix_of(p.synapses, p.conductance, N_POST, N_PRE)
    assert np.allclose(current[:, :N_POST], z[:, :N_PRE] @ written.T, rtol=1e-12)


@pytest.mark.parametrize("device", ["constant step", "soft bounds", "fixed point", "write noise"])
def test_the_draws_of_a_cell_do_not_depend_on_which_rows_are_busy(device):
    """A row that is asked in both runs is written alike, whether its neighbours are asked or silent."""
    few, many = made(device), made(device)
    silent = (0, 1, 2, 5, 8)
    ask(few, 1, scale=0.1, silent=silent)
    ask(many, 1, scale=0.1)
    before = few.conductance.copy()
    visit(few, 1, sent(2, silent))
    visit(many, 1, sent(2))
    busy = [j for j in range(N_PRE) if j not in silent]
    assert (few.conductance[busy] == many.conductance[busy]).all()
    assert (few.conductance[busy] != before[busy]).any()
    assert (few.conductance[list(silent)] == before[list(silent)]).all()


@pytest.mark.parametrize("device", ["constant step", "fixed point", "write noise"])
def test_a_committed_total_is_written_like_the_same_request_at_once(device):
    """Same key, same draws: the end of a sequence of one step is the step."""
    online, sequence = made(device), made(device, sequence=True)
    for p in (online, sequence):
        ask(p, 1, scale=0.1)
        p.request.rank[0] = 1
    visit(online, 1, sent(2))
    correlate(sequence.synapses, sequence)
    commit(sequence.synapses, sequence, KEY)
    assert (online.conductance == sequence.conductance).all()
    assert (sequence.total == 0).all()


def test_an_odd_number_of_inputs_leaves_the_padding_rows_empty():
    p = made("constant step")
    ask(p, 1)
    visit(p, 1, sent(2))
    assert p.conductance.shape == (12, 64)
    assert (p.conductance[N_PRE:] == 0).all() and (p.conductance[:, N_POST:] == 0).all()
