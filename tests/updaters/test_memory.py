"""What synapses remember between updates, against NumPy and the reference."""
from __future__ import annotations

import numpy as np
import pytest
from components import UPDATERS

from neurosim import reference
from neurosim.contract import condition
from neurosim.updaters.memory import Accumulated, Adam, Clipped, MatrixRMS, Momentum, Plain

TURNS, SHAPE = 6, (4, 64)


def requests(seed=1):
    """Requests of several trials; the last row is padding."""
    drawn = np.random.default_rng(seed).standard_normal((TURNS, *SHAPE))
    drawn[:, -1] = 0
    return drawn


def changes(updater, wanted=None):
    found = (requests() if wanted is None else wanted).copy()
    for turn in range(len(found)):
        condition(updater, turn, found[turn])
    return found


def test_plain_scales_by_the_rate_of_the_turn_and_holds_the_last():
    assert np.array_equal(changes(Plain(np.array([1.0, 0.5, 0.25]))), requests() * np.array([1, 0.5, *[0.25] * 4])[:, None, None])


def test_momentum_is_a_leaky_sum():
    velocity, wanted = 0.0, []
    for request in requests():
        velocity = 0.9 * velocity + request
        wanted.append(0.1 * velocity)
    assert np.allclose(changes(Momentum(np.full(1, 0.1), np.float64(0.9), np.zeros(SHAPE))), wanted, rtol=1e-14)


def test_adam_is_that_of_the_reference():
    """Requests are minus the gradient times the rate that they carry: the change is the step of Adam at its own rate."""
    rate, carried = 3e-3, 0.05
    weights = reference.Weights(*(np.zeros(SHAPE) for _ in range(3)), np.eye(1), np.eye(1), 1.0)
    state = reference.start_adam(weights)
    updater = Adam(
        np.full(1, rate), np.float64(0.9), np.float64(0.999), np.float64(1e-8 * carried), np.ones(2), np.zeros(SHAPE), np.zeros(SHAPE))
    total = np.zeros(SHAPE)
    for turn, gradient in enumerate(requests()):
        state, weights = reference.adam(state, reference.Gradients(gradient, gradient, gradient), weights, rate)
        request = -carried * gradient
        condition(updater, turn, request)
        total += request
    assert np.allclose(total, weights.w_rec, rtol=1e-9, atol=1e-15)


def test_one_rms_for_the_whole_matrix():
    square, cells = 0.0, 192.0
    updater = MatrixRMS(np.full(1, 0.01), np.float64(0.99), np.float64(1e-12), np.float64(cells), np.ones(1), np.zeros(1), np.zeros(64))
    for turn, (found, request) in enumerate(zip(changes(updater), requests(), strict=True)):
        square = 0.99 * square + 0.01 * (request**2).sum() / cells
        assert np.allclose(found, 0.01 * request / np.sqrt(square / (1 - 0.99**(turn + 1))), rtol=1e-9)


def test_clipping_limits_every_cell_on_its_own():
    found = changes(Clipped(Plain(np.ones(1)), np.float64(0.5)))
    assert np.array_equal(found, np.clip(requests(), -0.5, 0.5))


def test_small_changes_add_up_until_they_are_written_and_none_is_lost():
    updater = Accumulated(Plain(np.ones(1)), np.float64(1.5), np.zeros(SHAPE))
    found = changes(updater)
    assert (np.abs(found[found != 0]) >= 1.5).all() and (found == 0).any() and (found != 0).any()
    assert np.allclose(found.sum(axis=0) + updater.pending, requests().sum(axis=0), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", UPDATERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_request_ever_is_no_change_and_the_dtype_stays(name, dtype):
    """Padding relies on it."""
    updater, total = UPDATERS[name](np.zeros(SHAPE, dtype)), np.zeros(SHAPE, dtype)
    for turn in range(3):
        condition(updater, turn, total)
        assert (total == 0).all() and total.dtype == dtype
