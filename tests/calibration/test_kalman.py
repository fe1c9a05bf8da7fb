"""The filter against an exact Gaussian likelihood and against simulation."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.synthetic import Truth, measured
from scipy.stats import multivariate_normal

from neurosim.calibration.curves import CURVES
from neurosim.calibration.kalman import innovations, pulse
from neurosim.calibration.traces import Traces

BY_LABEL = {curve.label: curve for curve in CURVES}


def values(**given):
    base = {"step": 0.01, "half_difference": 0.0, "upper": 100.0, "lower": -100.0, "sigma": 0.5, "write_std": 0.03}
    return {key: np.full((1, 1), value) for key, value in {**base, **given}.items()}


def log_density(gap, variance, surplus):
    """Of one reading given those before."""
    return surplus - 0.5 * (np.log(2 * np.pi * variance) + gap**2 / variance)


def test_far_from_bounds_it_is_the_exact_likelihood_of_a_noisy_random_walk():
    """w_t = w_{t-1} +- s (1 + sigma xi): the covariance of the readings is known in closed form."""
    rng = np.random.Generator(np.random.Philox(3))
    polarity = np.array([1, 1, 1, -1, -1, 1, -1, -1], np.int8)[:, None]
    n_read = np.array([1, 1, 0, 2, 1, 1, 3, 0, 1], float)[:, None]
    z = rng.standard_normal((9, 1)) * 0.05
    traces = Traces(("a",), polarity, z, n_read, np.zeros(1), 0.0, 1.0)
    v = values()
    found = sum(log_density(*innovation) for innovation in innovations(BY_LABEL["constant_step"], v, traces, 0.02))
    at = np.flatnonzero(n_read[:, 0])
    mean = np.concatenate([[0], np.cumsum(0.01 * polarity[:, 0])])[at]
    cov = (0.005**2) * np.minimum.outer(at, at) + np.diag(0.03**2 + 0.02**2 / n_read[at, 0]) + 1e8  # the start is not known
    away = z[at, 0] - mean
    _, log_det = np.linalg.slogdet(cov)
    exact = -0.5 * (log_det + away @ np.linalg.solve(cov, away) + len(at) * np.log(2 * np.pi)) + 0.5 * np.log(2 * np.pi * 1e8)
    assert found.item() == pytest.approx(exact, abs=1e-3)


def test_a_contracting_walk_has_the_likelihood_of_a_dense_normal_distribution():
    """linear_step_additive far from bounds, w -> (1 -+ s k) w +- s + s sigma xi: scipy's density of all readings given the first.

    The joint covariance of the states is A A' times the noise of a pulse plus the variance that the first reading leaves, carried on.
    """
    rng = np.random.Generator(np.random.Philox(5))
    signs, k_up, k_down, step, sigma, write, read = [1, 1, -1, -1, -1, 1, 1, 1], 3.0, 5.0, 0.05, 0.4, 0.02, 0.01
    n_read = np.array([2, 1, 0, 3, 1, 0, 0, 1, 2], float)
    z = 0.2 + 0.1 * rng.standard_normal(9)
    noise = write**2 + read**2 / np.maximum(n_read, 1)
    keep = [1 - step * (k_up if s > 0 else k_down) for s in signs]
    mean, cov = np.zeros(9), np.zeros((9, 9))
    mean[0], cov[0, 0] = z[0], noise[0]
    for t, (s, a) in enumerate(zip(signs, keep), start=1):
        mean[t] = a * mean[t - 1] + s * step
        cov[t, :t] = cov[:t, t] = a * cov[t - 1, :t]
        cov[t, t] = a * a * cov[t - 1, t - 1] + (step * sigma) ** 2
    at = np.flatnonzero(n_read)[1:]
    exact = multivariate_normal(mean[at], cov[np.ix_(at, at)] + np.diag(noise[at])).logpdf(z[at])
    traces = Traces(("a",), np.array(signs, np.int8)[:, None], z[:, None], n_read[:, None], np.zeros(1), 0.0, 1.0)
    v = values(step=step, sigma=sigma, write_std=write, slope_up=k_up, slope_down=k_down)
    found = sum(log_density(*innovation) for innovation in innovations(BY_LABEL["linear_step_additive"], v, traces, read))
    assert found.item() == pytest.approx(exact, abs=1e-7)


@pytest.mark.parametrize("mean, std", [(0.9, 0.05), (0.985, 0.001), (0.7, 0.1), (0.97, 0.02)])
def test_a_pulse_towards_a_bound_has_the_mean_and_variance_of_many_simulated_ones(mean, std):
    """200 000 states, started where the bound has not clipped them much; 2 % of the spread: the normal approximation, not sampling."""
    rng = np.random.Generator(np.random.Philox(4))
    v = values(step=0.02, sigma=1.0, upper=1.0, lower=-1.0)
    start = np.minimum(mean + std * rng.standard_normal(200_000), 1.0)
    after = np.minimum(start + 0.02 * (1 + rng.standard_normal(200_000)), 1.0)
    m, p = pulse(BY_LABEL["constant_step"], v, v["upper"], True, np.full((1, 1), start.mean()), np.full((1, 1), start.var()))
    assert m.item() == pytest.approx(after.mean(), abs=0.12 * after.std())
    assert np.sqrt(p.item()) == pytest.approx(after.std(), rel=0.2)


def test_a_state_that_is_pushed_against_a_bound_ends_up_surely_there():
    v = values(step=0.02, upper=1.0, lower=-1.0)
    mean, variance = np.full((1, 1), 0.9), np.full((1, 1), 1e-4)
    for _ in range(60):
        mean, variance = pulse(BY_LABEL["constant_step"], v, v["upper"], True, mean, variance)
    assert mean.item() == pytest.approx(1.0, abs=1e-3) and variance.item() < 1e-5


def test_innovations_are_white_and_of_the_expected_size_at_the_true_parameters():
    """30 devices x 300 readings: mean square within 5 sigma of 1, correlation of neighbours within 5 sigma of 0."""
    truth = Truth("constant_step", dw_min=0.01, bound_dtod=0.0, w_max=50.0, w_min=-50.0, dw_min_std=2.0, write_noise_std=1.0)
    sample = measured(truth, 30, 300)
    each = {"step": (sample.step_up + sample.step_down) / 2, "half_difference": (sample.step_up - sample.step_down) / 2,
            "upper": sample.upper, "lower": sample.lower, "sigma": np.full(30, 2.0), "write_std": np.full(30, 0.01)}
    white = np.array([(gap / np.sqrt(s))[0] for gap, s, _ in innovations(
        BY_LABEL["constant_step"], {key: value[None] for key, value in each.items()}, sample.traces, truth.read_noise_abs)])
    assert np.mean(white**2) == pytest.approx(1.0, abs=5 * np.sqrt(2 / white.size))
    assert np.mean(white[1:] * white[:-1]) == pytest.approx(0.0, abs=5 / np.sqrt(white.size))
