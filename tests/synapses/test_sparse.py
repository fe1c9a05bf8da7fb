"""Sparse synapses in compressed rows."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, Bench

from neurosim.contract import commit, correlate, deliver, sweep
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import padded, zeros
from neurosim.synapses.dense import Dense
from neurosim.synapses.layout import choose, matrix_of
from neurosim.synapses.masks import random_mask

KEY = Key(1, 17, 0)


def made(mask, device="ideal", lanes=3, batch=1, sequence=False, synapses=None, circuit="quiet"):
    """(projection, weights) with a request of `batch` ranks pending."""
    n_post, n_pre = mask.shape
    bench = Bench(n_pre, lanes, batch, np.float64)
    weights = 0.1 * bench.rng.standard_normal(mask.shape) * mask
    p = projection(
        bench, synapses or choose(n_post, n_pre, mask), weights, DEVICES[device], CIRCUITS[circuit],
        lambda cells, j: Outer(), lambda cells: still("", cells), sequence)
    rng = np.random.default_rng(3)
    p.request.pre[:batch, :n_pre] = 0.1 * rng.standard_normal((batch, n_pre))
    p.request.post[:batch, :n_post] = rng.standard_normal((batch, n_post))
    p.request.rank[0] = batch
    return p, weights


def visit(p, n_pre, rank=0, lanes=3, seed=4):
    z = zeros((lanes, padded(n_pre)), np.float64)
    z[:, :n_pre] = np.random.default_rng(seed).standard_normal((lanes, n_pre))
    current = zeros(p.sums.shape, np.float64)
    sweep(p.synapses, p, rank, z, current, KEY)
    return z[:, :n_pre], current


def drawn(n_post=9, n_pre=8, density=0.4):
    return random_mask(n_post, n_pre, density, np.random.default_rng(1))


def test_rows_are_the_outgoing_synapses_of_each_input_in_order():
    mask = drawn()
    synapses = choose(*mask.shape, mask)
    assert synapses.first.dtype == synapses.post.dtype == np.int32
    assert synapses.first[0] == 0 and synapses.first[-1] == mask.sum()
    for j in range(mask.shape[1]):
        assert (synapses.post[synapses.first[j]:synapses.first[j + 1]] == np.flatnonzero(mask[:, j])).all()


@pytest.mark.parametrize("rank", [1, 3])
@pytest.mark.parametrize("lanes", [1, 2, 3])
def test_a_full_mask_is_the_dense_projection(rank, lanes):
    everything, currents, matrices = np.ones((40, 8), bool), [], []
    for synapses in (None, Dense(8, 40)):
        p, _ = made(everything, lanes=lanes, batch=rank, synapses=synapses, circuit="read noise")
        currents.append((visit(p, 8, rank, lanes)[1], p.variance[:, :40]))
        matrices.append(matrix_of(p.synapses, p.conductance, 40, 8))
    assert np.allclose(*matrices, rtol=1e-12, atol=1e-14)
    for sparse, dense in zip(*currents, strict=True):
        assert np.allclose(sparse, dense, rtol=1e-12, atol=1e-13)


def test_inputs_without_synapses_and_an_empty_mask_send_nothing():
    mask = drawn()
    mask[:, [0, 3, 7]] = False
    for case in (mask, np.zeros_like(mask)):
        p, weights = made(case)
        z, current = visit(p, 8, 1)
        learned = matrix_of(p.synapses, p.conductance, 9, 8)
        assert np.allclose(current[:, :9], z @ learned.T, rtol=1e-12, atol=1e-14)
        assert ((learned != 0) == case).all()


def test_a_silent_input_is_not_written():
    p, weights = made(drawn(), "constant step")
    p.request.pre[0, [1, 4]] = 0
    visit(p, 8, 1)
    learned = matrix_of(p.synapses, p.conductance, 9, 8)
    assert (learned[:, [1, 4]] == weights[:, [1, 4]]).all() and (learned != weights).any()


@pytest.mark.parametrize("lane", [0, 1, 2])
def test_an_input_that_is_silent_in_other_lanes_still_sends_in_its_own(lane):
    p, weights = made(drawn())
    z, current = zeros((3, 64), np.float64), zeros((3, 64), np.float64)
    z[lane, :8] = np.random.default_rng(6).standard_normal(8)
    sweep(p.synapses, p, 0, z, current, KEY)
    assert np.allclose(current[:, :9], z[:, :8] @ weights.T, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("device", ["constant step", "soft bounds", "fixed point", "write noise"])
def test_a_committed_total_is_written_like_the_same_request_at_once(device):
    """More cells than a row buffer holds: the draws of a cell do not depend on how the array is cut."""
    mask = drawn(40, 30)
    online, sequence = made(mask, device)[0], made(mask, device, sequence=True)[0]
    assert online.conductance.shape[1] > 2 * online.scratch.uniform.size
    visit(online, 30, 1)
    correlate(sequence.synapses, sequence)
    commit(sequence.synapses, sequence, KEY)
    assert (online.conductance == sequence.conductance).all()
    assert (sequence.total == 0).all()


def test_a_total_is_the_sum_of_the_outer_products_where_synapses_exist():
    mask = drawn()
    p, _ = made(mask, batch=3, sequence=True)
    correlate(p.synapses, p)
    wanted = p.request.post[:3, :9].T @ p.request.pre[:3, :8] * mask
    assert np.allclose(matrix_of(p.synapses, p.total, 9, 8), wanted, rtol=1e-12, atol=1e-15)


def test_a_product_of_some_lanes_leaves_the_others():
    p, weights = made(drawn())
    z, current = zeros((3, 64), np.float64), zeros((3, 64), np.float64)
    z[:, :8] = np.random.default_rng(5).standard_normal((3, 8))
    deliver(p.synapses, p.conductance, z, current, 1, 2)
    assert np.allclose(current[1, :9], z[1, :8] @ weights.T, rtol=1e-12, atol=1e-14)
    assert (current[[0, 2]] == 0).all()
