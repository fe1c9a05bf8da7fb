"""Deliberate perturbations of a population."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import inject
from neurosim.random import Key
from neurosim.sources.noise import Gaussian, Recorded, Silent

SIGMA = np.float64(0.02)


def injected(source, batch=1, width=64, now=0, out=None):
    out = np.zeros((batch, width)) if out is None else out
    inject(source, Key(1, 0, now), now, out)
    return out


def gaussian(n=64, batch=1, width=64):
    return Gaussian(SIGMA, n, np.zeros(batch * width))


def test_perturbation_has_the_stated_standard_deviation_and_no_mean():
    """64 samples of 64 neurons."""
    noise = injected(gaussian(batch=64), 64)
    assert abs(noise.mean()) < 5 * SIGMA / np.sqrt(noise.size)
    assert abs(noise.std() - SIGMA) < 5 * SIGMA / np.sqrt(2 * noise.size)


def test_samples_neurons_and_steps_are_perturbed_independently():
    first, second = (injected(gaussian(batch=64), 64, now=now) / SIGMA for now in (0, 1))
    for a, b in ((first[1:], first[:-1]), (first[:, 1:], first[:, :-1]), (first, second)):
        assert abs((a * b).mean()) < 5 / np.sqrt(a.size)


def test_every_step_replaces_the_last_one():
    out = injected(gaussian())
    assert (injected(gaussian(), now=1, out=out) == injected(gaussian(), now=1)).all()


def test_only_neurons_that_exist_are_perturbed():
    out = injected(gaussian(n=5, batch=2), 2)
    assert (out[:, :5] != 0).all() and (out[:, 5:] == 0).all()


def test_a_larger_population_perturbs_its_first_neurons_alike():
    """The draw depends on the key and the neuron, not on how many there are."""
    assert (injected(gaussian(n=5))[0, :5] == injected(gaussian(n=60))[0, :5]).all()


@pytest.mark.parametrize("now", [0, 2])
def test_recorded_draws_are_scaled_and_taken_step_by_step(now):
    draws = np.random.default_rng(1).standard_normal((3, 2, 5))
    out = injected(Recorded(SIGMA, draws), 2, now=now)
    assert (out[:, :5] == SIGMA * draws[now]).all() and (out[:, 5:] == 0).all()


def test_a_silent_source_injects_nothing():
    assert (injected(Silent(), 2) == 0).all()
