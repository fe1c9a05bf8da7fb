"""Weights told apart by their sign: every connectivity, exact parts, and writes as without."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, SYNAPSES, Bench

from neurosim.contract import correlate, sweep
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import padded, zeros
from neurosim.synapses.by_sign import BySign
from neurosim.synapses.layout import choose

N_POST, N_PRE, KEY = 7, 6, Key(5, 1, 0)
CONNECTIVITIES = [(name, layout) for name in SYNAPSES for layout in (("pre-major", "post-major") if name == "dense" else ("csr",))]


def case(name, layout, lanes=3, device="ideal", change=lambda w: w, sequence=False):
    """(projection, matrix, what is sent) with the connectivity as it is."""
    mask, bench = SYNAPSES[name](N_POST, N_PRE), Bench(N_PRE, lanes, 1, np.float64)
    weights = change(bench.rng.normal(0, 0.4, (N_POST, N_PRE)) * (1 if mask is None else mask))
    p = projection(
        bench, choose(N_POST, N_PRE, mask, layout == "pre-major"), weights, DEVICES[device], CIRCUITS["quiet"], lambda cells, j: Outer(),
        lambda cells: still("", cells), sequence)
    z = zeros((lanes, padded(N_PRE)), np.float64)
    z[:, :N_PRE] = bench.rng.random((lanes, N_PRE)) * (bench.rng.random((lanes, N_PRE)) < 0.7)
    return p, weights, z


def split(p):
    return p._replace(synapses=BySign(p.synapses))


def asked(p):
    """The projection with a pending request."""
    rng = np.random.default_rng(3)
    p.request.pre[0, :N_PRE], p.request.post[0, :N_POST] = rng.random(N_PRE), 0.3 * rng.standard_normal(N_POST)
    p.request.signal[0], p.request.rank[0] = 1, 1
    return p


@pytest.mark.parametrize("lanes", [1, 2, 3])
@pytest.mark.parametrize(("name", "layout"), CONNECTIVITIES)
def test_every_weight_arrives_at_the_rows_of_its_sign(name, layout, lanes):
    p, weights, z = case(name, layout, lanes)
    current = zeros((2 * lanes, 64), np.float64)
    current[:] = 0.25  # what other projections have brought
    sweep(BySign(p.synapses), split(p), 0, z, current, KEY)
    for rows, part in ((current[:lanes], np.maximum(weights, 0)), (current[lanes:], np.minimum(weights, 0))):
        assert np.allclose(rows[:, :N_POST], 0.25 + z[:, :N_PRE] @ part.T, rtol=1e-13, atol=1e-14) and (rows[:, N_POST:] == 0.25).all()


@pytest.mark.parametrize(("name", "layout"), CONNECTIVITIES)
@pytest.mark.parametrize(("change", "empty"), [(np.abs, slice(3, 6)), (lambda w: -np.abs(w), slice(0, 3))], ids=["above", "below"])
def test_without_a_weight_of_a_sign_its_part_is_exactly_zero_and_the_other_the_whole(name, layout, change, empty):
    p, _, z = case(name, layout, change=change)
    current, whole = zeros((6, 64), np.float64), zeros((3, 64), np.float64)
    sweep(BySign(p.synapses), split(p), 0, z, current, KEY)
    sweep(p.synapses, p, 0, z, whole, KEY)
    assert (current[empty] == 0).all() and (np.delete(current, empty, axis=0) == whole).all() and whole.any()


@pytest.mark.parametrize("device", ["ideal", "write noise", "one-sided pair"])
@pytest.mark.parametrize(("name", "layout"), CONNECTIVITIES)
@pytest.mark.parametrize("lanes", [2, 3])
def test_what_is_pending_is_written_once_as_without_and_read_afterwards(name, layout, lanes, device):
    """To the bit; what arrives is that of the new weights."""
    p, plain = (asked(case(name, layout, lanes, device)[0]) for _ in range(2))
    z, before = case(name, layout, lanes)[2], p.conductance.copy()
    current, none = zeros((2 * lanes, 64), np.float64), zeros((lanes, 64), np.float64)
    sweep(BySign(p.synapses), split(p), 1, z, current, KEY)
    sweep(plain.synapses, plain, 1, z, none, KEY)
    assert p.conductance.tobytes() == plain.conductance.tobytes() != before.tobytes()
    assert not p.lines.any() and not p.sums.any()
    assert np.allclose(current[:lanes] + current[lanes:], none, rtol=1e-12, atol=1e-14)
    again = zeros((2 * lanes, 64), np.float64)
    sweep(BySign(p.synapses), split(p), 0, z, again, KEY)
    assert np.allclose(again, current, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("name", "layout"), CONNECTIVITIES)
def test_requests_of_a_trial_add_up_as_without(name, layout):
    p, plain = (asked(case(name, layout, sequence=True)[0]) for _ in range(2))
    correlate(BySign(p.synapses), split(p))
    correlate(plain.synapses, plain)
    assert (p.total == plain.total).all() and p.total.any()
