"""Delayed parity."""
import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.tasks import DelayedParity
from neurosim.tasks.task import generator


@pytest.fixture(scope="module")
def data():
    return DelayedParity(bits=4, delay=2, ask=3).load(42, 32)


def test_trial_shows_bits_waits_and_asks_for_their_product(data):
    trials = data.train(3)
    assert trials.inputs.shape == (100, 9, 32, 2) and trials.targets.shape == (100, 9, 32, 1)
    bits, go = trials.inputs[..., 0], trials.inputs[..., 1]
    assert set(np.unique(bits[:, :4])) == {-1.0, 1.0} and (bits[:, 4:] == 0.0).all()
    assert (go[:, :6] == 0.0).all() and (go[:, 6:] == 1.0).all()
    n_negative = (bits[:, :4] < 0).sum(axis=1)
    for t in (6, 7, 8):
        np.testing.assert_array_equal(trials.targets[:, t, :, 0], np.where(n_negative % 2, -1.0, 1.0))
    assert (trials.targets[:, :6] == 0.0).all()


def test_only_the_steps_that_are_asked_count(data):
    np.testing.assert_array_equal(data.test.active, np.tile([0.0] * 6 + [1.0] * 3, (8, 1)))
    assert data.test.starts.all() and not data.carries_state and data.update == "sequence"
    outputs = data.test.targets.copy()
    outputs[:, :6] = 1e9
    assert data.scores(outputs)["mse"] == 0.0 and data.scores(outputs)["accuracy"] == 1.0


def test_fresh_epochs_differ_and_depend_on_their_number_alone(data):
    again = DelayedParity(bits=4, delay=2, ask=3).load(42, 32)
    np.testing.assert_array_equal(again.train(5).inputs, data.train(5).inputs)
    assert (data.train(0).inputs != data.train(1).inputs).any()
    assert (data.train(0).inputs[:8] != data.test.inputs).any()


def test_bits_are_fair_and_independent(data):
    bits = data.train(0).inputs[:, :4, :, 0].swapaxes(1, 2).reshape(-1, 4)
    assert np.abs(bits.T @ bits / len(bits) - np.eye(4)).max() < 5 / np.sqrt(len(bits))
    assert np.abs(bits.mean(axis=0)).max() < 5 / np.sqrt(len(bits))


def test_test_sequences_do_not_depend_on_the_batch():
    small, large = (DelayedParity().load(1, batch).test.inputs.swapaxes(1, 2).reshape(-1, 7, 2) for batch in (32, 100))
    assert len(small) == 256 and len(large) == 300
    np.testing.assert_array_equal(small, large[:256])


def test_accuracy_is_of_the_sign_of_the_mean_answer(data):
    outputs = 1e-6 * data.test.targets
    assert data.scores(outputs)["accuracy"] == 1.0
    outputs[:, 6] *= -1.5  # one of three steps says the opposite
    assert data.scores(outputs)["accuracy"] == 1.0
    outputs[:, 7] *= -1.5
    assert data.scores(outputs)["accuracy"] == 0.0
    assert data.scores(np.zeros_like(outputs))["accuracy"] == 0.0


def test_guessing_is_right_by_chance(data):
    guesses = generator(1, 2).normal(size=data.test.targets.shape)
    assert abs(data.scores(guesses)["accuracy"] - 0.5) < 5 * 0.5 / np.sqrt(256)


def test_linear_predictor_is_no_better_than_a_constant_unless_there_is_one_bit():
    data = DelayedParity(test_sequences=3200).load(2, 32)
    assert list(data.predictors) == ["constant", "linear (all bits)"]
    assert data.predictors["constant"] == pytest.approx(1.0, abs=0.01)
    assert data.predictors["linear (all bits)"] == pytest.approx(1.0, abs=0.02)
    assert DelayedParity(bits=1).load(2, 32).predictors["linear (all bits)"] < 1e-20


@pytest.mark.parametrize("settings", [
    {"bits": 0}, {"delay": -1}, {"ask": 0}, {"bits": 3.0}, {"updates_per_epoch": 0}, {"test_sequences": 0}, {"kind": "fresh"},
])
def test_settings_outside_their_range_are_refused(settings):
    with pytest.raises(ValidationError):
        DelayedParity(**settings)
