"""A small spiking network that draws a curve, on every chip with integer neurons."""
from __future__ import annotations

import numpy as np

from neurosim.chip import compile_chip
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.tasks.pattern import PatternGeneration
from neurosim.trainer import Regime, train
from neurosim.updaters.optimizer import Optimizer

CHIPS = {  # membrane; a level of the weights where they are written to the nearest one: requests add up until they reach it
    "loihi1": ({"reset": "zero"}, None), "reckon": ({}, None), "truenorth": ({"reset": "zero"}, 1 / 255),
    "xylo-audio": ({"synapse_s": 3e-3}, 1 / 127)}


def learned(profile, rule, hidden, steps, batch, epochs, updates, rate=0.15, seed=1, **optimizer):
    """Test errors, one per epoch, of a curve of 3 sines drawn from a frozen pattern of spikes; recurrent levels after training."""
    membrane, level = CHIPS[profile]
    data = PatternGeneration(steps=steps, rate=rate, updates_per_epoch=updates).load(seed, batch)
    network = Network(
        inputs=data.n_inputs, outputs=data.n_outputs, hidden=hidden, neuron="spiking", input_scale=2.0, readout_tau_steps=3.0,
        membrane=Membrane(threshold=0.25, tau_s=10e-3, **membrane))
    chip = compile_chip(profile, network, seed)
    before = chip.arrays["recurrent"].conductance.copy()
    memory = Optimizer(hidden="adam", readout="adam", write_threshold=level, **optimizer)
    run = train(chip, data, rule, epochs=epochs, batch=batch, regime=Regime(optimizer=memory))
    assert 0.02 < (run.spikes > 0).mean() < 0.6
    moved = (chip.arrays["recurrent"].conductance - before)[:hidden, :hidden]
    assert (moved == np.rint(moved)).all()
    return [row["test_mse"] for row in run.curves], moved
