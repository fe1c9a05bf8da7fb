"""What reward-modulated rules hear: the loss against its running mean."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import heard

from neurosim.rules import RewardHebb, RewardSTDP
from neurosim.rules.reward import Expected
from neurosim.rules.rule import Sizes
from neurosim.rules.senses import Baseline, third_factor
from neurosim.sources.noise import Gaussian, Signs, Silent

SIZES = Sizes(2, 5, 3, 4, "sequence", np.float64, 6)


def test_what_is_expected_of_a_stream_is_the_exponential_mean_of_the_losses_before():
    ear, losses, mean = Expected(np.zeros(1), np.ones(1), np.float64(0.8)), np.random.default_rng(1).random(20), None
    for loss in losses:
        found = third_factor(ear, heard(np.array([loss]), np.array([loss])), 0)
        mean = loss if mean is None else mean
        assert found == pytest.approx(loss - mean, abs=1e-15)
        mean = 0.8 * mean + 0.2 * loss


def test_a_loss_that_stays_as_it_is_says_nothing():
    ear = Expected(np.zeros(1), np.ones(1), np.float64(0.8))
    assert [third_factor(ear, heard(np.array([0.25]), np.array([0.25])), 0) for _ in range(5)] == [0.0] * 5


@pytest.mark.parametrize("kind", [RewardSTDP, RewardHebb])
def test_the_mean_reward_of_trials_is_that_of_the_same_step(kind):
    ear = kind(learning_rate=0.1, reward_keep=0.7).ear(SIZES)
    assert isinstance(ear, Baseline) and ear.mean.shape == (SIZES.steps,) and ear.keep == 0.7


@pytest.mark.parametrize(("noise", "source"), [("signs", Signs), ("gaussian", Gaussian), ("none", Silent)])
def test_the_hidden_neurons_explore_and_the_outputs_do_not(noise, source):
    make = RewardSTDP(learning_rate=0.1, noise=noise).source(SIZES)
    assert isinstance(make("hidden", 5), source) and isinstance(make("output", 3), Silent)
