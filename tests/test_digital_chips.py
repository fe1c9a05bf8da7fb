"""The learning loop on a placed network with integer neurons against the exact run of the same chip."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.chip import compile_chip
from neurosim.digital import loihi, reckon, truenorth, xylo
from neurosim.errors import InputError
from neurosim.events.network import EventNetwork
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.rules.rule import OBSERVER
from neurosim.synapses.layout import arrange, matrix_of
from neurosim.tasks.task import Trials
from neurosim.trials import Arrays, observe
from neurosim.wiring import hidden_neuron, wire

STEPS = 120
ASKED = {"loihi1": {"reset": "zero", "synapse_s": 3e-3, "threshold": 0.1}, "xylo-audio": {"synapse_s": 3e-3, "threshold": 0.1},
         "reckon": {"threshold": 0.5}, "truenorth": {"threshold": 0.2}}


def placed(profile, hidden):
    """A chip whose weights are even whole levels, as the signed weights of Loihi are; its levels (post, pre) and its neurons."""
    network = Network(inputs=3, hidden=hidden, outputs=2, neuron="spiking", input_scale=0.7, recurrent_scale=0.5,
                      membrane=Membrane(**ASKED[profile]))
    chip = compile_chip(profile, network, 8, "float32")
    for array in chip.arrays.values():
        array.conductance[...] = 2 * np.rint(array.conductance / 2)
    if profile == "truenorth":  # four strengths per neuron: the second recurrent axon repeats the first input
        inputs, recurrent = (chip.arrays[name] for name in ("inputs", "recurrent"))
        matrix = matrix_of(recurrent.synapses, recurrent.conductance, 2, 2)
        matrix[:, 1] = matrix_of(inputs.synapses, inputs.conductance, 2, 3)[:, 0]
        recurrent.conductance[...] = arrange(recurrent.synapses, matrix, np.float32)
    levels = {name: np.rint(chip.weights()[name] / chip.arrays[name].scale).astype(int) for name in ("inputs", "recurrent", "readout")}
    part = hidden_neuron(chip, 1).inner
    return chip, levels, part, {field: getattr(part, field)[:hidden] for field in part._fields
                                if isinstance(getattr(part, field), np.ndarray) and getattr(part, field).ndim == 1}


def observed(chip, x):
    """Outputs and spikes of the loop, one trial of one sample."""
    trials = Trials(x[None, :, None].astype(float), np.zeros((1, len(x), 1, chip.network.outputs)), np.ones((1, len(x))), np.array([True]))
    outputs, spikes = observe(wire(chip, OBSERVER, 1, "step"), Arrays(trials, chip), chip, 1, 0, True)
    return outputs[0, :, 0], spikes[0, :, 0].astype(int)


def exact(profile, levels, part, whole, x):
    """The spikes that the chip sends, in the steps of the loop."""
    w_in, w_rec, w_out = (levels[name] for name in ("inputs", "recurrent", "readout"))
    if profile == "loihi1":
        whole["threshold"] = whole["threshold"] >> loihi.ALIGNMENT
        return loihi.run(loihi.Loihi(w_in, w_rec, bias=0, weights_out=w_out, **whole), x)
    if profile == "xylo-audio":
        return xylo.run(xylo.Xylo(w_in, w_rec, w_out, bias=0, dash_syn_out=1, dash_mem_out=1, threshold_out=1, bias_out=0,
                                  shift_in=part.shift, shift_rec=part.shift, **whole), x)
    if profile == "reckon":  # one tick more: the spikes of a step of the loop are sent in the next tick
        spec = reckon.ReckOn(w_in, w_rec, w_out, kappa=0, shift_in=part.shift, shift_rec=part.shift, **whole)
        trace = reckon.run(spec, np.concatenate([x, 0 * x[:1]]))
        return trace._replace(spikes=trace.spikes[1:])
    strength, kind = np.concatenate([w_in, w_rec[:, :1]], axis=1), np.arange(5) % 4  # the last axon has the type of the first
    spec = truenorth.TrueNorth(
        np.ones((2, 5), int), kind, strength, floor=truenorth.HIGH, target=3 + np.arange(2), reset="subtract", leak_reverses=1, **whole)
    return truenorth.run(spec, np.pad(x, ((0, 0), (0, 2))))


@pytest.mark.parametrize("profile", ASKED)
def test_the_loop_sends_the_spikes_of_the_chip_for_120_steps(profile, monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    chip, levels, part, whole = placed(profile, 2 if profile == "truenorth" else 12)
    x = (np.random.Generator(np.random.Philox(key=np.array([3, 4], np.uint64))).random((STEPS, 3)) < 0.4).astype(int)
    outputs, spikes = observed(chip, x)
    trace = exact(profile, levels, part, whole, x)
    assert 0.02 < (trace.spikes > 0).mean() < 0.7 and (trace.spikes.sum(0) > 0).mean() > 0.3
    assert np.array_equal(spikes, trace.spikes)
    if profile == "loihi1":  # the host reads what the loop reads
        assert np.allclose(outputs, trace.outputs * chip.arrays["readout"].scale, rtol=1e-5, atol=1e-6)


def test_the_event_driven_loop_leaves_integers_to_the_others():
    chip, *_ = placed("reckon", 4)
    with pytest.raises(InputError, match="reckon.toml: neuron.arithmetic = 'reckon'; integer neurons run step by step: use the learning"):
        EventNetwork.of_chip(chip)
