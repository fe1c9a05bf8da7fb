"""The delta rule of a linear readout."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import heard, local_of

from neurosim import loop
from neurosim.contract import credit, is_plastic, passes
from neurosim.rules import Readout
from neurosim.rules.rule import Sizes

RATE = 0.05


def request(error, outputs, batch):
    """The change of W1 asked for, given the presynaptic activity."""
    parts = Readout(learning_rate=RATE).build(Sizes(2, 5, outputs, batch, "step", np.float64))
    post, signal = np.zeros((batch, 64)), np.zeros(batch)
    padded = np.zeros((batch, 64))
    padded[:, :outputs] = error
    zero = np.zeros(batch)
    credit(parts.output, local_of(padded, padded, padded, padded), heard(zero, zero, zero), post, signal)
    return lambda x: (signal[:, None] * post[:, :outputs]).T @ x


@pytest.mark.parametrize("batch", [1, 4])
def test_the_request_is_the_gradient_of_the_mean_squared_error(batch):
    """-eta dL/dW by central differences, L the mean over batch and outputs as the loop measures it, weight 1."""
    rng = np.random.default_rng(1)
    w, x, target = rng.standard_normal((3, 5)), rng.standard_normal((batch, 5)), rng.standard_normal((batch, 3))

    def loss(matrix):
        error, reference, perturbed = np.zeros((batch, 64)), np.zeros(batch), np.zeros(batch)
        y = np.zeros((batch, 64))
        y[:, :3] = x @ matrix.T
        return loop.measure(y, target, np.float64(1), error, reference, perturbed)[0], error[:, :3]

    wanted, h = np.zeros((3, 5)), 1e-6
    for i, j in np.ndindex(3, 5):
        bump = np.zeros((3, 5))
        bump[i, j] = h
        wanted[i, j] = -RATE * (loss(w + bump)[0] - loss(w - bump)[0]) / (2 * h)
    assert np.allclose(request(loss(w)[1], 3, batch)(x), wanted, rtol=1e-6, atol=1e-9)


def test_the_delta_rule_literally():
    """dW1 = -(2 eta / (B O)) e x^T."""
    rng = np.random.default_rng(2)
    error, x = rng.standard_normal((4, 3)), rng.standard_normal((4, 5))
    assert np.allclose(request(error, 3, 4)(x), -2 * RATE / 12 * error.T @ x, rtol=1e-13)


def test_it_takes_one_pass_and_leaves_the_recurrence_frozen():
    parts = Readout(learning_rate=RATE).build(Sizes(2, 5, 3, 1, "step", np.float32))
    cells = np.zeros((8, 64), np.float32)
    assert passes(parts.hidden) == passes(parts.output) == 1 and parts.broadcasts == 0
    plastic = [is_plastic(parts.eligibility(name, cells, None)) for name in ("inputs", "recurrent", "readout")]
    assert plastic == [False, False, True]
