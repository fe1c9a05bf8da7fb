"""Copying, fresh and fixed."""
import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.tasks import Copying
from neurosim.tasks.task import generator


@pytest.fixture(scope="module")
def fresh():
    return Copying().load(42, 32)


@pytest.fixture(scope="module")
def fixed():
    return Copying(kind="fixed").load(42, 1)


def digits(one_hot):
    assert set(np.unique(one_hot)) <= {0.0, 1.0}
    assert (one_hot.sum(axis=-1) == 1.0).all()
    return one_hot.argmax(axis=-1)


def test_fresh_trial_shows_symbols_waits_and_asks(fresh):
    trials = fresh.train(3)
    assert trials.inputs.shape == trials.targets.shape == (100, 20, 32, 10)
    shown, asked = digits(trials.inputs), digits(trials.targets)
    assert set(np.unique(shown[:, :8])) == set(range(1, 9))
    assert (shown[:, 8:12] == 0).all() and (shown[:, 12:] == 9).all()
    assert (asked[:, :12] == 0).all()
    np.testing.assert_array_equal(asked[:, 12:], shown[:, :8])
    assert trials.active.all() and trials.starts.all() and not fresh.carries_state and fresh.update == "sequence"


def test_fixed_trial_is_the_authors_sequence(fixed):
    shown, asked = digits(fixed.train(0).inputs)[0, :, 0], digits(fixed.train(0).targets)[0, :, 0]
    assert shown.shape == (210,)
    assert set(shown[:100]) == set(range(1, 9)) and (shown[100:110] == 0).all() and (shown[110:] == 9).all()
    assert (asked[:110] == 0).all()
    np.testing.assert_array_equal(asked[110:], shown[:100])


def test_fixed_trains_on_one_sequence_and_tests_on_another(fixed):
    assert fixed.train(0) is fixed.train(9)
    assert fixed.train(0).inputs.shape == fixed.test.inputs.shape == (1, 210, 1, 10)
    assert (fixed.train(0).inputs != fixed.test.inputs).any()


def test_fresh_epochs_differ_and_depend_on_their_number_alone(fresh):
    assert (fresh.train(0).inputs != fresh.train(1).inputs).any()
    again = Copying().load(42, 32)
    np.testing.assert_array_equal(again.train(5).inputs, fresh.train(5).inputs)
    np.testing.assert_array_equal(again.train(0).inputs, fresh.train(0).inputs)


def test_test_has_256_sequences_that_do_not_depend_on_the_batch(fresh):
    assert fresh.test.inputs.shape == (8, 20, 32, 10)
    other = Copying().load(42, 128).test
    assert other.inputs.shape == (2, 20, 128, 10)

    def sequences(trials):
        return digits(trials.inputs).swapaxes(1, 2).reshape(-1, 20)

    np.testing.assert_array_equal(sequences(other), sequences(fresh.test))
    assert Copying().load(42, 100).test.inputs.shape == (3, 20, 100, 10)


def test_default_batch_is_one_for_the_fixed_sequence():
    assert Copying().default_batch == Copying.default_batch == 32
    assert Copying(kind="fixed").default_batch == 1


def test_settings_give_the_sizes():
    data = Copying(symbols=3, length=5, delay=0, updates_per_epoch=4, test_sequences=6).load(1, 2)
    assert data.train(0).inputs.shape == (4, 10, 2, 5) and data.test.inputs.shape == (3, 10, 2, 5)


def test_accuracy_counts_recall_steps_and_looks_at_symbols_only(fresh):
    outputs = fresh.test.targets.copy()
    outputs[:, :12] = -5.0
    outputs[..., 0] = outputs[..., 9] = 50.0
    assert fresh.scores(outputs)["accuracy"] == 1.0
    outputs[:, 12] = np.roll(outputs[:, 12, :, 1:9], 1, axis=-1)[..., [0, *range(8), 0]]
    assert fresh.scores(outputs)["accuracy"] == pytest.approx(7 / 8)


def test_guessing_is_right_by_chance(fresh):
    guesses = generator(1, 2).normal(size=fresh.test.targets.shape)
    spread = np.sqrt(0.125 * 0.875 / (256 * 8))
    assert abs(fresh.scores(guesses)["accuracy"] - 0.125) < 5 * spread


def test_predictors_have_their_analytic_values(fresh, fixed):
    # p (1 - p) per output: blank p = 0.6, eight symbols p = 0.05, go never; per phase: p = 1/8 in 8 of 20 steps
    assert fresh.predictors["constant"] == pytest.approx((0.6 * 0.4 + 8 * 0.05 * 0.95) / 10, rel=2e-3)
    assert fresh.predictors["constant per phase"] == pytest.approx(7 / 8 / 10 * 8 / 20, rel=2e-3)
    assert fixed.predictors["constant per phase"] == pytest.approx(7 / 8 / 10 * 100 / 210, rel=0.05)
    assert fixed.scores(np.zeros_like(fixed.test.targets))["mse"] == pytest.approx(0.1)


def test_loss_counts_blank_steps_as_in_the_runs_it_is_compared_with(fresh):
    # frozen orthogonal network of 100 tanh neurons, inputs times 0.3: loss 0.0193 at accuracy 0.986 (online readout)
    rng = generator(42, 3)
    recurrent = np.linalg.qr(rng.normal(size=(100, 100)))[0]
    forward = 0.3 * np.sqrt(2 / 110) * rng.normal(size=(100, 10))

    def activity(inputs):
        state, states = np.zeros((inputs.shape[0], inputs.shape[2], 100)), []
        for t in range(inputs.shape[1]):
            state = np.tanh(inputs[:, t] @ forward.T + state @ recurrent.T)
            states.append(state)
        return np.stack(states, axis=1)

    train = fresh.train(0)
    readout = np.linalg.lstsq(activity(train.inputs).reshape(-1, 100), train.targets.reshape(-1, 10), rcond=None)[0]
    scores = fresh.scores(activity(fresh.test.inputs) @ readout)
    assert 0.97 < scores["accuracy"] <= 1.0
    assert scores["mse"] == pytest.approx(0.0193, rel=0.1)


@pytest.mark.parametrize("settings", [
    {"kind": "stale"}, {"symbols": 1}, {"length": 0}, {"delay": -1}, {"delay": "4"}, {"updates_per_epoch": 0},
    {"test_sequences": 0},
])
def test_settings_outside_their_range_are_refused(settings):
    with pytest.raises(ValidationError):
        Copying(**settings)
