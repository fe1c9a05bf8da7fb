"""Event networks in Brian2: spikes to the step, membranes to rounding; every kind of synapse and of delay."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.events import Connections, EventNetwork, at_random
from neurosim.events.connections import between
from neurosim.interop import brian2 as bridge
from neurosim.neurons.settings import Membrane

N, INPUTS, STEPS = 40, 20, 400
TWO = {"synapse_s": 5e-3, "inhibitory_s": 10e-3, "reset": "value", "reset_to": -0.2, "refractory_s": 2e-3}


@pytest.fixture(autouse=True)
def without_compilers(monkeypatch):
    import brian2
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    brian2.prefs.codegen.target = "numpy"


def both(membrane, scale, longest=1, form="rows", start=None):
    """(run here, spikes there, membranes there)."""
    rng = np.random.default_rng(1)
    pre, post = at_random(N, N, 0.3, rng)
    synapses = Connections(pre, post, rng.normal(size=pre.size) * scale, rng.integers(1, longest + 1, pre.size))
    synapses = synapses.on_grid() if form == "core" else synapses
    shown = (rng.random((STEPS, INPUTS)) < 0.06) * rng.choice([0.5, 1.0], (STEPS, INPUTS))
    inputs = rng.normal(size=(N, INPUTS)) * 2 * scale
    network = EventNetwork(N, membrane, synapses, form, precision="float64")
    if start is not None:
        network.potentials = start
    step, line = np.nonzero(shown)
    network.train_input(step, line, between(inputs), shown[step, line])
    run = network.run(STEPS, watch=range(N))
    columns = bridge.Synapses(pre, post, synapses.weight, np.asarray(synapses.delay_steps) - 1)
    there = bridge.build_from(network.each, N, inputs, columns, shown, membrane.step_s, start=start)
    return run, *bridge.run(there, STEPS)


@pytest.mark.parametrize(("membrane", "scale", "longest", "form"), [
    (Membrane(**TWO), 4.0, 1, "rows"),
    (Membrane(**TWO, spread={"tau_s": 0.2, "inhibitory_s": 0.3}), 4.0, 8, "rows"),
    (Membrane(**{**TWO, "reset": "subtract"}, adaptation_s=0.05, jump=0.2), 4.0, 3, "rows"),
    (Membrane(**TWO, reversal_e=5.0, reversal_i=-1.0), 1.0, 1, "rows"),
    (Membrane(**TWO, reversal_e=5.0, reversal_i=-1.0, spread={"threshold": 0.2, "tau_s": 0.1}), 1.0, 5, "rows"),
    (Membrane(), 0.7, 5, "rows"),
    (Membrane(refractory_s=3e-3, reset="zero"), 0.7, 1, "core"),
    (Membrane(**TWO), 4.0, 1, "core"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_spikes_and_membranes_are_those_of_brian2(membrane, scale, longest, form):
    run, sent, v = both(membrane, scale, longest, form)
    assert run.step.size > 300 and (run.dense() == sent).all() and np.abs(run.membranes - v).max() < 1e-9


def test_a_small_network_of_vogels_and_abbott_is_the_same():
    """Resting above threshold, in mV, random start: the CUBA benchmark with 40 neurons."""
    membrane = Membrane(
        step_s=1e-4, tau_s=20e-3, synapse_s=5e-3, inhibitory_s=10e-3, resting=-49.0, threshold=-50.0, reset="value", reset_to=-60.0,
        refractory_s=5e-3)
    run, sent, v = both(membrane, 2.0, start=-60 + 9 * np.random.default_rng(3).random(N))
    assert run.step.size > 20 and (run.dense() == sent).all() and np.abs(run.membranes - v).max() < 1e-9
