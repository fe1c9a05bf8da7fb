"""Identities of the reference network; its gradient is tested in test_reference.py against finite differences and tangents."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.reference_network import Weights, forward, gradient


def generator(seed):
    return np.random.Generator(np.random.Philox(key=np.array([seed, 5], np.uint64)))


def network(rng, n=6, n_in=3, n_out=2, share=1.0):
    return Weights(
        rng.standard_normal((n, n_in)), rng.standard_normal((n, n)) / np.sqrt(n), rng.standard_normal((n_out, n)),
        np.eye(n_in), np.eye(n), share)


def data(rng, steps=8, batch=3, n_in=3, n_out=2):
    return rng.standard_normal((steps, batch, n_in)), rng.standard_normal((steps, batch, n_out))


def test_a_decorrelated_network_is_a_plain_one_with_the_matrices_multiplied_in():
    rng = generator(1)
    d_in, d_hidden = (np.eye(n) + 0.2 * rng.standard_normal((n, n)) for n in (3, 6))
    weights, (inputs, _) = network(rng), data(rng)
    folded = weights._replace(w_in=weights.w_in @ d_in, w_rec=weights.w_rec @ d_hidden, w_out=weights.w_out @ d_hidden)
    outputs = forward(weights._replace(d_in=d_in, d_hidden=d_hidden), inputs).outputs
    np.testing.assert_allclose(outputs, forward(folded, inputs).outputs, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("horizon", [None, 1, 3])
def test_the_order_of_the_neurons_does_not_matter(horizon):
    rng = generator(2)
    weights, (inputs, targets) = network(rng, share=0.4), data(rng)
    order = rng.permutation(6)
    shuffled = weights._replace(
        w_in=weights.w_in[order], w_rec=weights.w_rec[np.ix_(order, order)], w_out=weights.w_out[:, order])
    (loss, g, _), (loss_shuffled, h, _) = (gradient(w, inputs, targets, horizon=horizon) for w in (weights, shuffled))
    assert loss == pytest.approx(loss_shuffled, rel=1e-13)
    np.testing.assert_allclose(h.w_in, g.w_in[order], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(h.w_rec, g.w_rec[np.ix_(order, order)], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(h.w_out, g.w_out[:, order], rtol=1e-10, atol=1e-13)


def test_the_gradient_of_a_batch_is_the_mean_of_those_of_its_samples():
    rng = generator(3)
    weights, (inputs, targets) = network(rng), data(rng)
    _, whole, _ = gradient(weights, inputs, targets)
    parts = [gradient(weights, inputs[:, b:b + 1], targets[:, b:b + 1])[1] for b in range(3)]
    for name in whole._fields:
        mean = np.mean([getattr(part, name) for part in parts], axis=0)
        np.testing.assert_allclose(getattr(whole, name), mean, rtol=1e-11, atol=1e-14)


def test_rest_stays_at_rest():
    trace = forward(network(generator(4)), np.zeros((5, 2, 3)))
    assert not trace.outputs.any() and not trace.state.activity.any()


def test_a_sign_change_of_the_input_changes_the_sign_of_the_output():
    rng = generator(5)
    weights, (inputs, _) = network(rng, share=0.3), data(rng)
    np.testing.assert_allclose(forward(weights, -inputs).outputs, -forward(weights, inputs).outputs, rtol=1e-12)
