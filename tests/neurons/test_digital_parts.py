"""Integer neurons of the learning loop against the exact runs of the same chips."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import align, membrane, receive, rest, slope, step
from neurosim.digital import loihi, reckon, truenorth, xylo
from neurosim.digital_neurons import spiking_neurons
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.profile import load
from neurosim.random import Key
from neurosim.storage import padded

N, N_IN, STEPS = 12, 5, 150
PROFILES = {"loihi": "loihi1", "xylo": "xylo-audio", "reckon": "reckon", "truenorth": "truenorth"}
CASES = {
    "loihi": {"threshold": 1.0, "reset": "zero"}, "loihi, synapses": {"threshold": 1.0, "reset": "zero", "synapse_s": 5e-3},
    "loihi, spread": {"threshold": 1.0, "reset": "zero", "spread": {"tau_s": 0.2, "threshold": 0.1}},
    "xylo": {"threshold": 1.0, "synapse_s": 4e-3}, "xylo, spread": {"threshold": 1.0, "synapse_s": 8e-3, "spread": {"tau_s": 0.5}},
    "reckon": {"threshold": 1.0}, "reckon, to zero": {"threshold": 1.0, "reset": "zero"},
    "truenorth": {"threshold": 1.0, "reset": "zero"}, "truenorth, subtract": {"threshold": 1.0},
    "truenorth, value": {"threshold": 1.0, "reset": "value", "reset_to": -0.2}}


def chip_of(name):
    return name.partition(",")[0]


def made(name, lanes=1, dtype=np.float32, **settings):
    """(neurons, weight of a level) of a case."""
    profile = load(PROFILES[chip_of(name)])
    network = Network(inputs=N_IN, hidden=N, outputs=1, neuron="spiking", membrane=Membrane(**{**CASES[name], **settings}))
    neuron = spiking_neurons(profile, network, 3, lanes, dtype)
    return neuron, neuron.scale.level


def levels(name, rng):
    """Whole weights (post, pre) of inputs and recurrence, and what TrueNorth makes them of."""
    if chip_of(name) != "truenorth":
        return 2 * rng.integers(-8, 35, (N, N_IN)), 2 * rng.integers(-13, 9, (N, N)), None
    axons = N_IN + N
    crossbar, kind, strength = rng.random((N, axons)) < 0.6, rng.integers(0, 4, axons), rng.integers(-60, 100, (N, 4))
    matrix = crossbar * strength[:, kind]
    return matrix[:, :N_IN], matrix[:, N_IN:], {"crossbar": crossbar.astype(int), "axon_type": kind, "strength": strength}


def in_the_loop(name, w_in, w_rec, x, dtype=np.float32, injected=0.0):
    """(spikes, current, membrane) of every step, the sums in the working precision as the loop has them."""
    neuron, level = made(name, dtype=dtype)
    z, found = np.zeros((1, padded(N)), dtype), []
    for t in range(len(x)):
        current = np.zeros((1, padded(N)), dtype)
        for j in range(N_IN):
            current[0, :N] += (w_in[:, j].astype(dtype) * level) * dtype(x[t, j])
        for j in range(N):
            current[0, :N] += (w_rec[:, j].astype(dtype) * level) * z[0, j]
        receive(neuron, current)
        current[0, :N] += dtype(injected)
        step(neuron, Key(1, 2, t), current, z)
        state = getattr(neuron, "u", getattr(neuron, "i", neuron.v))
        found.append((z[0, :N].copy(), state[0, :N].copy(), neuron.v[0, :N].copy()))
    return tuple(np.array(rows) for rows in zip(*found))


def on_the_chip(name, w_in, w_rec, x, parts):
    """The exact run of the same whole numbers."""
    neuron, _ = made(name)
    whole = {field: getattr(neuron, field)[:N] for field in neuron._fields
             if isinstance(getattr(neuron, field), np.ndarray) and getattr(neuron, field).ndim == 1}
    none = np.zeros((1, N), int)
    if chip_of(name) == "loihi":
        whole["threshold"] = whole["threshold"] >> loihi.ALIGNMENT
        return loihi.run(loihi.Loihi(w_in, w_rec, bias=0, **whole), x)
    if chip_of(name) == "xylo":
        return xylo.run(xylo.Xylo(
            w_in, w_rec, none, bias=0, dash_syn_out=1, dash_mem_out=1, threshold_out=1, bias_out=0, shift_in=neuron.shift,
            shift_rec=neuron.shift, **whole), x)
    if chip_of(name) == "reckon":
        reset = "subtract" if neuron.subtracts else "zero"
        return reckon.run(reckon.ReckOn(
            w_in, w_rec, none, kappa=0, shift_in=neuron.shift, shift_rec=neuron.shift, reset=reset, **whole), x)
    spec = truenorth.TrueNorth(
        **parts, **whole, floor=truenorth.HIGH, target=N_IN + np.arange(N), reset=truenorth.RESETS[neuron.reset], leak_reverses=1)
    return truenorth.run(spec, np.pad(x, ((0, 0), (0, N))))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
def test_a_recurrent_network_is_that_of_the_chip_in_every_bit(name, dtype):
    """150 steps of 12 neurons, all to all, driven by spikes of 5 inputs; no sum comes near the ends of a register."""
    rng = np.random.Generator(np.random.Philox(key=np.array([len(name), 5], np.uint64)))
    w_in, w_rec, parts = levels(name, rng)
    x = (rng.random((STEPS, N_IN)) < 0.4).astype(int)
    spikes, state, v = in_the_loop(name, w_in, w_rec, x, dtype)
    trace = on_the_chip(name, w_in, w_rec, x, parts)
    expected = trace.spikes
    if chip_of(name) == "reckon":  # a spike of the loop is sent by the chip in the next tick
        assert not expected[0].any()
        spikes, expected = spikes[:-1], expected[1:]
    assert 0.02 < (expected > 0).mean() < 0.6
    assert abs(trace.v).max() < 32000 or chip_of(name) in ("loihi", "truenorth")
    assert np.array_equal(spikes, expected) and np.array_equal(v, trace.v)
    assert trace.u is None or np.array_equal(state, trace.u)


def test_a_neuron_of_xylo_sends_several_spikes_in_a_step():
    neuron, level = made("xylo")
    current, z = np.zeros((1, 64), np.float32), np.zeros((1, 64), np.float32)
    current[0, 0] = 12000 * level
    receive(neuron, current)
    step(neuron, Key(1, 2, 0), current, z)
    assert z[0, 0] > 3 and z[0, 0] == current[0, 0] // neuron.scale.threshold[0]
    assert membrane(neuron, 0, 0) == pytest.approx(current[0, 0] % neuron.scale.threshold[0], abs=1e-5)


@pytest.mark.parametrize(("name", "at_it"), [("loihi", 0), ("reckon", 1)])
def test_a_membrane_at_the_threshold_fires_or_not_as_on_the_chip(name, at_it):
    for more, fires in ((-1, 0), (0, at_it), (1, 1)):
        neuron, level = made(name)
        current, z = np.zeros((1, 64), np.float32), np.zeros((1, 64), np.float32)
        step_of_v = level / 64 if name == "loihi" else level / 2**neuron.shift
        receive(neuron, current)
        current[0, 0] += (int(neuron.threshold[0]) + more) * step_of_v
        step(neuron, Key(1, 2, 0), current, z)
        assert z[0, 0] == fires


@pytest.mark.parametrize("name", [name for name in CASES if "spread" not in name])
def test_what_is_injected_is_rounded_to_a_step_of_the_membrane(name):
    """A held perturbation of 2.4 steps acts as one of 2: between 1.5 and 2.5 there is no difference, and 0.4 steps are nothing."""
    one = float(made(name)[0].scale.arriving[0])
    x, w_in, w_rec = np.zeros((40, N_IN), int), np.zeros((N, N_IN), int), np.zeros((N, N), int)
    runs = {k: in_the_loop(name, w_in, w_rec, x, injected=k * one)[2] for k in (0.4, 1.6, 2.4, 3.6)}
    assert not runs[0.4].any() and runs[1.6].any()
    assert np.array_equal(runs[1.6], runs[2.4]) and not np.array_equal(runs[2.4], runs[3.6])


@pytest.mark.parametrize("name", CASES)
def test_it_rests_aligns_and_shows_its_potential(name):
    neuron, level = made(name, lanes=2)
    current, z = np.zeros((2, 64), np.float32), np.zeros((2, 64), np.float32)
    current[:, :N] = np.array([[30], [60]]) * level
    receive(neuron, current)
    step(neuron, Key(1, 2, 0), current, z)
    shown = [membrane(neuron, l, 0) for l in range(2)]
    assert 0 < shown[0] < shown[1] == current[1, 0]
    align(neuron, 1)
    assert membrane(neuron, 1, 0) == shown[0]
    rest(neuron)
    assert [membrane(neuron, l, 0) for l in range(2)] == [0, 0]
    assert not any(array.any() for array in neuron if isinstance(array, np.ndarray) and array.ndim == 2)


@pytest.mark.parametrize("name", [name for name in CASES if "spread" not in name])
def test_potentials_and_slope_are_those_of_the_float_neuron_that_was_asked_for(name):
    """A kick of half a threshold: potential and pseudo-derivative agree to what rounding of decay and threshold explain."""
    settings = {**CASES[name], "tau_s": 16e-3}
    asked, found = Membrane(**settings).build(N, 1, 3, np.float32), []
    mine, level = made(name, tau_s=16e-3)
    for neuron in (asked, mine):
        potentials, z = [], np.zeros((1, 64), np.float32)
        for t in range(6):
            current = np.zeros((1, 64), np.float32)
            current[0, :N] = 0.55 * (t == 0)
            receive(neuron, current)
            step(neuron, Key(1, 2, t), current, z)
            out = np.zeros((1, 64), np.float32)
            slope(neuron, current, z, out)
            potentials.append((current[0, 0], out[0, 0]))
        found.append(np.array(potentials))
    tolerance = 0.25 if chip_of(name) in ("truenorth", "xylo") else 0.02  # a linear leak; time constants that are powers of two
    assert np.allclose(found[0], found[1], rtol=tolerance, atol=0.01)
    assert (found[1][:, 0] > 0.1 * found[0][:, 0]).all() and (found[1][:, 1] > 0).all()
