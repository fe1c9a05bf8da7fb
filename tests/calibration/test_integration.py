"""Parameters of devices integrated out by sampling, against integrals that are known."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.synthetic import Truth, measured
from calibration.test_fit import fitted as fitted_to
from calibration.test_write import fitted
from scipy.stats import multivariate_normal, multivariate_t

from neurosim.calibration.curves import CURVES
from neurosim.calibration.fit import LOUD, fit_curve
from neurosim.calibration.integration import (
    SAMPLES,
    Samples,
    Source,
    climbed,
    drawn,
    integrated,
    log_density,
    log_likelihoods,
    loosened,
    moments,
    student,
    weights,
)
from neurosim.calibration.kalman import NORMAL
from neurosim.calibration.score import State, slopes
from neurosim.calibration.truncated import TRUNCATED
from neurosim.generators import generator

MATRIX = np.array([[1.0, 0.4, 0.0], [0.4, 2.0, -0.3], [0.0, -0.3, 0.5]])


@pytest.mark.parametrize("freedom, density", [
    (5.0, multivariate_t(np.zeros(3), MATRIX, df=5.0)), (np.inf, multivariate_normal(np.zeros(3), MATRIX))])
def test_the_density_of_a_source_is_scipys(freedom, density):
    at = generator(1, 1).standard_normal((6, 2, 3))
    np.testing.assert_allclose(student(at, np.repeat(MATRIX[None], 2, axis=0), freedom), density.logpdf(at))


def source(n, k=3):
    matrices = np.repeat(MATRIX[None, :k, :k], n, axis=0)
    return Source(np.full((n, k), 1.0), matrices, np.full((n, k), -1.0), 2 * matrices)


def test_half_of_the_samples_come_from_each_part_of_a_source():
    """5 sigma of means over 64 x 400 samples; a t distribution of 5 degrees has 5 / 3 of the variance of its scale matrix."""
    phi = drawn(source(400), generator(2, 1))
    near, far = phi[:, :SAMPLES // 2].reshape(3, -1), phi[:, SAMPLES // 2:].reshape(3, -1)
    n = near.shape[1]
    for part, middle, cov in ((near, 1.0, 5 / 3 * MATRIX), (far, -1.0, 2 * MATRIX)):
        assert (np.abs(part.mean(axis=1) - middle) < 5 * np.sqrt(np.diag(cov) / n)).all()
        np.testing.assert_allclose(np.cov(part), cov, atol=5 * np.sqrt(8 / n) * 3.5)


def test_samples_weighted_by_their_density_integrate_to_what_is_known():
    """Of the normal density N(0, MATRIX / 2): integral 1, mean 0, covariance MATRIX / 2; 200 devices x 128 samples."""
    sources = [source(200), source(200)]
    phi = np.concatenate([drawn(each, generator(3, 1 + i)) for i, each in enumerate(sources)], axis=1)
    state = State(np.zeros((3, 200)), np.zeros(0), np.zeros(3), MATRIX / 2)
    samples = Samples(phi, np.zeros(phi.shape[1:]), log_density(sources, phi))
    weight, marginal = weights(samples, state)
    np.testing.assert_allclose(weight.sum(axis=0), 1.0)
    assert np.exp(marginal).mean() == pytest.approx(1.0, abs=5 * np.exp(marginal).std() / np.sqrt(200))
    mean, cov = moments(samples, weight)
    np.testing.assert_allclose(mean.mean(axis=1), 0.0, atol=0.05)
    np.testing.assert_allclose(cov.mean(axis=0), MATRIX / 2, atol=0.1)


def test_a_likelihood_that_is_flat_on_one_side_does_not_pull_the_mean_to_the_other():
    """A device tells only that its parameter is above a threshold: 1500 of N(2, 0.5^2), cut at 1.5, 2.0 and 2.5, or measured below.

    What is above is censored: the maximum of the marginal likelihood is that of survival analysis; the mode of such a device is where
    its likelihood begins to be flat.  5 sigma of the mean and the spread of 1500 numbers, half of them known.
    """
    rng, n = generator(4, 1), 1500
    true, cut = 2.0 + 0.5 * rng.standard_normal(n), np.repeat([1.5, 2.0, 2.5], n // 3)
    phi = rng.uniform(0.0, 4.0, (1, 400, n))
    known = -0.5 * ((phi[0] - true) / 0.05) ** 2
    value = np.where(true < cut, known, np.where(phi[0] > cut, 0.0, -np.inf))
    begin = State(np.zeros((1, n)), np.zeros(0), np.array([1.5]), np.eye(1))
    state, _ = climbed(Samples(phi, value, np.full(value.shape, -np.log(4.0))), begin, np.ones(1))
    assert state.mean.item() == pytest.approx(2.0, abs=5 * 0.5 * np.sqrt(2 / n))
    assert np.sqrt(state.cov.item()) == pytest.approx(0.5, rel=5 * np.sqrt(1 / n))
    assert np.minimum(true, cut).mean() < 1.85  # what modes would say


def test_bounds_that_are_let_go_are_those_of_the_population_given_the_steps():
    """A step 1 sigma above the mean, correlated by 0.5 with the upper bound: that is expected 0.5 sigma above its mean."""
    found = fitted("constant_step")
    size = np.sqrt(np.diag(found.state.cov))
    found.state.cov[0, 2] = found.state.cov[2, 0] = 0.5 * size[0] * size[2]
    found.state.devices[0] += size[0]
    found.state.devices[2] -= 3 * size[2]
    mean, cov = loosened(found)
    np.testing.assert_allclose(mean[0], found.state.mean + np.array([1.0, 0.0, 0.5, 0.0]) * size)
    assert cov[0, 2, 2] == pytest.approx(1.5 * size[2] ** 2 * (0.75 + 0.25 * 0.01)) and cov[0, 3, 3] == pytest.approx(1.5 * size[3] ** 2)
    np.testing.assert_allclose(cov, cov.transpose(0, 2, 1))


def test_likelihoods_of_samples_are_those_of_the_score():
    sample, found = fitted_to("constant_step", Truth("constant_step"), 8, 40, half_cycle=20)
    at = np.stack([found.state.devices, 1.05 * found.state.devices], axis=1)
    told = log_likelihoods(found.problem, at, found.state.shared)
    for k in (0, 1):
        np.testing.assert_allclose(told[k], slopes(found.problem, found.state._replace(devices=at[:, k])).value)


def test_where_devices_are_well_known_nothing_changes():
    """16 devices, all of which meet both bounds: the same population as from the Laplace approximation."""
    truth = Truth("constant_step", dw_min_dtod=0.1, up_down=0.0)
    _, found = fitted_to("constant_step", truth, 16, 200, half_cycle=100)
    other = integrated(found)
    size = np.sqrt(np.diag(found.state.cov))
    assert (np.abs(other.state.mean - found.state.mean) < 0.1 * size).all()
    np.testing.assert_allclose(np.sqrt(np.diag(other.state.cov)), size, rtol=0.15)
    assert other.log_likelihood == pytest.approx(found.log_likelihood, abs=6.0)
    np.testing.assert_array_equal(other.state.shared, found.state.shared)


@pytest.mark.parametrize("dw_min_std, belief", [(0.5 * LOUD, NORMAL), (2 * LOUD, TRUNCATED)])
def test_devices_are_integrated_out_where_cycle_noise_is_loud(dw_min_std, belief):
    truth = Truth("soft_bounds", "additive", dw_min=0.01, up_down=0.0, dw_min_std=dw_min_std)
    curve = next(curve for curve in CURVES if curve.label == "soft_bounds")
    assert fit_curve(curve, measured(truth, 8, 100, half_cycle=50).traces).problem.belief is belief
