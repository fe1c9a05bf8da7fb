"""Pattern generation."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.tasks import PatternGeneration


def test_every_trial_shows_the_same_spikes_and_asks_for_the_same_curve():
    data = PatternGeneration(outputs=2).load(1, 3)
    trials, later = data.train(0), data.train(4)
    assert (trials.inputs == trials.inputs[:1, :, :1]).all() and (trials.inputs == later.inputs).all()
    assert (trials.targets == data.test.targets[:1, :, :1]).all() and trials.active.all() and trials.starts.all()
    assert data.test.targets[0, :, 0].std(axis=0) == pytest.approx(np.ones(2)) and data.predictors["constant"] == pytest.approx(1.0)


def test_spikes_get_lost_anew_in_every_trial():
    """20 lines x 100 steps at 0.3, a fifth lost: 5 standard errors."""
    kept = PatternGeneration(rate=0.3, lost=0.2).load(1, 4)
    whole = PatternGeneration(rate=0.3).load(1, 4)
    shown, pattern = kept.train(0).inputs, whole.train(0).inputs
    assert (shown <= pattern).all()
    share = shown.sum() / pattern.sum()
    assert abs(share - 0.8) < 5 * np.sqrt(0.16 / pattern.sum())
    assert (shown[0] != shown[1]).any() and (kept.train(1).inputs != shown).any() and (kept.train(0).inputs == shown).all()


def test_curves_have_no_frequency_beyond_their_waves():
    curve = PatternGeneration(waves=3, steps=64).load(5, 1).test.targets[0, :, 0, 0]
    power = np.abs(np.fft.rfft(curve))
    assert power[1:4].min() > 1 and power[0] < 1e-9 and power[4:].max() < 1e-9


def test_seeds_draw_other_patterns_and_other_curves():
    one, two = (PatternGeneration().load(seed, 1).test for seed in (1, 2))
    assert (one.inputs != two.inputs).any() and not np.allclose(one.targets, two.targets)
