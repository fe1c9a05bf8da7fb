"""Deliberate perturbations of a population."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import inject, is_antithetic, is_silent
from neurosim.random import Key
from neurosim.sources.noise import Antithetic, Gaussian, Recorded, Signs, Silent, Subset
from neurosim.verbs import perturb

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


# ---- signs, subsets, pairs ---------------------------------------------------------------------------------------------
def filled(source, batch=64, now=0):
    out = np.zeros((batch, 64))
    inject(source, Key(1, 0, now), now, out)
    return out


def test_signs_have_one_size_and_no_mean():
    """64 samples of 60 neurons; the padding stays silent."""
    out = filled(Signs(np.float64(0.1), 60, np.zeros(64 * 64)))
    assert set(np.unique(out[:, :60])) == {-0.1, 0.1} and (out[:, 60:] == 0).all()
    assert abs(out.mean()) < 5 * 0.1 / np.sqrt(out[:, :60].size)


def test_a_subset_perturbs_its_share_afresh_at_every_step():
    source = Subset(Signs(np.float64(0.1), 64, np.zeros(64 * 64)), np.float64(0.25), 64, np.zeros(64 * 64))
    first, second = ((filled(source, now=now) != 0) for now in (0, 1))
    for chosen in (first, second):
        assert abs(chosen.mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / chosen.size)
    assert abs((first & second).mean() - 0.0625) < 5 * np.sqrt(0.0625 / first.size)


def test_which_neurons_are_chosen_does_not_depend_on_what_they_get():
    source = Subset(Signs(np.float64(0.1), 64, np.zeros(64 * 64)), np.float64(0.5), 64, np.zeros(64 * 64))
    out = filled(source)
    assert abs(out[out != 0].mean()) < 5 * 0.1 / np.sqrt((out != 0).sum())


def test_an_antithetic_pair_is_symmetric_about_the_potential():
    source, current, noise = Antithetic(Signs(np.float64(0.1), 64, np.zeros(4 * 64))), np.full((8, 64), 0.5), np.zeros((4, 64))
    perturb(source, Key(1, 0, 0), 0, current, noise)
    assert np.allclose(current[4:] - current[:4], noise) and np.allclose(current[4:] + current[:4], 1.0)
    assert is_antithetic(source) and not is_antithetic(source.inner) and is_silent(Silent()) and not is_silent(source)


def test_a_silent_source_leaves_the_potential_alone():
    current, noise = np.full((4, 64), 0.5), np.full((2, 64), 9.0)
    perturb(Silent(), Key(1, 0, 0), 0, current, noise)
    assert (current == 0.5).all() and (noise == 9.0).all()
