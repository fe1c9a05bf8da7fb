"""The adding problem."""
import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.tasks import Adding


@pytest.fixture(scope="module")
def data():
    return Adding().load(42, 32)


def test_target_is_the_sum_of_the_marked_numbers_minus_one(data):
    trials = data.train(2)
    assert trials.inputs.shape == (100, 20, 32, 2) and trials.targets.shape == (100, 20, 32, 1)
    numbers, marks = trials.inputs[..., 0], trials.inputs[..., 1]
    assert set(np.unique(marks)) == {0.0, 1.0}
    assert (marks[:, :10].sum(axis=1) == 1.0).all() and (marks[:, 10:].sum(axis=1) == 1.0).all()
    np.testing.assert_allclose(trials.targets[:, -1, :, 0], (numbers * marks).sum(axis=1) - 1.0, rtol=1e-12)
    assert numbers.min() >= 0.0 and 0.999 < numbers.max() < 1.0


def test_only_the_last_step_counts(data):
    np.testing.assert_array_equal(data.test.active, np.tile([0.0] * 19 + [1.0], (8, 1)))
    assert data.test.starts.all() and not data.carries_state and data.update == "sequence"
    outputs = data.test.targets.copy()
    outputs[:, :-1] = 1e9
    assert data.scores(outputs)["mse"] == 0.0


@pytest.mark.parametrize("length", [2, 3, 7, 20])
def test_every_step_is_marked_equally_often_within_its_half(length):
    marks = Adding(length=length, updates_per_epoch=200).load(1, 32).train(0).inputs[..., 1].mean(axis=(0, 2))
    half = length // 2
    for part in (marks[:half], marks[half:]):
        share = 1 / len(part)
        assert np.abs(part - share).max() <= 5 * np.sqrt(share * (1 - share) / 6400)


def test_fresh_epochs_differ_and_depend_on_their_number_alone(data):
    again = Adding().load(42, 32)
    np.testing.assert_array_equal(again.train(5).inputs, data.train(5).inputs)
    assert (data.train(0).inputs[..., 0] != data.train(1).inputs[..., 0]).all()
    assert (data.train(0).inputs[:8, ..., 0] != data.test.inputs[..., 0]).all()


def test_test_sequences_do_not_depend_on_the_batch(data):
    large = Adding().load(42, 100).test.inputs.swapaxes(1, 2).reshape(-1, 20, 2)
    np.testing.assert_array_equal(large[:256], data.test.inputs.swapaxes(1, 2).reshape(-1, 20, 2))


def test_predictors_have_their_analytic_values():
    # the sum has variance 2/12; a number is marked with p = 1/10, so all of them explain 20 p**2 / 12 of it; the present
    # one is marked with p = 1/10: by the mark alone nothing, by the number p**2 / 12
    found = Adding(updates_per_epoch=500, test_sequences=32_000).load(3, 32).predictors
    assert list(found) == ["constant", "linear (present input)", "linear (all inputs)"]
    assert found["constant"] == pytest.approx(2 / 12, rel=0.03)
    assert found["linear (present input)"] == pytest.approx(2 / 12 - 0.01 / 12, rel=0.03)
    assert found["linear (all inputs)"] == pytest.approx(2 / 12 - 20 * 0.01 / 12, rel=0.03)


@pytest.mark.parametrize("settings", [
    {"length": 1}, {"length": 20.0}, {"updates_per_epoch": 0}, {"test_sequences": 0}, {"delay": 3},
])
def test_settings_outside_their_range_are_refused(settings):
    with pytest.raises(ValidationError):
        Adding(**settings)
