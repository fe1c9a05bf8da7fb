"""NARMA-10."""
import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.errors import InputError
from neurosim.tasks import NARMA
from neurosim.tasks import narma as module
from neurosim.tasks.narma import MEAN, TRAIN, WASHOUT, narma, series
from neurosim.tasks.task import generator


@pytest.fixture(scope="module")
def data():
    return NARMA().load(42, 10)


def undone(trials):
    """u and y(t+1) from inputs and targets."""
    return (trials.inputs[0, ..., 0] + 1.0) / 4.0, trials.targets[0, ..., 0] + MEAN


def test_default_shapes(data):
    assert data.train(0).inputs.shape == data.train(1).inputs.shape == (1, 4000, 10, 1)
    assert data.test.targets.shape == (1, 2000, 10, 1)
    assert (data.update, data.carries_state, data.n_inputs, data.n_outputs) == ("step", True, 1, 1)


def test_targets_obey_the_recursion_given_the_inputs(data):
    for trials in (data.train(0), data.train(3), data.test):
        u, later = undone(trials)
        for t in (10, 11, 57, 1999):
            past = later[t - 10:t]  # y(t-9) ... y(t)
            wanted = 0.3 * past[-1] + 0.05 * past[-1] * past.sum(axis=0) + 1.5 * u[t - 9] * u[t] + 0.1
            np.testing.assert_allclose(later[t], wanted, rtol=1e-12)


def test_response_equals_a_plain_recursion_from_rest():
    u = generator(3, 1).uniform(0.0, 0.5, 40)
    y = [0.0]
    for t in range(40):
        delayed = u[t - 9] if t >= 9 else 0.0
        y.append(0.3 * y[t] + 0.05 * y[t] * sum(y[max(t - 9, 0):t + 1]) + 1.5 * delayed * u[t] + 0.1)
    np.testing.assert_allclose(narma(u[:, None])[:, 0], y[1:], rtol=1e-12)


def test_inputs_fill_their_range_and_have_no_structure(data):
    x = data.train(0).inputs[0, ..., 0]
    assert -1.0 <= x.min() < -0.99 and 0.99 < x.max() <= 1.0
    n = x.size
    assert abs(x.mean()) < 5 / np.sqrt(3 * n)
    assert abs((x[1:] * x[:-1]).mean()) < 5 / (3 * np.sqrt(n))


def test_fresh_epochs_differ_and_depend_on_their_number_alone(data):
    again = NARMA().load(42, 10)
    np.testing.assert_array_equal(again.train(2).targets, data.train(2).targets)
    assert (data.train(2).inputs != data.train(1).inputs).mean() > 0.99
    assert (data.train(0).inputs[0, :2000] != data.test.inputs[0]).mean() > 0.99


def test_without_fresh_every_epoch_is_the_first(data):
    fixed = NARMA(fresh=False).load(42, 10)
    assert fixed.train(7) is fixed.train(0)
    np.testing.assert_array_equal(fixed.train(0).inputs, data.train(0).inputs)


def test_diverging_series_are_drawn_again_and_the_others_keep_their_draw():
    n_steps, n_series = 4000, 60
    drawn = generator(1, TRAIN, 5).uniform(0.0, 0.5, (n_series, n_steps + WASHOUT)).T
    followed = narma(drawn)
    is_bad = ~(followed <= 1.0).all(axis=0)
    assert 0 < is_bad.sum() < n_series / 2  # 7 in 100 in the long run
    drive, response = series(1, TRAIN, 5, n_steps, n_series)
    assert response.min() >= 0.0 and response.max() <= 1.0
    np.testing.assert_array_equal(drive[:, ~is_bad], drawn[WASHOUT:, ~is_bad])
    np.testing.assert_array_equal(response[:, ~is_bad], followed[WASHOUT:, ~is_bad])
    assert (drive[:, is_bad] != drawn[WASHOUT:, is_bad]).mean() > 0.99
    again = generator(1, TRAIN, 5 + 2**32).uniform(0.0, 0.5, (n_series, n_steps + WASHOUT)).T
    second = is_bad & (narma(again) <= 1.0).all(axis=0)
    assert second.any()
    np.testing.assert_array_equal(drive[:, second], again[WASHOUT:, second])


def test_a_series_that_never_stays_bounded_is_refused(monkeypatch):
    monkeypatch.setattr(module, "HIGHEST", 0.1)
    with pytest.raises(InputError, match="no bounded series of 50 steps in 100 draws"):
        NARMA(steps=50, test_steps=50).load(0, 1)


def test_a_series_does_not_depend_on_the_batch():
    few, many = (NARMA(steps=50, test_steps=50).load(3, batch).test for batch in (2, 5))
    np.testing.assert_array_equal(few.targets, many.targets[:, :, :2])


def test_nrmse_is_the_error_over_the_spread_of_the_target(data):
    targets = data.test.targets
    outputs = targets + 0.5 * targets.std() * np.where(np.arange(2000) % 2, 1.0, -1.0)[:, None, None]
    assert data.scores(outputs)["nrmse"] == pytest.approx(0.5)
    assert data.scores(np.full_like(targets, targets.mean()))["nrmse"] == pytest.approx(1.0)


def test_predictors_have_the_values_of_the_docstring(data):
    assert abs(data.train(0).targets.mean()) < 0.01
    assert list(data.predictors) == ["constant", "linear (input)", "linear (30 lags)"]
    assert data.predictors["constant"] == pytest.approx(0.0123, rel=0.1)
    assert data.predictors["linear (input)"] == pytest.approx(0.0093, rel=0.1)
    assert data.predictors["linear (30 lags)"] == pytest.approx(0.00179, rel=0.15)


@pytest.mark.parametrize("settings", [
    {"steps": 30}, {"test_steps": 30}, {"steps": 10**6}, {"fresh": 1}, {"steps": "40"}, {"order": 10},
])
def test_settings_outside_their_range_are_refused(settings):
    with pytest.raises(ValidationError):
        NARMA(**settings)
