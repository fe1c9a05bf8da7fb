"""Reads that clip are repeated."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, JITTERS, Bench, _path

from neurosim import loop
from neurosim.circuits.bound_management import BoundManaged
from neurosim.circuits.read_path import ReadPath, most_halvings
from neurosim.eligibilities.outer import Outer
from neurosim.mvm import circuit_for, read
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import zeros
from neurosim.synapses.dense import Dense
from neurosim.verbs import pass_on

WEIGHTS = np.random.default_rng(1).standard_normal((70, 40))
INPUTS = np.random.default_rng(2).uniform(-1, 1, (4, 40)) * np.array([[0.02], [1], [0.2], [0.5]])
PATH = ReadPath(dac_range=1.0, dac_top=2047.0, adc_range=2.0, adc_top=255.0, bound_management="iterative")


def circuit_and_outputs(path=PATH, inputs=INPUTS, step=0):
    circuit = circuit_for(path, WEIGHTS, len(inputs), np.float64)
    return circuit, read(circuit, WEIGHTS, inputs, Key(1, 0, step), pass_on)


def expected(x, most=511.75):
    """One lane in NumPy: (output, factor)."""
    r = 1
    while True:
        v = np.clip(np.rint(x / r * 2047), -2047, 2047) / 2047
        level = np.rint(WEIGHTS @ v / (2 / 255))
        if np.abs(level).max() <= 255 or r > most:
            return np.clip(level, -255, 255) * (2 / 255) * r, r
        r *= 2


def test_a_lane_is_halved_until_its_outputs_fit():
    circuit, found = circuit_and_outputs()
    assert isinstance(circuit, BoundManaged)
    wanted = [expected(x) for x in INPUTS]
    assert [int(f) for f in circuit.factor] == [r for _, r in wanted]
    assert len(set(circuit.factor)) >= 3
    assert np.allclose(found, [y for y, _ in wanted], rtol=1e-12)


def test_a_lane_that_fits_is_read_once_and_without_any_difference():
    plain = circuit_and_outputs(PATH._replace(bound_management=None))[1]
    circuit, found = circuit_and_outputs()
    assert circuit.factor[0] == 1 and (found[0] == plain[0]).all() and (found[1] != plain[1]).any()


@pytest.mark.parametrize(("limit", "factor"), [({"bm_max_factor": 0.5}, 1), ({"bm_max_factor": 1.0}, 2), ({"bm_max_factor": 2.0}, 4),
                                               ({"bm_max_res": 2 / 2047}, 4)])
def test_the_factor_stops_after_its_limit_and_what_is_left_clips(limit, factor):
    path = PATH._replace(**limit)
    circuit, found = circuit_and_outputs(path, INPUTS[1:2])
    assert circuit.factor[0] == factor
    assert np.abs(found).max() == 2.0 * factor


def test_the_finest_step_of_the_dac_limits_the_factor():
    assert most_halvings(PATH) == 0.25 * 2047
    assert most_halvings(ReadPath()) == np.inf


def test_lanes_do_not_depend_on_what_else_is_read():
    """Noise is drawn anew for every repetition, from the place of the lane: with noise, too."""
    noisy = PATH._replace(out_noise=0.1)
    all_lanes = circuit_and_outputs(noisy)[1]
    changed = INPUTS.copy()
    changed[3] *= 0.01
    fewer = circuit_and_outputs(noisy, changed)[1]
    assert (all_lanes[:3] == fewer[:3]).all() and (all_lanes[3] != fewer[3]).any()


def test_a_repetition_draws_noise_of_its_own():
    """One lane whose factor is fixed: the noise of the last read differs from the noise of an unmanaged read of the halved input."""
    noisy = PATH._replace(out_noise=0.1, bm_max_factor=1.0, adc_top=2e5)
    managed = circuit_and_outputs(noisy, INPUTS[2:3])[0]
    single = circuit_and_outputs(noisy._replace(bound_management=None, adc_range=50.0), INPUTS[2:3] / 2)[0]
    normals = managed.inner.inner.inner.normal, single.inner.inner.normal
    assert managed.factor[0] == 2 and (normals[0][:70] != normals[1][:70]).all()


def test_a_pending_write_happens_once():
    bench = Bench(40, 2, 1, np.float64)
    circuits = {
        "once": _path(dac_range=1.0, adc_range=1e9), "again": _path(dac_range=1.0, adc_range=1.0, bound_management="iterative")}
    cells = {}
    for name, circuit in circuits.items():
        p = projection(
            bench, Dense(40, 70), WEIGHTS, DEVICES["constant step"], circuit, lambda cells, j: Outer(), lambda cells: still("", cells))
        p.request.pre[0, :40], p.request.post[0, :70] = 0.3, 0.1
        z, current = zeros((2, 64), np.float64), zeros((2, 128), np.float64)
        z[:, :40] = INPUTS[1]
        loop.pass_on(p, 1, z, current, 1, 3, 1, 0)
        cells[name] = p.conductance.tobytes()
    assert p.circuit.factor[0] > 1
    assert cells["once"] == cells["again"]


@pytest.mark.parametrize("jitter", ["weight noise", "held", "ornstein-uhlenbeck"])
def test_perturbed_lanes_see_their_perturbed_weights_again(jitter):
    """Without converters' steps, a lane that was read again received what it would have at once."""
    found = []
    for circuit in (CIRCUITS["quiet"], _path(dac_range=100.0, adc_range=1.0, bound_management="iterative")):
        p = projection(
            Bench(40, 2, 1, np.float64), Dense(40, 70), WEIGHTS, DEVICES["ideal"], circuit, lambda cells, j: Outer(), JITTERS[jitter])
        z, current = zeros((2, 64), np.float64), zeros((2, 128), np.float64)
        z[:, :40] = INPUTS[1]
        loop.pass_on(p, 0, z, current, 1, 3, 1, 0)
        found.append(current[:, :70])
    assert (p.circuit.factor > 1).all()
    assert (found[0][0] != found[0][1]).any() or jitter == "held"  # the stub of held noise delivers nothing here
    assert np.allclose(found[0], found[1], rtol=1e-12, atol=1e-12)
