"""Scoring against normal models that can be solved exactly, and its climb on traces."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.synthetic import Truth, measured
from calibration.test_write import fitted
from scipy.stats import multivariate_normal

from neurosim.calibration.curves import CURVES
from neurosim.calibration.score import Problem, Slopes, State, shared_names, slopes
from neurosim.calibration.scoring import (
    FLAT,
    Place,
    again,
    chosen,
    limits,
    marginal_of_devices,
    maximise,
    moved,
    population,
    positive,
    posterior,
    prior_log_density,
    step,
)
from neurosim.calibration.start import start

K, N, SHARED = 4, 7, 2
CONSTANT = CURVES[0]
TRUTH = Truth("constant_step", up_down=0.0)


def drawn(seed=3):
    """Random numbers, and a positive definite matrix of k rows."""
    rng = np.random.Generator(np.random.Philox(seed))

    def definite(k):
        root = rng.standard_normal((k, 2 * k))
        return root @ root.T / k

    return rng, definite


def quadratic():
    """Devices whose log-likelihood is -1/2 (theta - best)' J (theta - best), theta = phi and psi, with all that belongs to it."""
    rng, definite = drawn()
    state = State(np.array([3.0, 0.1, 1.0, -1.0])[:, None] + 0.1 * rng.standard_normal((K, N)), np.log([0.3, 0.02]),
                  np.array([3.0, 0.0, 1.0, -1.0]), 0.05 * definite(K))
    J = np.array([50 * definite(K + SHARED) for _ in range(N)])
    best = np.concatenate([state.devices.T, np.repeat(state.shared[None], N, axis=0)], axis=1) + 0.05 * rng.standard_normal((N, K + SHARED))
    return state, J, best


def seen_from(state, J, best):
    """Slopes of `quadratic` at a state."""
    away = np.concatenate([state.devices.T, np.repeat(state.shared[None], N, axis=0)], axis=1) - best
    gradient = -np.einsum("dij,dj->di", J, away)
    return Slopes(0.5 * np.einsum("di,di->d", gradient, away), gradient, J)


def test_the_prior_is_a_normal_density():
    state, _, _ = quadratic()
    np.testing.assert_allclose(prior_log_density(state), multivariate_normal(state.mean, state.cov).logpdf(state.devices.T))


def test_the_marginal_likelihood_is_exact_where_everything_is_normal():
    """At the posterior mode, psi given: log of integral exp(-1/2 (phi - m)' J (phi - m)) N(phi; mu, Sigma)."""
    state, J, best = quadratic()
    J, best[:, K:] = J.copy(), state.shared
    own, precision = J[:, :K, :K], np.linalg.inv(state.cov)
    mode = np.linalg.solve(own + precision, (np.einsum("dij,dj->di", own, best[:, :K]) + precision @ state.mean)[..., None])[..., 0].T
    there = state._replace(devices=mode)
    exact = [0.5 * K * np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(own[d])[1]
             + multivariate_normal(state.mean, state.cov + np.linalg.inv(own[d])).logpdf(best[d, :K]) for d in range(N)]
    np.testing.assert_allclose(marginal_of_devices(there, seen_from(there, J, best)), exact)


@pytest.mark.parametrize("is_joint", [True, False])
def test_a_step_solves_the_whole_system_of_all_devices_at_once(is_joint):
    """Newton's step of the 4 x 7 + 2 unknowns written out as one dense system; without psi, of each device on its own."""
    state, J, best = quadratic()
    at, precision, n = seen_from(state, J, best), np.linalg.inv(state.cov), K * N
    hessian, gradient = np.zeros((n + SHARED, n + SHARED)), np.zeros(n + SHARED)
    for d in range(N):
        own = slice(K * d, K * (d + 1))
        hessian[own, own] = J[d, :K, :K] + precision
        gradient[own] = at.gradient[d, :K] - precision @ (state.devices[:, d] - state.mean)
        if is_joint:
            hessian[own, n:], hessian[n:, own] = J[d, :K, K:], J[d, K:, :K]
            hessian[n:, n:] += J[d, K:, K:]
            gradient[n:] += at.gradient[d, K:]
    move = np.linalg.solve(hessian, gradient) if is_joint else np.r_[np.linalg.solve(hessian[:n, :n], gradient[:n]), 0.0, 0.0]
    found = step(Problem(CONSTANT, None, 0.0, np.ones(K)), Place(state, at, np.zeros(N)), is_joint, -np.inf)
    np.testing.assert_allclose(found.devices, state.devices + move[:n].reshape(N, K).T, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found.shared, state.shared + move[n:], rtol=1e-6)
    assert np.abs(move).max() < 0.5  # within what one step may move, so that nothing was cut


def test_noise_of_the_estimates_is_no_spread_of_the_devices():
    """5000 devices of spread 0.3, known with an error of 0.4 each: EM finds 0.3 (5 sigma), the scatter of the estimates is 0.5."""
    rng, n, noise = drawn()[0], 5000, 0.4
    estimate = 2.0 + 0.3 * rng.standard_normal((1, n)) + noise * rng.standard_normal((1, n))
    at = Slopes(np.zeros(n), np.zeros((n, 1)), np.full((n, 1, 1), noise**-2))
    state = State(estimate, np.zeros(0), np.array([1.0]), np.eye(1))
    for _ in range(200):
        weight = state.cov.item() / (state.cov.item() + noise**2)
        state = population(state._replace(devices=state.mean[:, None] + weight * (estimate - state.mean[:, None])), at, np.ones(1))
    error = 0.25 * np.sqrt(2 / n)  # of the variance 0.09 + 0.16
    assert state.mean.item() == pytest.approx(2.0, abs=5 * 0.5 / np.sqrt(n))
    assert state.cov.item() == pytest.approx(0.09, abs=5 * error) and np.var(estimate) == pytest.approx(0.25, abs=5 * error)


def test_a_spread_of_nothing_stays_invertible():
    state, J, best = quadratic()
    same = state._replace(devices=np.repeat(state.mean[:, None], N, axis=1))
    found = population(same, Slopes(np.zeros(N), np.zeros((N, K + SHARED)), 1e20 * J), np.ones(K))
    np.testing.assert_allclose(np.linalg.eigvalsh(found.cov), FLAT, rtol=1e-6)


def test_the_posterior_is_the_inverse_of_information_and_prior():
    state, J, best = quadratic()
    found = posterior(state, seen_from(state, J, best))
    np.testing.assert_allclose(found @ (J[:, :K, :K] + np.linalg.inv(state.cov)), np.repeat(np.eye(K)[None], N, axis=0), atol=1e-9)


def test_steps_of_a_device_stay_the_same_when_both_are_made_positive():
    devices = np.array([[0.01, 0.01, -0.01, 0.002], [0.002, 0.03, 0.004, -0.005], [1.0] * 4, [-1.0] * 4])
    found = positive(devices)
    for sign in (1, -1):
        np.testing.assert_allclose(found[0] + sign * found[1], np.abs(devices[0] + sign * devices[1]))
    np.testing.assert_array_equal(found[2:], devices[2:])


def test_of_two_places_every_device_takes_its_own():
    state, J, best = quadratic()
    other = state._replace(devices=state.devices + 1)
    old, new = (Place(s, seen_from(s, J, best), np.full(N, damping)) for s, damping in ((state, 1.0), (other, 2.0)))
    is_new = np.arange(N) % 2 == 0
    found = chosen(is_new, new, old)
    np.testing.assert_array_equal(found.state.devices, np.where(is_new, other.devices, state.devices))
    np.testing.assert_array_equal(found.at.gradient[1], old.at.gradient[1])
    np.testing.assert_array_equal(found.at.value[0], new.at.value[0])
    np.testing.assert_array_equal(found.damping, np.where(is_new, 2.0, 1.0))


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.label)
def test_every_shared_parameter_has_a_range(curve):
    found = limits(curve)
    assert found.shape == (len(shared_names(curve)), 2) and (found[:, 0] < found[:, 1]).all()
    assert all((found[i] == (0.05, 50.0)).all() for i, name in enumerate(shared_names(curve)) if name.startswith("gamma"))


def test_aic_counts_mean_covariance_and_shared_parameters():
    """constant_step: 4 means, 10 of a covariance, 2 noises; log-likelihood -1."""
    found = fitted("constant_step")
    assert found.n_parameters == 16 and found.aic == 34.0 and found.n_readings == 16


@pytest.fixture(scope="module")
def climb():
    """A problem of 12 devices x 100 pulses, its start, the fit, and the marginal log-likelihood after every step."""
    problem, begin = start(CONSTANT, measured(TRUTH, 12, 100, half_cycle=25).traces)
    told = []
    return problem, begin, maximise(problem, begin, watch=lambda turn, value: told.append(value)), told


def test_the_climb_ends_at_its_highest_place_and_says_so(climb):
    problem, begin, found, told = climb
    assert found.has_converged and found.log_likelihood > told[0] + 10 and found.log_likelihood > max(told) - 1
    assert found.log_likelihood == pytest.approx(marginal_of_devices(found.state, slopes(problem, found.state)).sum())


def test_at_the_end_the_score_is_balanced_by_the_prior(climb):
    """What is left of the gradient moves the devices by a fifth of a standard error (median over all numbers), and no noise."""
    problem, _, found, _ = climb
    at = slopes(problem, found.state)
    away = np.linalg.solve(found.state.cov, found.state.devices - found.state.mean[:, None])
    left = np.einsum("dij,dj->di", found.posterior, at.gradient[:, :K] - away.T)
    assert np.median(np.abs(left / np.sqrt(np.einsum("dii->di", found.posterior)))) < 0.2
    assert np.abs(at.gradient[:, K:].sum(axis=0) * np.sqrt(np.diag(found.shared_cov))).max() < 0.2


def test_from_another_start_it_climbs_to_the_same_place(climb):
    problem, begin, found, _ = climb
    other = maximise(problem, begin._replace(devices=begin.devices * np.array([1.3, 1.0, 1.1, 1.1])[:, None], shared=begin.shared - 0.5))
    assert other.log_likelihood == pytest.approx(found.log_likelihood, abs=1.0)
    np.testing.assert_allclose(other.state.mean, found.state.mean, atol=0.02 * np.abs(found.state.mean).max())


def test_what_comes_from_other_devices_is_kept(climb):
    problem, begin, found, _ = climb
    blank = found.state._replace(devices=np.repeat(found.state.mean[:, None], 12, axis=1))
    kept = maximise(problem, blank, is_fixed=True).state
    for name in ("shared", "mean", "cov"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(found.state, name))
    np.testing.assert_allclose(kept.devices[:2], found.state.devices[:2], atol=0.002)  # a step is 0.05


def test_a_device_on_its_own_never_steps_down(climb):
    problem, begin, _, _ = climb
    place = Place(begin, slopes(problem, begin), np.full(12, 1e-2))
    for _ in range(4):
        there, _ = moved(problem, place, False, -np.inf)
        gain = there.at.value + prior_log_density(there.state) - place.at.value - prior_log_density(place.state)
        assert gain.min() > -0.01
        place = there
    assert place.at.value.sum() > slopes(problem, begin).value.sum() + 10


def test_a_second_climb_that_ends_lower_changes_nothing(climb):
    """From nonsense, and without a step to get away from it."""
    problem, _, found, _ = climb
    place = Place(found.state, slopes(problem, found.state), np.full(12, 1e-2))
    kept = again(problem, place, found.state.devices * 3.0, 0)
    np.testing.assert_array_equal(kept.state.devices, found.state.devices)
    np.testing.assert_array_equal(kept.at.value, place.at.value)
