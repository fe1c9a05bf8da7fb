"""Synapses that are only read deliver what a sweep without a request delivers."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, SYNAPSES, Bench

from neurosim.contract import deliver, sweep
from neurosim.eligibilities.outer import Fixed
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import zeros
from neurosim.synapses.direct import Direct
from neurosim.synapses.layout import choose
from neurosim.synapses.read_only import ReadOnly, read_only

KEY = Key(1, 17, 0)
N_POST, N_PRE = 7, 10


def made(synapses, circuit, lanes):
    mask = SYNAPSES["sparse" if synapses == "sparse" else "dense"](N_POST, N_PRE)
    bench = Bench(N_PRE, lanes, 1, np.float32)
    weights = np.rint(10 * bench.rng.standard_normal((N_POST, N_PRE)) * (1 if mask is None else mask))
    return projection(
        bench, choose(N_POST, N_PRE, mask, synapses == "dense"), weights, DEVICES["fixed point"], CIRCUITS[circuit],
        lambda cells, j: Fixed(), lambda cells: still("", cells))


@pytest.mark.parametrize("lanes", [1, 2, 3])
@pytest.mark.parametrize("circuit", ["quiet", "read noise"])
@pytest.mark.parametrize("synapses", ["dense", "fan-in", "sparse"])
def test_reading_only_delivers_the_bits_of_a_sweep(synapses, circuit, lanes):
    p, found = made(synapses, circuit, lanes), []
    z = zeros((lanes, 64), np.float32)
    z[:, :N_PRE] = np.random.default_rng(2).standard_normal((lanes, N_PRE))
    z[:, 3] = 0
    for one in (p, p._replace(synapses=read_only(p.synapses))):
        current = zeros((lanes, 64), np.float32)
        p.variance[...] = 0
        sweep(one.synapses, one, 0, z, current, KEY)
        found.append((current.tobytes(), p.variance.tobytes()))
        assert np.abs(current[:, :N_POST]).min() > 0 and p.variance.any() == (circuit == "read noise")
    assert found[0] == found[1]


def test_a_request_is_not_looked_at():
    p = made("dense", "quiet", 1)
    p.request.pre[...] = p.request.post[...] = 1
    before = p.conductance.copy()
    sweep(read_only(p.synapses), p, 1, zeros((1, 64), np.float32), zeros((1, 64), np.float32), KEY)
    assert (p.conductance == before).all()


def test_everything_else_is_asked_of_the_inner_synapses():
    p, z, current = made("dense", "quiet", 1), zeros((1, 64), np.float32), zeros((2, 1, 64), np.float32)
    z[0, :N_PRE] = 1
    deliver(p.synapses, p.conductance, z, current[0], 0, 1)
    deliver(read_only(p.synapses), p.conductance, z, current[1], 0, 1)
    assert current[0].any() and (current[0] == current[1]).all()
    assert isinstance(read_only(p.synapses), ReadOnly) and read_only(Direct()) == Direct()
