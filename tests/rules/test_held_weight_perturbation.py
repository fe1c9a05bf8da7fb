"""Weight perturbation held per trial, against its equation."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim import loop
from neurosim.chip import compile_chip
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.recorders.activity import Forgetful
from neurosim.rules import WPTrial
from neurosim.synapses.layout import matrix_of
from neurosim.wiring import sizes_of, wire

STEPS, BATCH, N, RATE, SIGMA = 4, 3, 5, 0.05, 1e-2


def test_the_change_is_the_loss_of_the_whole_trial_times_the_perturbation_of_each_sample():
    chip = compile_chip("ideal", Network(inputs=2, hidden=N, outputs=2), 3, "float64")
    before, rng = chip.weights(), np.random.default_rng(1)
    x, y = rng.standard_normal((1, STEPS, BATCH, 2)), rng.standard_normal((1, STEPS, BATCH, 2))
    wired = wire(chip, WPTrial(learning_rate=RATE, sigma=SIGMA).build(sizes_of(chip, BATCH, "sequence", STEPS)), BATCH, "sequence", STEPS)
    loop.run(wired.network, wired.schedule, Forgetful(), wired.activity, x, y, np.ones((1, STEPS)), np.ones(1, np.uint8),
             np.zeros((1, 2)), 7, 0, 0)  # one more sweep would draw the perturbation of the next trial
    shaken = {}
    for name in ("inputs", "recurrent"):
        projection, shape = getattr(wired.network, name), before[name].shape
        shaken[name] = np.array([matrix_of(projection.synapses, z, *shape) for z in projection.jitter.noise])
    change = {name: np.zeros_like(before[name]) for name in shaken}
    for b in range(BATCH):
        clean = noisy = np.zeros(N)
        for t in range(STEPS):
            clean = np.tanh(before["inputs"] @ x[0, t, b] + before["recurrent"] @ clean)
            noisy = np.tanh((before["inputs"] + shaken["inputs"][b]) @ x[0, t, b] + (before["recurrent"] + shaken["recurrent"][b]) @ noisy)
            difference = np.mean((before["readout"] @ noisy - y[0, t, b]) ** 2) - np.mean((before["readout"] @ clean - y[0, t, b]) ** 2)
            for name in change:
                change[name] -= RATE / SIGMA**2 / BATCH * difference * shaken[name][b]
    after = chip.weights()
    assert np.allclose(after["inputs"] - before["inputs"], change["inputs"], rtol=0, atol=1e-10 * np.abs(change["inputs"]).max())
    found = after["recurrent"] - before["recurrent"]
    assert np.abs(found - change["recurrent"]).max() < 1e-10 * np.abs(change["recurrent"]).max()


def test_it_learns_once_per_trial_only():
    chip = compile_chip("ideal", Network(inputs=2, hidden=N, outputs=2))
    with pytest.raises(InputError, match=r"train.update = 'step'; rule wp_trial"):
        WPTrial(learning_rate=RATE).build(sizes_of(chip, BATCH, "step"))
