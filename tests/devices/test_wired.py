"""Devices on lines with resistance."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import maybe_compiled, projection
from components import CIRCUITS, DEVICES, Bench, soft_bounds, wired

from neurosim.circuits.calibration import calibrate
from neurosim.circuits.nodal import Wires, solve
from neurosim.circuits.wires import Geometry
from neurosim.contract import draws, sense, sweep
from neurosim.devices.ideal import Ideal
from neurosim.devices.pulses import fire, granule, is_clear, longest
from neurosim.devices.wired import refresh
from neurosim.devices.wired import wired as on_wires
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import padded, zeros
from neurosim.synapses.dense import Dense
from neurosim.synapses.fan_in import FanIn
from neurosim.synapses.layout import arrange, choose, matrix_of
from neurosim.synapses.masks import random_mask

N_POST, N_PRE, SIEMENS = 36, 30, 1e-4
TILES = Geometry(16, 20, 2.0, 3.0, 30.0, 20.0)
fast = maybe_compiled(refresh)


def matrix():
    return np.random.Generator(np.random.Philox(8)).uniform(-1, 1, (N_POST, N_PRE))


def exact(weights, x):
    """Currents of the arrays, in units of the weight: every tile solved as a circuit."""
    y = np.zeros(N_POST)
    wires = Wires(*TILES[2:])
    for i in range(0, N_POST, TILES.cols):
        for j in range(0, N_PRE, TILES.rows):
            block, volt = weights[i:i + TILES.cols, j:j + TILES.rows] * SIEMENS, x[j:j + TILES.rows]
            y[i:i + TILES.cols] += sum(sign * solve(np.maximum(sign * block, 0), volt, wires).output_A for sign in (1, -1)) / SIEMENS
    return y


def on_lines(synapses, coupling, dtype=np.float64):
    labels = arrange(synapses, 1 + np.arange(N_POST * N_PRE).reshape(N_POST, N_PRE), np.int64)

    def make(cells):
        device = on_wires(Ideal(), labels, N_PRE, TILES, SIEMENS, coupling, dtype)
        refresh(device, cells)
        return device
    return make


@pytest.mark.parametrize("mask", (None, random_mask(N_POST, N_PRE, 0.4, Bench().rng)), ids=("dense", "sparse"))
def test_a_read_is_that_of_the_exact_circuit_but_for_the_stated_error(mask):
    weights, density = matrix() * (1 if mask is None else mask), 1.0 if mask is None else mask.mean()
    synapses, found = choose(N_POST, N_PRE, mask), calibrate(TILES, SIEMENS, density / 2)
    bench = Bench(N_PRE, 1, 1, np.float64)
    p = projection(
        bench, synapses, weights, on_lines(synapses, found.coupling), CIRCUITS["quiet"], lambda cells, j: Outer(),
        lambda cells: still("", cells))
    z, current = zeros((1, padded(N_PRE)), np.float64), zeros((1, padded(N_POST)), np.float64)
    z[0, :N_PRE] = np.random.Generator(np.random.Philox(9)).uniform(-1, 1, N_PRE)
    sweep(synapses, p, 0, z, current, Key(1, 1, 0))
    truth = exact(weights, z[0, :N_PRE])
    error = np.linalg.norm(current[0, :N_POST] - truth) / np.linalg.norm(truth)
    drop = np.linalg.norm(weights @ z[0, :N_PRE] - truth) / np.linalg.norm(truth)
    assert 0.005 < drop and error < 0.02 * drop and error < 3 * found.error


def test_every_layout_has_the_same_factors():
    found = []
    for kind in (Dense(N_PRE, N_POST), FanIn(N_PRE, N_POST), choose(N_POST, N_PRE, np.ones((N_POST, N_PRE), bool))):
        cells = arrange(kind, matrix(), np.float64)
        found.append(matrix_of(kind, on_lines(kind, 0.4)(cells).factor, N_POST, N_PRE))
    assert (found[0] == found[1]).all() and (found[0] == found[2]).all()


def test_factors_are_below_one_where_there_is_a_cell_and_one_in_the_padding():
    synapses = choose(N_POST, N_PRE, None)
    device = on_lines(synapses, 0.4)(arrange(synapses, matrix(), np.float64))
    is_cell = arrange(synapses, np.ones((N_POST, N_PRE)), np.float64) > 0
    assert (device.factor[is_cell] < 1).all() and (device.factor[is_cell] > 0.5).all() and (device.factor[~is_cell] == 1).all()


def test_factors_follow_the_weights_when_they_are_told_to():
    cells = zeros((6, 64), np.float64)
    cells[...] = 0.1
    device = wired(soft_bounds)(cells)
    before = device.factor.copy()
    cells *= 3
    assert (device.factor == before).all()
    refresh(device, cells)
    assert (device.factor < before).all()


def test_a_write_is_that_of_the_inner_device_and_draws_what_it_draws():
    cells = zeros((4, 64), np.float32)
    cells[...] = 0.1
    device = wired(soft_bounds)(cells)
    args = [np.float32(a) for a in (0.1, 3, 0.5, 0.0)]
    assert fire(device, 1, 2, *args) == fire(device.inner, 1, 2, *args) != args[0]
    assert (granule(device), longest(device)) == (granule(device.inner), longest(device.inner))
    assert is_clear(device, 1, 2, *args[:2]) == is_clear(device.inner, 1, 2, *args[:2])
    assert sense(device, 1, 2, args[0]) == args[0] * device.factor[1, 2] < args[0]
    assert [draws(DEVICES[name](cells)) for name in ("wired", "wired, write noise")] == [2, 3]


@pytest.mark.parametrize("dtype", (np.float32, np.float64))
def test_compiled_the_factors_have_the_same_bits(dtype):
    cells = zeros((6, 64), dtype)
    cells[...] = Bench().rng.uniform(-0.5, 0.5, cells.shape)
    plain, quick = (wired(soft_bounds)(cells) for _ in range(2))
    quick.factors[...] = 1
    fast(quick, cells)
    assert plain.factor.dtype == dtype and plain.factor.tobytes() == quick.factor.tobytes()
