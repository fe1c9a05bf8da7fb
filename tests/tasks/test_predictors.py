"""Trivial predictors."""
import numpy as np
import pytest

from neurosim.tasks import predictors
from neurosim.tasks.predictors import constant_mse, fit_linear, linear_mse
from neurosim.tasks.task import generator


def noise(*shape, seed=1):
    return generator(seed, 0).normal(size=shape)


def test_constant_on_its_own_data_is_the_variance_per_output():
    targets = noise(3, 50, 4, 2) * np.array([1.0, 3.0]) + np.array([5.0, -2.0])
    assert constant_mse(targets, targets) == pytest.approx(targets.var(axis=(0, 1, 2)).mean(), rel=1e-12)


def test_linear_finds_an_exact_map_of_the_past():
    inputs = noise(300, 2)
    targets = np.full((300, 1), 0.7)
    targets[2:, 0] += 0.5 * inputs[2:, 0] - 2.0 * inputs[1:-1, 1] + 3.0 * inputs[:-2, 0]
    streams = [(inputs[:200], targets[:200])]
    held_out = [(inputs[200:], targets[200:])]
    assert linear_mse(streams, held_out, lags=3) < 1e-24
    assert linear_mse(streams, held_out, lags=2) > 1.0
    np.testing.assert_allclose(fit_linear(streams, 3)[:, 0], [3.0, 0.0, 0.5, 0.0, -2.0, 0.0, 0.7], atol=1e-12)


def test_blocks_give_the_weights_of_one_least_squares_solve(monkeypatch):
    inputs, targets = noise(500, 3), noise(500, 2, seed=2)
    monkeypatch.setattr(predictors, "ROWS", 37)
    weights = fit_linear([(inputs[:220], targets[:220]), (inputs[220:], targets[220:])])
    expected = np.linalg.lstsq(np.hstack([inputs, np.ones((500, 1))]), targets, rcond=None)[0]
    np.testing.assert_allclose(weights, expected, atol=1e-12)


def test_history_does_not_cross_from_one_stream_to_the_next():
    inputs = noise(40, 1)
    targets = np.vstack([np.zeros((1, 1)), inputs[:-1]])
    targets[20] = 100.0  # first step of the second stream: outside the fit and the evaluation
    streams = [(inputs[:20], targets[:20]), (inputs[20:], targets[20:])]
    assert linear_mse(streams, streams, lags=2) < 1e-24


def test_collinear_inputs_get_the_smallest_weights():
    inputs = noise(60, 1)
    weights = fit_linear([(np.hstack([inputs, inputs]), 2.0 * inputs)])
    np.testing.assert_allclose(weights[:2, 0], [1.0, 1.0], atol=1e-10)


def test_streams_shorter_than_the_history_are_left_out_and_only_those_are_an_error():
    inputs = noise(30, 1)
    assert linear_mse([(inputs, inputs), (inputs[:2], 9 + inputs[:2])], [(inputs, inputs)], lags=5) < 1e-24
    with pytest.raises(ValueError, match="no stream has 31 steps"):
        fit_linear([(inputs, inputs)], 31)
