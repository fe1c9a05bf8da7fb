"""Observing a chip."""
from __future__ import annotations

import numpy as np

from neurosim import trials
from neurosim.chip import compile_chip
from neurosim.network import Network
from neurosim.rules.rule import OBSERVER
from neurosim.tasks.task import Trials
from neurosim.trials import Arrays
from neurosim.wiring import wire

BATCH = 2


def test_what_is_observed_in_blocks_of_trials_is_what_is_observed_at_once(monkeypatch):
    """Only steps that count in some trial are kept of the hidden activity."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    chip, rng = compile_chip("reram-sb", Network(inputs=1, hidden=4, outputs=3), 1), np.random.default_rng(1)
    active = np.zeros((6, 8))
    active[:, 7] = active[2, 3] = 1
    shown, wanted = (rng.standard_normal((6, 8, BATCH, n)) for n in (1, 3))
    arrays = Arrays(Trials(shown, wanted, active, np.arange(6) % 2 == 0), chip)
    assert arrays.asked().tolist() == [3, 7]
    whole = trials.observe(wire(chip, OBSERVER, BATCH, "step"), arrays, chip, 1, 0, True)
    assert whole[1].shape == (6, 2, BATCH, chip.network.hidden) and np.abs(whole[1]).min() > 0
    monkeypatch.setattr(trials, "MOST_RECORDED", 2 * 8 * BATCH * (3 + chip.network.hidden))
    assert len(arrays.blocks(3, is_whole=True)) == 3
    apart = trials.observe(wire(chip, OBSERVER, BATCH, "step"), arrays, chip, 1, 0, True)
    assert all(np.array_equal(a, b) for a, b in zip(whole, apart, strict=True))
