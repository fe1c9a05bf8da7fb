"""Log-likelihood, score and information of every device."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.synthetic import Truth, measured

from neurosim.calibration.curves import CURVES
from neurosim.calibration.kalman import NORMAL
from neurosim.calibration.score import Problem, State, counted, shared_names, slopes, values_of
from neurosim.calibration.traces import Traces
from neurosim.calibration.truncated import TRUNCATED

BY_LABEL = {curve.label: curve for curve in CURVES}
NOISY = Truth("soft_bounds", "additive", dw_min=0.02, dw_min_std=1.5, write_noise_std=2.0, up_down=0.0, read_noise_abs=0.01)


def posed(truth, sample, label, belief=NORMAL):
    """The problem of `sample`, and the state that is true of it."""
    devices = np.array([(sample.step_up + sample.step_down) / 2, (sample.step_up - sample.step_down) / 2, sample.upper, sample.lower])
    shared = np.log([truth.dw_min_std, truth.write_noise_std * truth.dw_min])
    scale = np.array([truth.dw_min, truth.dw_min, 1.0, 1.0])
    state = State(devices, shared, devices.mean(axis=1), np.cov(devices))
    return Problem(BY_LABEL[label], sample.traces, truth.read_noise_abs, scale, belief), state


def moved(state, k, by):
    """The state with one parameter of all devices, or one that they share, moved."""
    n = len(state.devices)
    devices, shared = state.devices.copy(), state.shared.copy()
    if k < n:
        devices[k] += by
    else:
        shared[k - n] += by
    return state._replace(devices=devices, shared=shared)


@pytest.mark.parametrize("belief", [NORMAL, TRUNCATED], ids=["normal", "truncated"])
def test_the_score_is_the_derivative_of_the_log_likelihood(belief):
    """Central differences of the value alone, with a step 30 times that of the score."""
    problem, state = posed(NOISY, measured(NOISY, 6, 60, half_cycle=30), "soft_bounds", belief)
    at = slopes(problem, state)
    for k, scale in enumerate([*problem.scale, 1.0, 1.0]):
        h = 3e-5 * scale
        change = (slopes(problem, moved(state, k, h)).value - slopes(problem, moved(state, k, -h)).value) / (2 * h)
        np.testing.assert_allclose(at.gradient[:, k] * scale, change * scale, rtol=2e-3, atol=2e-2)


def test_the_information_is_symmetric_and_never_negative():
    at = slopes(*posed(NOISY, measured(NOISY, 6, 60, half_cycle=30), "soft_bounds"))
    np.testing.assert_allclose(at.information, at.information.transpose(0, 2, 1), rtol=1e-12)
    assert np.linalg.eigvalsh(at.information).min() > -1e-6 * np.trace(at.information[0])


def test_at_the_truth_the_score_has_mean_zero_and_the_information_as_its_variance():
    """300 random walks far from any bound, where the filter is exact; 5 sigma of a mean and of a variance."""
    truth = Truth("constant_step", dw_min=0.01, bound_dtod=0.0, w_max=50.0, w_min=-50.0, dw_min_std=2.0, write_noise_std=1.0)
    at = slopes(*posed(truth, measured(truth, 300, 50), "constant_step"))
    for k in (0, 1, 4, 5):
        unit = at.gradient[:, k] / np.sqrt(at.information[:, k, k])
        kurtosis = np.mean(unit**4) / np.mean(unit**2) ** 2
        assert abs(unit.mean()) < 5 / np.sqrt(300)
        assert abs(np.mean(unit**2) - 1) < 5 * np.sqrt((kurtosis - 1) / 300)


def test_the_information_about_a_step_is_that_of_the_mean_of_a_random_walk():
    """Without write noise the increments are independent: T / (sigma step)^2 for the mean, 2 T / step^2 for its size."""
    n, step, sigma = 40, 0.01, 0.5
    walk = np.cumsum(np.r_[0.0, np.full(n, step)])[:, None]
    traces = Traces(("a",), np.ones((n, 1), np.int8), walk, np.ones((n + 1, 1)), np.zeros(1), 0.0, 1.0)
    state = State(np.array([[step], [0.0], [50.0], [-50.0]]), np.array([np.log(sigma), -12.0]), np.zeros(4), np.eye(4))
    at = slopes(Problem(BY_LABEL["constant_step"], traces, 0.0, np.array([step, step, 1.0, 1.0])), state)
    assert at.information[0, 0, 0] == pytest.approx(n / (sigma * step) ** 2 + 2 * n / step**2, rel=1e-3)
    assert at.information[0, 4, 4] == pytest.approx(2 * n, rel=1e-3)


def test_a_device_counts_the_same_alone_and_among_longer_ones():
    sample = measured(NOISY, 5, 60, half_cycle=20)
    short = sample.traces
    short.polarity[40:, 2], short.mean[41:, 2], short.n_read[41:, 2] = 0, 0.0, 0.0
    problem, state = posed(NOISY, sample, "soft_bounds")
    alone = problem._replace(traces=short.of(np.array([2]))._replace(
        polarity=short.polarity[:40, 2:3], mean=short.mean[:41, 2:3], n_read=short.n_read[:41, 2:3]))
    for among, apart in zip(slopes(problem, state), slopes(alone, state._replace(devices=state.devices[:, 2:3]))):
        np.testing.assert_allclose(among[2], apart[0], rtol=1e-9)


def test_the_first_reading_of_a_device_does_not_count():
    traces = measured(NOISY, 3, 20).traces
    traces.n_read[::2, 1] = 0
    np.testing.assert_array_equal(counted(traces), [20, 9, 20])


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.label)
def test_parameters_are_found_by_name_and_noises_by_their_logarithms(curve):
    names = curve.per_device + shared_names(curve)
    values = values_of(curve, np.arange(1.0, len(names) + 1)[:, None] / 10)
    for k, name in enumerate(names):
        assert values[name].item() == (k + 1) / 10
    assert values["sigma"] == pytest.approx(np.exp(values["log_sigma"]))
    assert values["write_std"] == pytest.approx(np.exp(values["log_write_std"]))
