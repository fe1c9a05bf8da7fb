"""NeuroBench's chaotic function prediction."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.integrate import solve_ivp

from neurosim.correctness import smape
from neurosim.tasks import NeuroBenchMackeyGlass
from neurosim.tasks.neurobench_mackey_glass import SERIES, STEPS_PER_TIME, integrate, neurobench_series


@pytest.fixture(scope="module")
def protocol():
    return NeuroBenchMackeyGlass(tau=18).load(3, 1)


def test_the_first_delay_is_the_exact_exponential():
    """As long as the delayed value is constant, s(t) = F / 0.1 + (s(0) - F / 0.1) exp(-0.1 t)."""
    tau, start = 22, SERIES[22].start
    values, slopes = integrate(tau, start, tau, STEPS_PER_TIME)
    t, limit = np.arange(values.size) / STEPS_PER_TIME, 0.2 * start / (1 + start**10) / 0.1
    np.testing.assert_allclose(values, limit + (start - limit) * np.exp(-0.1 * t), rtol=1e-10)
    np.testing.assert_allclose(slopes, -0.1 * (start - limit) * np.exp(-0.1 * t), rtol=1e-8)


def test_the_second_delay_is_what_an_adaptive_integrator_makes_of_the_first():
    tau, start = 17, SERIES[17].start
    limit = 0.2 * start / (1 + start**10) / 0.1

    def slope(t, s):
        delayed = limit + (start - limit) * np.exp(-0.1 * (t - tau))
        return 0.2 * delayed / (1 + delayed**10) - 0.1 * s

    values, _ = integrate(tau, start, 2 * tau, STEPS_PER_TIME)
    wanted = solve_ivp(slope, (tau, 2 * tau), [values[tau * STEPS_PER_TIME]], rtol=1e-12, atol=1e-12).y[0, -1]
    assert values[2 * tau * STEPS_PER_TIME] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("tau", [17, 30])
def test_half_the_step_changes_little_before_chaos_does_the_rest(tau):
    """4 Lyapunov times; errors grow e-fold in one."""
    np.testing.assert_allclose(neurobench_series(tau, 300), neurobench_series(tau, 300, 2 * STEPS_PER_TIME), atol=1e-7)


def test_samples_are_a_75th_of_the_lyapunov_time_apart():
    values, _ = integrate(19, SERIES[19].start, 400.0, STEPS_PER_TIME)
    series = neurobench_series(19, 76)  # 315 / 75 = 4.2 units of time, 84 steps
    np.testing.assert_allclose(series, values[:75 * 84 + 1:84], rtol=1e-12)


def test_ten_lyapunov_times_train_and_the_next_ten_test(protocol):
    train, test = protocol.train(0), protocol.test
    assert train.inputs.shape == test.inputs.shape == (1, 750, 1, 1) and protocol.carries_state
    for trials in (train, test):
        np.testing.assert_array_equal(trials.inputs[0, 1:], trials.targets[0, :-1])
    assert train.targets[0, -1] == test.inputs[0, 0]
    offset = int(37.5 * 3)
    series = neurobench_series(18, offset + 1501)[offset:]
    np.testing.assert_allclose(np.append(train.inputs, test.inputs), series[:1500] - series[:751].mean(), atol=1e-12)


def test_thirty_seeds_are_the_runs_of_the_protocol_and_samples_do_not_overlap():
    one, again = (NeuroBenchMackeyGlass().load(seed, 1).train(0).inputs for seed in (2, 32))
    np.testing.assert_array_equal(one, again)
    data = NeuroBenchMackeyGlass().load(0, 2)
    series = neurobench_series(17, 3001)
    mean = np.append(series[:751], series[1500:2251]).mean()
    np.testing.assert_allclose(data.test.targets[0, :, 1, 0] + mean, series[2251:], atol=1e-12)


def test_smape_is_that_of_the_series_with_its_mean(protocol):
    mean = neurobench_series(18, 863)[112:].mean()
    assert protocol.scores(protocol.test.targets)["smape"] == 0
    wanted = smape(np.full(750, mean), protocol.test.targets.ravel() + mean)
    assert protocol.scores(np.zeros((1, 750, 1, 1)))["smape"] == pytest.approx(wanted, rel=1e-6)
    assert 15 < wanted < 35


def test_predictors_are_ordered_as_they_must_be(protocol):
    found = protocol.predictors
    assert found["linear (15 inputs)"] < found["linear (input)"] < found["persistence"] < found["constant"]
    assert found["persistence"] == pytest.approx(protocol.scores(protocol.test.inputs)["mse"])


@pytest.mark.parametrize("settings", [{"tau": 16}, {"tau": 31}, {"tau": 17.5}, {"train_lyapunov": 0.5}, {"test_lyapunov": 2000.0}])
def test_settings_outside_the_protocol_are_refused(settings):
    with pytest.raises(ValidationError):
        NeuroBenchMackeyGlass(**settings)
