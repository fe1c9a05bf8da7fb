"""Leaky rate neurons."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import slope, step
from neurosim.neurons.leaky import Leaky, LeakyLinear
from neurosim.neurons.tanh import Tanh
from neurosim.random import Key

KEY = Key(1, 2, 0)
TAU = np.array([0.5, 2.0, 5.0, 100.0])  # in steps


def test_constant_input_is_answered_by_the_exact_exponential():
    """z(t) = tanh(c) + (z(0) - tanh(c)) exp(-t / tau), each neuron with its own tau, to rounding."""
    neuron, current = Leaky(1 - np.exp(-1 / TAU)), np.array([[0.7, -1.5, 0.2, 3.0]])
    start = np.array([[0.9, 0.0, -0.4, 0.1]])
    z = start.copy()
    for t in range(1, 51):
        step(neuron, KEY, current, z)
        rest = np.tanh(current)
        assert np.allclose(z, rest + (start - rest) * np.exp(-t / TAU), rtol=0, atol=1e-14)


def test_two_half_steps_are_one_step():
    current, whole, halves = np.full((1, 4), 0.8), np.full((1, 4), -0.5), np.full((1, 4), -0.5)
    step(Leaky(1 - np.exp(-1 / TAU)), KEY, current, whole)
    for _ in range(2):
        step(Leaky(1 - np.exp(-0.5 / TAU)), KEY, current, halves)
    assert np.allclose(whole, halves, rtol=0, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_leak_it_is_the_tanh_neuron(dtype):
    current = np.linspace(-2, 2, 8, dtype=dtype)[None]
    leaky, memoryless = np.zeros_like(current), np.zeros_like(current)
    step(Leaky(np.ones(8, dtype)), KEY, current, leaky)
    step(Tanh(), KEY, current, memoryless)
    assert (leaky == memoryless).all()


def test_share_zero_holds_its_value():
    z = np.full((2, 4), 0.3)
    step(Leaky(np.zeros(4)), KEY, np.full((2, 4), 5.0), z)
    assert (z == 0.3).all()


def test_activity_stays_within_the_range_of_tanh():
    rng, z, neuron = np.random.default_rng(1), np.zeros((2, 4)), Leaky(1 - np.exp(-1 / TAU))
    for _ in range(200):
        step(neuron, KEY, 100 * rng.standard_normal((2, 4)), z)
        assert np.abs(z).max() <= 1


def test_a_leaky_output_answers_a_constant_by_the_exact_exponential():
    share, current, z = 1 - np.exp(-1 / 4.0), np.array([[0.7, -1.5]]), np.zeros((1, 2))
    for t in range(1, 30):
        step(LeakyLinear(share), KEY, current, z)
        assert np.allclose(z, current * (1 - np.exp(-t / 4.0)), rtol=1e-13)


def test_the_slope_of_a_leaky_output_is_the_share_that_is_new():
    out = np.zeros((1, 3))
    slope(LeakyLinear(0.25), np.ones((1, 3)), np.ones((1, 3)), out)
    assert (out == 0.25).all()
