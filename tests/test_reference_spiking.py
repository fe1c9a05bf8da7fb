"""The surrogate gradient of spiking networks: the loop's own dynamics, and the exact gradient of their smooth twin."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.chip import compile_chip
from neurosim.compiled import compiled
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.neurons.tanh import Tanh
from neurosim.recorders.activity import Recording
from neurosim.reference import train
from neurosim.reference_network import Gradients, backward, forward
from neurosim.reference_spiking import SpikingWeights, cell_of
from neurosim.rules.rule import OBSERVER
from neurosim.tasks import Copying
from neurosim.wiring import wire
from neurosim.yardsticks import ideal_weights

N, INPUTS, OUTPUTS, STEPS, BATCH = 12, 6, 3, 40, 4
MEMBRANES = {
    "kicks": Membrane(spread={"tau_s": 0.2}), "kicks, refractory": Membrane(reset="value", reset_to=-0.1, refractory_s=3e-3),
    "synapses": Membrane(synapse_s=5e-3, refractory_s=2e-3),
    "adaptive": Membrane(synapse_s=5e-3, adaptation_s=0.05, jump=0.2, spread={"threshold": 0.1}),
    "receptors": Membrane(threshold=0.4, synapse_s=5e-3, inhibitory_s=12e-3, refractory_s=2e-3, spread={"inhibitory_s": 0.2}),
    "receptors, adaptive": Membrane(
        threshold=0.4, synapse_s=5e-3, inhibitory_s=12e-3, adaptation_s=0.05, jump=0.2, reset="value", reset_to=-0.1, graded_bits=4),
    "graded": Membrane(graded_bits=4, reset="value", reset_to=-0.2, spread={"threshold": 0.1}, refractory_s=2e-3),
    "graded, adaptive": Membrane(graded_bits=3, graded_range=1.5, synapse_s=5e-3, adaptation_s=0.05, jump=0.2)}


def network(membrane):
    scale = 6.0 if membrane.synapse_s else 1.5
    return Network(
        inputs=INPUTS, hidden=N, outputs=OUTPUTS, neuron="spiking", membrane=membrane, input_scale=scale, recurrent_scale=scale / 2)


def shown(seed=1):
    return (np.random.default_rng(seed).random((STEPS, BATCH, INPUTS)) < 0.2) * 1.0


@pytest.mark.parametrize("name", MEMBRANES)
def test_forward_is_what_the_loop_does(name, monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    chip, inputs = compile_chip("ideal", network(MEMBRANES[name]), 1, "float64"), shown()
    wired = wire(chip, OBSERVER, BATCH, "step")
    kept = Recording(np.zeros((1, STEPS, BATCH, OUTPUTS)), np.zeros((1, STEPS, BATCH, N)))
    compiled()(
        wired.network, wired.schedule, kept, wired.activity, inputs[None], np.zeros((1, STEPS, BATCH, OUTPUTS)), np.ones((1, STEPS)),
        np.ones(1, np.uint8), np.zeros((1, 2)), 1, 0, 1)
    weights = chip.weights()
    trace = forward(
        SpikingWeights(weights["inputs"], weights["recurrent"], weights["readout"], cell_of(wired.network.hidden, N)), inputs)
    assert trace.hidden.sum() > 50 and (trace.hidden == kept.hidden[0]).all()
    assert (len(np.unique(trace.hidden)) > 3) == (MEMBRANES[name].graded_bits is not None)
    assert np.allclose(trace.outputs, kept.outputs[0], rtol=0, atol=1e-12)


def soft(height):
    """A spike that is the integral of the triangle, so that its slope is the surrogate, exactly."""
    def fires(excess, reach):
        u = np.clip(excess / reach, -1, 1)
        return height * reach * np.where(u < 0, 0.5 * (1 + u)**2, 1 - 0.5 * (1 - u)**2)
    return fires


@pytest.mark.parametrize("name", ["kicks", "adaptive", "receptors", "graded"])
def test_the_gradient_is_that_of_finite_differences_where_spikes_are_smooth(name):
    """Without resets and silence, the only paths that the surrogate leaves out, the gradient is exact: 1e-6 of the largest.

    So it is for graded spikes whose payload is not rounded.
    """
    rng = np.random.default_rng(2)
    cell = cell_of(MEMBRANES[name].build(N, 1, 1, np.float64), N)._replace(
        carry=1.0, after=np.zeros(N), height=0.8, reach=np.full(N, 0.9), silence=np.zeros(N, int), grain=0.0)
    weights = SpikingWeights(rng.standard_normal((N, INPUTS)), 0.3 * rng.standard_normal((N, N)), rng.standard_normal((OUTPUTS, N)), cell)
    inputs, targets, active = shown(), rng.standard_normal((STEPS, BATCH, OUTPUTS)), (np.arange(STEPS) % 3 == 0) * 1.0

    def loss_of(weights):
        return backward(weights, forward(weights, inputs, None, soft(0.8)), targets, active)

    _, gradients = loss_of(weights)
    for field, gradient in zip(("w_in", "w_rec", "w_out"), gradients, strict=True):
        for _ in range(6):
            i, j = (rng.integers(size) for size in gradient.shape)
            ends = []
            for sign in (1, -1):
                moved = getattr(weights, field).copy()
                moved[i, j] += sign * 1e-7
                ends.append(loss_of(weights._replace(**{field: moved}))[0])
            assert abs((ends[0] - ends[1]) / 2e-7 - gradient[i, j]) < 1e-6 * np.abs(gradient).max()


def test_one_step_takes_no_credit_from_later_steps():
    cell = cell_of(MEMBRANES["adaptive"].build(N, 1, 1, np.float64), N)
    rng = np.random.default_rng(3)
    weights = SpikingWeights(
        3 * rng.standard_normal((N, INPUTS)), rng.standard_normal((N, N)), rng.standard_normal((OUTPUTS, N)), cell)
    inputs, targets = shown(), rng.standard_normal((STEPS, BATCH, OUTPUTS))
    trace, last = forward(weights, inputs), np.zeros(STEPS)
    last[-1] = 1
    _, whole = backward(weights, trace, targets, last)
    _, one = backward(weights, trace, targets, last, 1)
    slope = cell.height * np.maximum(0, 1 - np.abs(trace.excess[-1]) / cell.reach) * trace.awake[-1]
    error = 2 / (BATCH * OUTPUTS) * (trace.outputs[-1] - targets[-1])
    delta = slope * (error @ weights.w_out) * cell.synapse_gain * cell.gain
    assert np.allclose(one.w_in, delta.T @ inputs[-1], rtol=0, atol=1e-15) and not np.allclose(whole.w_in, one.w_in)
    with pytest.raises(InputError, match="must be 1 or None"):
        backward(weights, trace, targets, last, 2)


def test_it_learns_what_a_frozen_network_does_not():
    """Copying of 2 symbols, 400 updates: the surrogate gradient against the readout alone (measured: 0.007 against 0.072)."""
    data = Copying(symbols=2, length=2, delay=1, updates_per_epoch=20, test_sequences=64).load(1, 32)
    membrane = Membrane(tau_s=5e-3, synapse_s=5e-3)
    wide = Network(inputs=4, hidden=40, outputs=4, neuron="spiking", membrane=membrane, input_scale=8.0, recurrent_scale=4.0)
    start = ideal_weights(wide, 1)
    trained, frozen = (train(start, data, Gradients(hidden, hidden, 1e-2), 20).test_loss[-1] for hidden in (3e-2, 0.0))
    assert trained < 0.3 * frozen


def test_neurons_without_a_surrogate_are_refused():
    with pytest.raises(InputError, match="Tanh"):
        cell_of(Tanh(), 3)
    conducting = Membrane(synapse_s=5e-3, inhibitory_s=1e-2, reversal_e=5.0, reversal_i=-1.0, reset="zero")
    with pytest.raises(InputError, match="ConductanceLIF; no spiking neuron that a surrogate gradient is known for"):
        cell_of(conducting.build(3, 1, 1, np.float64), 3)
