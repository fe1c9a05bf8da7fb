"""RFLO and e-prop against the gradient that their eligibility is exact for."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim import loop, reference
from neurosim.chip import compile_chip
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.recorders.activity import Forgetful
from neurosim.reference_spiking import SpikingWeights, cell_of
from neurosim.rules import RFLO, EProp
from neurosim.wiring import sizes_of, wire

STEPS, BATCH, N, INPUTS, OUTPUTS, RATE = 5, 3, 6, 2, 2, 1e-3


def trial(rng):
    return rng.standard_normal((1, STEPS, BATCH, INPUTS)), rng.standard_normal((1, STEPS, BATCH, OUTPUTS))


def change(rule, recurrent_scale=1.0, **settings):
    """(chip before, inputs, targets, change of the input and recurrent weights, parts)."""
    network = Network(inputs=INPUTS, hidden=N, outputs=OUTPUTS, recurrent_scale=recurrent_scale, **settings)
    chip = compile_chip("ideal", network, 3, "float64")
    parts = rule.build(sizes_of(chip, BATCH, "sequence", STEPS))
    before = {name: w.copy() for name, w in chip.weights().items()}
    parts.hidden.feedback[:, :N] = before["readout"]
    x, y = trial(np.random.default_rng(1))
    wired = wire(chip, parts, BATCH, "sequence", STEPS)
    loop.run(wired.network, wired.schedule, Forgetful(), wired.activity, x, y, np.ones((1, STEPS)), np.ones(1, np.uint8),
             np.zeros((1, 2)), 1, 0, 1)
    after = chip.weights()
    return before, x, y, {name: after[name] - before[name] for name in ("inputs", "recurrent")}, parts


def gradient(before, x, y, share=1.0, horizon=None):
    """Of the sum over steps of the squared error, mean over samples and outputs."""
    weights = reference.Weights(before["inputs"], before["recurrent"], before["readout"], np.eye(INPUTS), np.eye(N), share)
    _, found = reference.backward(weights, reference.forward(weights, x[0]), y[0], np.ones(STEPS), horizon)
    return found.w_in * STEPS, found.w_rec * STEPS


@pytest.mark.parametrize("rule", [RFLO(learning_rate=RATE), EProp(learning_rate=RATE, feedback_rate=0.0)])
def test_with_the_readout_as_feedback_tanh_neurons_learn_by_one_step_backpropagation(rule):
    before, x, y, found, _ = change(rule)
    w_in, w_rec = gradient(before, x, y, horizon=1)
    assert np.allclose(found["inputs"], -RATE * w_in, rtol=1e-10, atol=1e-16)
    assert np.allclose(found["recurrent"], -RATE * w_rec, rtol=1e-10, atol=1e-16)


def test_leaky_neurons_without_recurrence_learn_by_the_exact_gradient():
    """The eligibility carries the neuron's own memory, and nothing else: with no recurrent weights that is all there is."""
    before, x, y, found, _ = change(RFLO(learning_rate=RATE), recurrent_scale=0.0, neuron="leaky", tau_steps=3.0)
    w_in, w_rec = gradient(before, x, y, share=1 - np.exp(-1 / 3.0))
    assert np.allclose(found["inputs"], -RATE * w_in, rtol=1e-10, atol=1e-16)
    assert np.allclose(found["recurrent"], -RATE * w_rec, rtol=1e-10, atol=1e-16)


@pytest.mark.parametrize("graded_bits", [None, 4])
@pytest.mark.parametrize("synapse_s", [None, 5e-3])
@pytest.mark.parametrize("rule", [RFLO(learning_rate=RATE), EProp(learning_rate=RATE, feedback_rate=0.0)])
def test_spiking_neurons_without_recurrence_learn_by_the_whole_surrogate_gradient(rule, synapse_s, graded_bits):
    """e-prop leaves out the paths through other neurons only: with feedback equal to the readout it is the surrogate gradient."""
    membrane = Membrane(synapse_s=synapse_s, threshold=0.3, graded_bits=graded_bits)
    before, x, y, found, _ = change(
        rule, recurrent_scale=0.0, neuron="spiking", membrane=membrane, input_scale=8.0 if synapse_s else 1.0)
    weights = SpikingWeights(
        before["inputs"], before["recurrent"], before["readout"], cell_of(membrane.build(N, 1, 3, np.float64), N))
    trace = reference.forward(weights, x[0])
    _, wanted = reference.backward(weights, trace, y[0], np.ones(STEPS))
    assert 5 < trace.fired.sum() < trace.hidden.size / 2 and trace.grows.any() == (graded_bits is not None)
    rounding = 4 * np.spacing(np.abs(before["inputs"]).max())  # a change is the difference of two weights
    assert np.allclose(found["inputs"], -RATE * STEPS * wanted.w_in, rtol=1e-10, atol=rounding) and np.abs(wanted.w_in).max() > 1e-3
    assert np.allclose(found["recurrent"], -RATE * STEPS * wanted.w_rec, rtol=1e-10, atol=1e-16)


def test_adaptive_feedback_follows_the_delta_rule_of_the_readout():
    before, x, y, _, parts = change(EProp(learning_rate=RATE, feedback_rate=0.1))
    weights = reference.Weights(before["inputs"], before["recurrent"], before["readout"], np.eye(INPUTS), np.eye(N), 1.0)
    w_out = reference.backward(weights, reference.forward(weights, x[0]), y[0])[1].w_out * STEPS
    assert np.allclose(parts.hidden.feedback[:, :N], before["readout"] - 0.1 * w_out, rtol=1e-10, atol=1e-14)


def test_random_feedback_is_keyed_and_scaled():
    chip = compile_chip("ideal", Network(inputs=1, hidden=400, outputs=20))
    first, again, other = (
        RFLO(learning_rate=RATE, feedback_seed=seed).build(sizes_of(chip, 1, "sequence")).hidden.feedback[:, :400] for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()
    assert first.std() == pytest.approx(1 / 20, rel=5 / np.sqrt(2 * first.size))
