"""Exponential synapses, integrated exactly with the membrane behind them."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import align, receive, rest, step
from neurosim.neurons.exponential_synapse import increment
from neurosim.neurons.settings import Membrane
from neurosim.random import Key

DT = 1e-3


def response(tau_s, synapse_s, steps=300):
    """Membrane after a kick of 0.1 in the first step."""
    neuron, found = Membrane(tau_s=tau_s, synapse_s=synapse_s).build(1, 1, 1, np.float64), []
    for t in range(steps):
        current, z = np.full((1, 64), 0.1 * (t == 0)), np.zeros((1, 64))
        receive(neuron, current)
        step(neuron, Key(1, 2, t), current, z)
        found.append(current[0, 0])
    return np.array(found)


@pytest.mark.parametrize(("tau_s", "synapse_s"), [(0.02, 0.005), (0.005, 0.02), (0.02, 0.1)])
def test_the_potential_after_a_spike_is_a_difference_of_exponentials(tau_s, synapse_s):
    t = DT * np.arange(1, 301)
    wanted = 0.1 * synapse_s / (tau_s - synapse_s) * (np.exp(-t / tau_s) - np.exp(-t / synapse_s))
    assert np.allclose(response(tau_s, synapse_s), wanted, rtol=0, atol=1e-12)


def test_equal_time_constants_make_an_alpha_function():
    t = DT * np.arange(1, 301)
    assert np.allclose(response(0.02, 0.02), 0.1 * t / 0.02 * np.exp(-t / 0.02), rtol=0, atol=1e-12)


def test_the_increment_goes_over_into_its_limit():
    near = increment(0.02, 0.02 * (1 + np.array([1e-3, 1e-4, 1e-5])), DT)
    assert np.all(np.diff(abs(near - increment(0.02, 0.02, DT))) < 0) and abs(near[2] / increment(0.02, 0.02, DT) - 1) < 1e-5


def test_a_very_short_synapse_is_a_kick_of_its_charge():
    """tau_s -> 0 at constant charge q: v jumps by q / tau."""
    v = response(0.02, 1e-6)
    assert v[0] == pytest.approx(0.1 * 1e-6 / 0.02 * np.exp(-DT / 0.02), rel=1e-4)


def test_memory_is_put_at_rest_and_copied():
    neuron = Membrane(synapse_s=0.005).build(3, 2, 1, np.float64)
    neuron.s[...] = np.arange(128).reshape(2, 64)
    align(neuron, 1)
    assert (neuron.s[1] == neuron.s[0]).all() and neuron.s.any()
    rest(neuron)
    assert not neuron.s.any()
