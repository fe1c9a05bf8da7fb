"""Rate neurons without memory."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import step
from neurosim.neurons.tanh import Linear, Tanh
from neurosim.random import Key


def respond(neuron, current, start=0.0):
    current = np.atleast_2d(current)
    z = np.full(current.shape, start, current.dtype)
    step(neuron, Key(1, 2, 0), current, z)
    return z


@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, 5e-7), (np.float64, 1e-15)])
def test_tanh_is_the_hyperbolic_tangent(dtype, bound):
    current = np.linspace(-12, 12, 999).astype(dtype)
    assert np.abs(respond(Tanh(), current)[0] - np.tanh(current.astype(np.float64))).max() <= bound


def test_linear_is_the_identity():
    current = np.array([[-1e30, -1.0, 0.0, 0.3, 1e30]])
    assert (respond(Linear(), current) == current).all()


@pytest.mark.parametrize("neuron", [Tanh(), Linear()])
def test_there_is_no_memory(neuron):
    current = np.linspace(-2, 2, 64)
    assert (respond(neuron, current, start=0.9) == respond(neuron, current)).all()


@pytest.mark.parametrize("neuron", [Tanh(), Linear()])
def test_response_is_odd_and_the_current_is_left_alone(neuron):
    current = np.linspace(-2, 2, 65).astype(np.float32)
    before = current.copy()
    assert (respond(neuron, -current) == -respond(neuron, current)).all()
    assert (current == before).all()
