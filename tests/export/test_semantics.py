"""What an export is held against: the float64 network of NumPy does what the loop of the simulator does on an ideal chip."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurosim.chip import compile_chip
from neurosim.compiled import compiled
from neurosim.errors import InputError
from neurosim.export import of_chip
from neurosim.export.semantics import check_no_delays, check_rate, lif_of, outputs_of, run_float, to_float
from neurosim.network import Network
from neurosim.recorders.activity import Recording
from neurosim.recorders.membranes import Traces
from neurosim.rules.decorrelation import Decorrelation
from neurosim.rules.rule import OBSERVER
from neurosim.synapses.layout import arrange
from neurosim.wiring import wire

STEPS, INPUTS, HIDDEN, OUTPUTS = 60, 4, 9, 3
SIZES = {"inputs": INPUTS, "hidden": HIDDEN, "outputs": OUTPUTS}
LIF = {"model": "lif", "tau_s": 12e-3, "step_s": 1e-3, "threshold": 1.0}
RATE = {
    "tanh": {}, "bias": {"bias": True}, "leaky": {"neuron": "leaky", "tau_steps": 3.5, "bias": True},
    "leaky readout": {"readout_tau_steps": 4.0}, "delays": {"delay_steps": (0, 3)}, "sparse": {"connectivity": "sparse", "density": 0.4},
    "leaky with delays and readout": {"neuron": "leaky", "tau_steps": 2.0, "delay_steps": (1, 2), "readout_tau_steps": 2.5, "bias": True}}
SPIKING = {
    "zero": {"reset": "zero"}, "subtract": {"reset": "subtract"}, "subtract to a value": {"reset": "subtract", "reset_to": -0.2},
    "value": {"reset": "value", "reset_to": 0.3}, "below rest": {"reset": "value", "reset_to": -0.5, "resting": -0.1},
    "synapse": {"reset": "zero", "synapse_s": 4e-3}, "synapse, subtract": {"reset": "subtract", "synapse_s": 7e-3},
    "spread": {"reset": "zero", "synapse_s": 4e-3, "spread": {"tau_s": 0.3, "threshold": 0.2, "synapse_s": 0.2}}}


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def chip_of(seed=3, **network):
    return compile_chip("ideal", Network(**SIZES, **network), seed, "float64")


def inputs_of(n=INPUTS):
    return np.random.Generator(np.random.Philox(5)).standard_normal((STEPS, n))


def shown(chip, inputs, kind):
    """The loop of the simulator on one sample from rest: what `kind` of recorder keeps."""
    wired, lines = wire(chip, OBSERVER, 1, "step"), np.ones((len(inputs), chip.network.lines))
    lines[:, :chip.network.inputs] = inputs
    n, outputs = chip.network.hidden, np.zeros((1, len(inputs), 1, chip.network.outputs))
    kept = kind(*(np.zeros((1, len(inputs), 1, size)) for size in ((n, n) if kind is Traces else (chip.network.outputs, n))))
    compiled()(wired.network, wired.schedule, kept, wired.activity, lines[None, :, None], outputs, np.ones((1, len(inputs))),
               np.ones(1, np.uint8), np.zeros((1, 2)), 1, 0, 1)
    return [array[0, :, 0] for array in kept]


@pytest.mark.parametrize("kind", RATE)
def test_rate_networks_do_what_the_loop_does(kind):
    chip = chip_of(**RATE[kind])
    outputs, sent = shown(chip, inputs_of(), Recording)
    found = run_float(of_chip(chip), inputs_of())
    assert set(found) == {"h", "outputs"} and sent.std() > 0.1
    assert np.abs(found["h"] - sent).max() < 1e-12 and np.abs(found["outputs"] - outputs).max() < 1e-12


@pytest.mark.parametrize("delays", [None, (0, 2)], ids=["no delays", "delays"])
@pytest.mark.parametrize("kind", SPIKING)
def test_spiking_networks_do_what_the_loop_does(kind, delays):
    chip = chip_of(
        neuron="spiking", membrane={**LIF, **SPIKING[kind]}, input_scale=3.0, recurrent_scale=2.0, bias=True, delay_steps=delays,
        readout_tau_steps=5.0)
    outputs, sent = shown(chip, inputs_of(), Recording)
    _, membrane = shown(chip, inputs_of(), Traces)
    found = run_float(of_chip(chip), inputs_of())
    assert set(found) == {"spikes", "v", "outputs"} and 0.02 < sent.mean() < 0.7
    assert np.array_equal(found["spikes"], sent) and np.abs(found["outputs"] - outputs).max() < 1e-12
    assert np.abs(found["v"] - membrane).max() < 1e-12


@pytest.mark.parametrize("inputs", [False, True], ids=["neurons", "inputs as well"])
@pytest.mark.parametrize("network", [{}, {"bias": True, "delay_steps": (2, 2)}, {
    "neuron": "spiking", "membrane": {**LIF, "reset": "zero"}, "input_scale": 3.0, "bias": True}], ids=["tanh", "delays", "spiking"])
def test_decorrelation_folds_into_the_weights(inputs, network):
    chip = chip_of(**network, decorrelation=Decorrelation(rate=1e-3, inputs=inputs))
    rng = np.random.Generator(np.random.Philox(7))
    for name in ("lateral", "input_lateral")[:1 + inputs]:
        array = chip.arrays[name]
        matrix = np.eye(array.n_post) + 0.2 * rng.standard_normal((array.n_post, array.n_pre))
        array.conductance[...] = arrange(array.synapses, matrix, np.float64)
    outputs, _ = shown(chip, inputs_of(), Recording)
    trained = of_chip(chip)
    assert np.abs(run_float(trained, inputs_of())["outputs"] - outputs).max() < 1e-12
    assert not np.allclose(trained.readout, chip.weights()["readout"]) and "folded into the weights" in trained.lost[0]


def test_delays_that_differ_behind_decorrelation_cannot_be_folded():
    with pytest.raises(InputError, match=r"network.delay_steps = \[0, 2\]; delays differ behind the decorrelation"):
        of_chip(chip_of(delay_steps=(0, 2), decorrelation=Decorrelation(rate=1e-3)))


def test_no_steps_give_no_rows():
    found = run_float(of_chip(chip_of()), np.zeros((0, INPUTS)))
    assert found["h"].shape == (0, HIDDEN) and found["outputs"].shape == (0, OUTPUTS)


def test_every_run_begins_at_rest():
    trained = of_chip(chip_of(neuron="leaky", tau_steps=4.0))
    first, second = (run_float(trained, inputs_of()) for _ in range(2))
    assert np.array_equal(first["h"], second["h"])


def test_what_a_format_gets_is_float64_as_it_is():
    assert to_float(np.ones((2, 1), np.float32)).dtype == np.float64
    assert outputs_of({"outputs": np.ones(3)}).sum() == 3


# ---- refusals --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("network, said", [
    ({"neuron": "spiking", "membrane": {**LIF}}, "network.neuron = 'spiking', this format is for rate neurons"),
    ({"send_threshold": 0.1}, "network.send_threshold = 0.1: the format has no sigma-delta neurons"),
    ({"delay_steps": (1, 2)}, r"network.delay_steps = \[1, 2\]: the format has no delays")])
def test_what_is_no_plain_rate_network_is_refused(network, said):
    with pytest.raises(InputError, match=f"--to = 'x'; {said}"):
        check_rate(of_chip(chip_of(**network)), "x")


def test_delays_of_no_step_are_none():
    check_no_delays(of_chip(chip_of(delay_steps=(0, 0))), "x")
    check_rate(of_chip(chip_of(delay_steps=(0, 0), neuron="leaky", tau_steps=2.0)), "x")


@pytest.mark.parametrize("membrane, said", [
    ({"refractory_s": 2e-3}, "refractory_s = 0.002"), ({"adaptation_s": 0.1, "jump": 0.5}, "adaptation_s = 0.1"),
    ({"synapse_s": 5e-3, "inhibitory_s": 2e-3}, "inhibitory_s = 0.002"), ({"graded_bits": 4}, "graded_bits = 4")])
def test_neurons_that_are_more_than_lif_are_refused(membrane, said):
    trained = of_chip(chip_of(neuron="spiking", membrane={**LIF, **membrane}))
    with pytest.raises(InputError, match=f"network.membrane.{said}: the format has no such neurons"):
        lif_of(trained, "x")


def test_a_rate_network_and_adex_are_no_lif():
    with pytest.raises(InputError, match="network.neuron = 'tanh': the format has spiking neurons only"):
        lif_of(of_chip(chip_of()), "x")
    trained = of_chip(chip_of(neuron="spiking", membrane={"model": "adex", "step_s": 1e-4}))
    with pytest.raises(InputError, match="network.membrane.model = 'adex': the format has LIF neurons only"):
        lif_of(trained, "x")
    assert lif_of(replace(trained, network=Network(**SIZES, neuron="spiking", membrane=LIF)), "x").model == "lif"
