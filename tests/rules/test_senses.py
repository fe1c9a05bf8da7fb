"""What rules with temporal credit hear and see, against NumPy."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import Broadcast, listens, measures, passes
from neurosim.rules.senses import Baseline, Injected, Losses, Measured, Slope, calibrate, compare, mean_square, third_factor

STEPS, BATCH, WIDTH = 5, 3, 4


def drawn(*shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape)


def sent():
    values = drawn(3, BATCH)
    return Broadcast(values[0], values[1], np.zeros((2, BATCH)), values[2], np.zeros((BATCH, 1)), np.zeros((BATCH, 1)), values.ravel())


def test_the_third_factor_is_the_loss_difference_the_slope_or_the_loss():
    said, ears = sent(), (Losses(), Slope(), Baseline(np.zeros(STEPS), np.ones(1), np.float64(0.9)))
    for ear, wanted in zip(ears, (said.perturbed - said.reference, said.slope, said.perturbed), strict=True):
        assert [third_factor(ear, said, b) for b in range(BATCH)] == wanted.tolist()
    assert [passes(ear) for ear in ears] == [2, 2, 1] and [listens(ear) for ear in ears] == [0, 1, 0]


@pytest.mark.parametrize("ear", [Losses(), Slope()])
def test_differences_of_two_passes_need_no_baseline(ear):
    heard = drawn(STEPS, BATCH)
    before = heard.copy()
    compare(ear, heard, STEPS)
    assert np.array_equal(heard, before)


def test_the_baseline_is_a_running_mean_of_every_step_that_the_first_trial_sets():
    keep, trials = 0.9, drawn(4, STEPS, BATCH, seed=2)
    ear, expected = Baseline(np.zeros(STEPS), np.ones(1), np.float64(keep)), trials[0].mean(axis=1)
    for heard in trials:
        now, surprise = heard.mean(axis=1), heard - expected[:, None]
        compare(ear, heard, STEPS)
        assert np.allclose(heard, surprise, rtol=0, atol=1e-14)
        expected = keep * expected + (1 - keep) * now
        assert np.allclose(ear.mean, expected, rtol=1e-14)
    assert ear.is_new[0] == 0


def test_a_running_mean_square_is_set_by_the_first_trial():
    running, scratch, first, second = np.zeros(WIDTH), np.zeros(WIDTH), drawn(STEPS, BATCH, WIDTH), drawn(STEPS, BATCH, WIDTH, seed=2)
    mean_square(first, STEPS, 0.9, running, scratch)
    assert np.allclose(running, (first**2).mean(axis=(0, 1)), rtol=1e-14)
    mean_square(second, STEPS, 0.9, running, scratch)
    assert np.allclose(running, 0.9 * (first**2).mean(axis=(0, 1)) + 0.1 * (second**2).mean(axis=(0, 1)), rtol=1e-14)


def test_only_the_steps_of_the_trial_count():
    running, values = np.zeros(WIDTH), drawn(STEPS, BATCH, WIDTH)
    mean_square(values, 2, 0.9, running, np.full(WIDTH, 9.0))
    assert np.allclose(running, (values[:2]**2).mean(axis=(0, 1)), rtol=1e-14)
    ear, heard = Baseline(np.zeros(STEPS), np.ones(1), np.float64(0.9)), drawn(STEPS, BATCH)
    untouched = heard[2:].copy()
    compare(ear, heard, 2)
    assert np.array_equal(heard[2:], untouched) and not ear.mean[2:].any()


def test_a_measured_gain_is_one_over_the_variance_and_zero_for_a_neuron_that_never_moved():
    tried, gain, eye = drawn(STEPS, BATCH, WIDTH), np.full(WIDTH, np.nan), Measured(np.float64(0.95), np.zeros(WIDTH))
    tried[..., 2] = 0
    calibrate(eye, tried, STEPS, gain)
    assert np.allclose(gain[[0, 1, 3]], 1 / (tried[..., [0, 1, 3]] ** 2).mean(axis=(0, 1)), rtol=1e-14) and gain[2] == 0
    assert measures(eye) and not measures(Injected())


def test_a_measured_gain_follows_the_running_variance_and_a_neuron_that_wakes_late_starts_with_its_own():
    first, second = drawn(STEPS, BATCH, WIDTH), drawn(STEPS, BATCH, WIDTH, seed=2)
    first[..., 2] = 0
    gain, eye = np.zeros(WIDTH), Measured(np.float64(0.75), np.zeros(WIDTH))
    for tried in (first, second):
        calibrate(eye, tried, STEPS, gain)
    old, new = (first**2).mean(axis=(0, 1)), (second**2).mean(axis=(0, 1))
    assert np.allclose(gain, 1 / np.where(old > 0, 0.75 * old + 0.25 * new, new), rtol=1e-14)


def test_what_was_injected_is_known_and_its_gain_stays():
    gain = drawn(WIDTH)
    before = gain.copy()
    calibrate(Injected(), drawn(STEPS, BATCH, WIDTH), STEPS, gain)
    assert np.array_equal(gain, before)


def test_a_neuron_that_fell_silent_for_good_has_no_gain():
    """Its running variance goes down to what float32 can hold, where the inverse is infinite and times zero is no number."""
    gain, eye = np.zeros(1, np.float32), Measured(np.float32(0.5), np.full(1, 1e-6, np.float32))
    for _ in range(200):
        calibrate(eye, np.zeros((STEPS, BATCH, 1), np.float32), STEPS, gain)
        assert np.isfinite(gain).all()
    assert gain[0] == 0
