"""Mackey-Glass, recalled and forecast."""
import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.tasks import MackeyGlass
from neurosim.tasks.mackey_glass import HISTORY, WASHOUT, by_series, mackey_glass
from neurosim.tasks.predictors import linear_mse
from neurosim.tasks.task import generator


@pytest.fixture(scope="module")
def recall():
    return MackeyGlass().load(42, 10)


def test_default_shapes_are_the_authors(recall):
    assert recall.train(0).inputs.shape == recall.test.inputs.shape == (1, 5000, 10, 1)
    assert (recall.update, recall.carries_state, recall.n_inputs, recall.n_outputs) == ("step", True, 1, 1)
    assert recall.train(0) is recall.train(7)


def test_recall_target_is_the_input_of_lag_samples_ago(recall):
    for trials in (recall.train(0), recall.test):
        np.testing.assert_array_equal(trials.targets[0, 15:], trials.inputs[0, :-15])


def test_forecast_target_is_the_input_of_lag_samples_ahead():
    data = MackeyGlass(kind="forecast", lag=7, steps=80, test_steps=50).load(1, 3)
    assert data.test.inputs.shape == (1, 50, 3, 1)
    for trials in (data.train(0), data.test):
        np.testing.assert_array_equal(trials.inputs[0, 7:], trials.targets[0, :-7])


def test_without_lag_persistence_is_perfect():
    assert MackeyGlass(lag=0, steps=50, test_steps=50).load(1, 2).predictors["persistence"] == 0.0


def test_series_obey_the_euler_step_of_the_equation():
    delay, n_series = 170, 3
    history = list(generator(4, HISTORY).uniform(1.1, 1.3, (delay, n_series)))
    state, samples = np.full(n_series, 1.2), []
    for _ in range(WASHOUT + 60):
        for _ in range(10):
            delayed = history.pop(0)
            history.append(state)
            state = state + (0.2 * delayed / (1.0 + delayed**10) - 0.1 * state) / 10
        samples.append(state)
    np.testing.assert_allclose(mackey_glass(generator(4, HISTORY), 60, n_series), samples[WASHOUT:], rtol=1e-9)


def test_mean_over_train_and_test_is_removed():
    data = MackeyGlass(lag=0, steps=70, test_steps=40).load(2, 4)
    assert abs(data.train(0).inputs.sum() + data.test.inputs.sum()) < 1e-10


def test_statistics_are_those_of_the_authors_data(recall):
    train, test = by_series(recall.train(0)), by_series(recall.test)
    assert recall.train(0).targets.var() == pytest.approx(0.0467, rel=0.02)
    assert recall.predictors["linear (input)"] == pytest.approx(0.0421, rel=0.03)
    assert linear_mse(train, test, 5) == pytest.approx(0.0104, rel=0.05)
    assert linear_mse(train, test, 10) == pytest.approx(0.00069, rel=0.1)
    assert recall.predictors["linear (15 inputs)"] == pytest.approx(1.4e-8, rel=0.25)


def test_predictors_that_use_no_fit_are_what_they_say(recall):
    last = recall.scores(recall.test.inputs)
    assert recall.predictors["persistence"] == pytest.approx(last["mse"], rel=1e-12)
    assert list(recall.predictors) == ["constant", "persistence", "linear (input)", "linear (15 inputs)"]


@pytest.mark.parametrize("settings", [
    {"kind": "guess"}, {"lag": -1}, {"lag": True}, {"lag": "15"}, {"lag": 1.5}, {"steps": 15}, {"test_steps": 0},
    {"steps": 10**9},
])
def test_settings_outside_their_range_are_refused(settings):
    with pytest.raises(ValidationError):
        MackeyGlass(**settings)


def test_a_forecast_is_judged_once_the_state_of_the_other_series_has_faded():
    forecast, recall = (MackeyGlass(kind=kind, lag=7, steps=300, test_steps=300).load(1, 3) for kind in ("forecast", "recall"))
    assert forecast.test.active[0].tolist() == [0.0] * 100 + [1.0] * 200
    assert (recall.test.active == 1).all() and (forecast.train(0).active == 1).all()
    assert MackeyGlass(kind="forecast", lag=7, steps=80, test_steps=50).load(1, 3).test.active.sum() == 25
