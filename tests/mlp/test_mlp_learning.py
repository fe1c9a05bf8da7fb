"""Online learning of a perceptron."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.mlp.digits import digits, enlarged
from neurosim.mlp.learning import Perceptron, forward, requests, sigmoid, start, trained
from neurosim.mlp.weights import Digital


def test_requests_are_the_gradient_of_the_squared_error():
    """Finite differences of ``sum (y - y*)^2``, y = sigmoid(W2 a), a = sigmoid(W1 x)."""
    rng = np.random.default_rng(1)
    w1, w2, x, wanted = rng.standard_normal((4, 3)), rng.standard_normal((2, 4)), rng.standard_normal(3), np.array([0.0, 1.0])

    def error(w1, w2):
        return float(np.sum((sigmoid(w2 @ sigmoid(w1 @ x)) - wanted) ** 2))

    a = sigmoid(w1 @ x)
    first, second = requests(a, sigmoid(w2 @ a), w2, x, wanted, (0.4, 0.2))
    for matrix, found, rate in ((w1, first, 0.4), (w2, second, 0.2)):
        for index in np.ndindex(matrix.shape):
            kept = matrix[index]
            matrix[index] = kept + 1e-6
            above = error(w1, w2)
            matrix[index] = kept - 1e-6
            below = error(w1, w2)
            matrix[index] = kept
            assert found[index] == pytest.approx(-rate * (above - below) / 2e-6, abs=1e-8)


def test_hidden_activity_is_sent_on_as_one_bit_and_sums_are_halved():
    network = Perceptron(Digital(np.array([[2.0, 0.0], [0.0, -1.0]])), Digital(np.array([[3.0, 7.0]])))
    a, y = forward(network, np.array([[1.0, 1.0], [0.0, 1.0]]))
    np.testing.assert_allclose(a, [[sigmoid(1.0), sigmoid(-0.5)], [0.5, sigmoid(-0.5)]])
    np.testing.assert_allclose(y, [[sigmoid(1.5)], [sigmoid(1.5)]])


def test_it_starts_with_thirds():
    first, second = start(30, 20, 10, 1)
    assert first.shape == (20, 30) and second.shape == (10, 20)
    assert set(np.rint(3 * first).ravel()) == {-3, -2, -1, 0, 1, 2, 3} and np.allclose(3 * first, np.rint(3 * first))


def test_ideal_weights_learn_the_digits_and_repeat_themselves():
    """8 x 8, 2 epochs; chance is 0.1.  A seed decides everything."""
    training, test = digits(1, side=8)
    found = [
        trained(Perceptron(*(Digital(matrix, 6) for matrix in start(64, 100, 10, 1))), training, test, 2, seed) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2] and found[0][-1] > 0.8


def test_images_are_enlarged_between_the_centres_of_pixels():
    """A ramp stays a ramp but for half a pixel at the border; as many pixels as before change nothing."""
    ramp = np.broadcast_to(np.arange(8.0), (1, 8, 8))
    np.testing.assert_allclose(enlarged(ramp, 8), ramp)
    np.testing.assert_allclose(enlarged(ramp, 20)[0, 7], np.clip((np.arange(20) + 0.5) * 0.4 - 0.5, 0, 7))
    np.testing.assert_allclose(enlarged(ramp.swapaxes(1, 2), 20), enlarged(ramp, 20).swapaxes(1, 2))


def test_digits_are_split_and_black_and_white():
    training, test = digits(1)
    assert training.images.shape == (1437, 400) and test.images.shape == (360, 400)
    assert set(np.unique(test.images)) == {0, 1} and np.bincount(np.append(training.labels, test.labels)).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert not np.array_equal(digits(2)[1].labels, test.labels)
