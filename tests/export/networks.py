"""Trained networks that are awkward to export: N_in, N_hidden and N_out differ, the recurrence is asymmetric, some biases are negative, a
neuron never fires, a row and a column are 0."""
from __future__ import annotations

import functools
import os
from dataclasses import replace

import numpy as np

from neurosim.chip import compile_chip
from neurosim.export import of_chip
from neurosim.network import Network
from neurosim.rules import SANPCV
from neurosim.tasks import Copying
from neurosim.tasks.task import error_scores
from neurosim.trainer import train
from neurosim.trials import Regime
from neurosim.updaters.optimizer import Optimizer

SILENT, ZERO = 2, 4  # neurons: the one that never fires; the one whose row and column of the recurrence are 0


@functools.cache
def rate(profile="fixed8", hidden=20, epochs=3, **topology):
    """A tanh network that has learned fresh copying of 4 symbols: 5 inputs, 4 outputs or so, `hidden` neurons, biases."""
    return learned(profile, Network(inputs=1, outputs=1, hidden=hidden, bias=True, **topology), epochs)


@functools.cache
def spiking(profile="ideal", hidden=20, epochs=3, reset="zero", synapse_s=None, bias=True, tau_s=20e-3, **options):
    """LIF neurons of 1 ms steps that have learned fresh copying; weights large enough that they fire."""
    membrane = {"model": "lif", "tau_s": tau_s, "step_s": 1e-3, "threshold": 1.0, "reset": reset, "synapse_s": synapse_s, **options}
    membrane = {key: value for key, value in membrane.items() if value is not None}
    network = {"neuron": "spiking", "membrane": membrane, "input_scale": 4.0, "hidden": hidden, "bias": bias}
    return learned(profile, Network(inputs=1, outputs=1, **network), epochs)


def learned(profile, network, epochs):
    """Train in plain Python (a few neurons, a few trials) and keep the network that came of it."""
    before = os.environ.get("NEUROSIM_PYTHON")
    os.environ["NEUROSIM_PYTHON"] = "1"
    try:
        dataset = Copying(symbols=4, length=3, delay=2, updates_per_epoch=10, test_sequences=8).load(1, 4)
        sized = Network(**{**dict(network), "inputs": dataset.n_inputs, "outputs": dataset.n_outputs})
        chip = compile_chip(profile, sized, 1, "float64")
        rule = SANPCV(learning_rate=1e-2, sigma=0.1)
        regime = Regime(Optimizer(hidden="adam", readout="adam", readout_rate=1e-2))
        run = train(chip, dataset, rule, epochs=epochs, batch=4, seed=1, update="sequence", regime=regime)
        return of_chip(chip, dataset, run.scores)
    finally:
        os.environ.pop("NEUROSIM_PYTHON") if before is None else os.environ.update(NEUROSIM_PYTHON=before)


def awkward(trained):
    """The same with a silent neuron, a zero row and column, negative biases, and without the last output (as many as inputs otherwise)."""
    inputs, recurrent, bias = trained.inputs.copy(), trained.recurrent.copy(), trained.bias
    recurrent[ZERO] = recurrent[:, ZERO] = 0.0
    inputs[SILENT] = recurrent[SILENT] = 0.0
    if bias is not None:
        bias = bias.copy()
        bias[::3] = -np.abs(bias[::3])
        bias[SILENT] = -np.abs(bias).max()
    network = trained.network.model_copy(update={"outputs": trained.network.outputs - 1})
    test = trained.dataset.test._replace(targets=trained.dataset.test.targets[..., :-1].copy())
    dataset = replace(trained.dataset, n_outputs=network.outputs, test=test, scores=lambda outputs: error_scores(test, outputs))
    readout = trained.readout[:-1].copy()
    return replace(trained, network=network, inputs=inputs, recurrent=recurrent, readout=readout, bias=bias, dataset=dataset, chip=None)
