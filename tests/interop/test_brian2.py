"""The same network in Brian2: spikes to the step, membranes to rounding (float64)."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.chip import compile_chip
from neurosim.compiled import compiled
from neurosim.errors import InputError
from neurosim.interop import brian2 as bridge
from neurosim.network import Network, draw_delays
from neurosim.neurons.adex_settings import AdExMembrane
from neurosim.neurons.settings import Membrane
from neurosim.neurons.tanh import Tanh
from neurosim.recorders.membranes import Traces
from neurosim.rules.rule import OBSERVER
from neurosim.wiring import wire

N, INPUTS, STEPS, DT = 30, 20, 300, 1e-3
SPREAD = {"tau_s": 0.2, "threshold": 0.1}
RESETS = [{"reset": "subtract"}, {"reset": "value", "reset_to": -0.2, "refractory_s": 3e-3}, {"reset": "value", "refractory_s": 1e-3},
          {"reset": "zero"}, {"reset": "subtract", "refractory_s": 2e-3}]
SYNAPSES = (None, 5e-3, 20e-3)
CONNECTIVITY = ({}, {"connectivity": "sparse", "density": 0.3}, {"delay_steps": (0, 5)})


def all_pairs(cases):
    """Parameters of (case, its name, whether it is kept): kept cases have every pair, or most pairs, of choices; the others are slow."""
    return [pytest.param(*case, marks=() if is_kept else pytest.mark.slow, id="-".join(map(str, name))) for case, name, is_kept in cases]


def events(seed=1):
    rng = np.random.default_rng(seed)
    return (rng.random((STEPS, INPUTS)) < 0.05) * rng.choice([0.5, 1.0], (STEPS, INPUTS))


def both(membrane, drive, connectivity=None):
    """(spikes, membranes) here and in Brian2."""
    network = Network(
        inputs=INPUTS, hidden=N, outputs=2, neuron="spiking", membrane=membrane, input_scale=drive, recurrent_scale=drive / 2,
        **(connectivity or {}))
    chip = compile_chip("ideal", network, 1, "float64")
    wired, shown = wire(chip, OBSERVER, 1, "step"), events()
    kept = Traces(*(np.zeros((1, STEPS, 1, N)) for _ in range(2)))
    compiled()(
        wired.network, wired.schedule, kept, wired.activity, shown[None, :, None], np.zeros((1, STEPS, 1, 2)), np.ones((1, STEPS)),
        np.ones(1, np.uint8), np.zeros((1, 2)), 1, 0, 1)
    weights = chip.weights()
    there = bridge.build(
        wired.network.hidden, weights["inputs"], weights["recurrent"], shown, membrane.step_s, draw_delays(network, 1))
    return (kept.sent[0, :, 0], kept.membrane[0, :, 0]), bridge.run(there, STEPS)


@pytest.fixture(autouse=True)
def without_compilers(monkeypatch):
    import brian2
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    brian2.prefs.codegen.target = "numpy"


@pytest.mark.parametrize(("reset", "synapse_s", "adapts"), all_pairs(
    ((reset, synapse_s, adapts), (*reset.values(), synapse_s, adapts), (i + j + adapts) % 2 == 0)
    for i, reset in enumerate(RESETS) for j, synapse_s in enumerate(SYNAPSES) for adapts in (False, True)))
def test_spikes_and_membranes_are_those_of_brian2(reset, synapse_s, adapts):
    more = {"adaptation_s": 0.05, "jump": 0.2} if adapts else {}
    membrane = Membrane(step_s=DT, synapse_s=synapse_s, spread=SPREAD, **reset, **more)
    (sent, v), (their_sent, their_v) = both(membrane, 6.0 if synapse_s else 1.5)
    assert sent.sum() > 50
    assert (sent == their_sent).all() and np.abs(v - their_v).max() < 1e-9


@pytest.mark.parametrize(("settings", "more"), all_pairs(
    ((settings, more), (name, *more), not more or i % 2 + 1 == j)
    for i, (name, settings) in enumerate({
        "currents": {"reset": "value", "refractory_s": 2e-3},
        "currents, adaptive": {"adaptation_s": 0.05, "jump": 0.2, "spread": {**SPREAD, "inhibitory_s": 0.3}},
        "conductances": {
            "reset": "value", "reset_to": -0.2, "refractory_s": 2e-3, "reversal_e": 5.0, "reversal_i": -1.0, "spread": SPREAD}}.items())
    for j, more in enumerate(CONNECTIVITY)))
def test_excitatory_and_inhibitory_synapses_of_their_own_are_those_of_brian2(settings, more):
    """And they make a difference: with one time constant for both signs the spikes are others."""
    membrane = Membrane(step_s=DT, synapse_s=5e-3, inhibitory_s=9e-3, **settings)
    drive = 2.5 if membrane.reversal_e else 16.0
    (sent, v), (their_sent, their_v) = both(membrane, drive, more)
    assert sent.sum() > 50
    assert (sent == their_sent).all() and np.abs(v - their_v).max() < 1e-9
    (alike, _), _ = both(membrane.model_copy(update={"inhibitory_s": 5e-3}), drive, more)
    assert (alike != sent).any()


@pytest.mark.parametrize("integrator", ["euler", "rk2", "rk4"])
@pytest.mark.parametrize("more", [{}, {"synapse_s": 5e-3}, {"refractory_s": 3e-3}, {"synapse_s": 5e-3, "refractory_s": 2e-3}], ids=str)
def test_adaptive_exponential_neurons_are_those_of_brian2(integrator, more):
    """Membranes to 1e-9 although the exponential blows rounding up before every spike."""
    membrane = AdExMembrane(
        step_s=2e-4, integrator=integrator, tau_s=5e-3, couple=0.2, jump=0.1, adaptation_s=0.05, sharpness=0.2, reset_to=0.2,
        spread={"tau_s": 0.2, "turn": 0.1, "jump": 0.2}, **more)
    (sent, v), (their_sent, their_v) = both(membrane, 25.0 if "synapse_s" in more else 4.0)
    assert sent.sum() > 50
    assert (sent == their_sent).all() and np.abs(v - their_v).max() < 1e-9


def test_sparse_recurrence_is_the_same_too():
    membrane = Membrane(step_s=DT, synapse_s=5e-3, refractory_s=2e-3)
    (sent, v), (their_sent, their_v) = both(membrane, 6.0, {"connectivity": "sparse", "density": 0.2})
    assert sent.sum() > 50 and (sent == their_sent).all() and np.abs(v - their_v).max() < 1e-9


@pytest.mark.parametrize("synapse_s", [None, 5e-3])
def test_delays_are_the_same_too(synapse_s):
    """From 0 to 7 steps, each neuron its own."""
    membrane = Membrane(step_s=DT, synapse_s=synapse_s, refractory_s=2e-3)
    (sent, v), (their_sent, their_v) = both(membrane, 6.0 if synapse_s else 1.5, {"delay_steps": (0, 7)})
    (prompt, _), _ = both(membrane, 6.0 if synapse_s else 1.5)
    assert sent.sum() > 50 and (sent != prompt).any()
    assert (sent == their_sent).all() and np.abs(v - their_v).max() < 1e-9


def test_another_weight_is_another_network():
    """The comparison would notice: one recurrent weight less changes a membrane."""
    membrane = Membrane(step_s=DT, synapse_s=5e-3)
    neuron = membrane.build(2, 1, 1, np.float64)
    recurrent, shown = np.array([[0.0, 0.0], [3.0, 0.0]]), np.zeros((50, 1))
    shown[0] = 1
    inputs = np.array([[30.0], [0.0]])
    full = bridge.run(bridge.build(neuron, inputs, recurrent, shown, DT), 50)
    none = bridge.run(bridge.build(neuron, inputs, 0 * recurrent, shown, DT), 50)
    assert full[0][:, 0].sum() > 0 and np.abs(full[1][:, 1]).max() > 0.01 and (none[1][:, 1] == 0).all()


@pytest.mark.parametrize("synapse_s", [None, 5e-3])
def test_graded_spikes_are_refused(synapse_s):
    neuron = Membrane(step_s=DT, synapse_s=synapse_s, graded_bits=8).build(2, 1, 1, np.float64)
    with pytest.raises(InputError, match="network.membrane.graded_bits = 8; the spikes of --backend 'brian2' carry no payload"):
        bridge.build(neuron, np.zeros((2, 1)), np.zeros((2, 2)), np.zeros((5, 1)), DT)


def test_neurons_that_do_not_spike_are_refused():
    with pytest.raises(InputError, match="Tanh neurons do not spike"):
        bridge.build(Tanh(), np.zeros((2, 1)), np.zeros((2, 2)), np.zeros((5, 1)), DT)
