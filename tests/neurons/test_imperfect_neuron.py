"""Frozen mismatch and intrinsic noise around a neuron."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import receive, slope, step
from neurosim.neurons.imperfect import Mismatched, Noisy
from neurosim.neurons.leaky import Leaky
from neurosim.neurons.tanh import Linear, Tanh
from neurosim.random import Key

GAIN, OFFSET = np.linspace(0.5, 1.5, 64), np.linspace(-0.2, 0.3, 64)
SIGMA = np.float64(0.05)


def advance(neuron, current, now=0, z=None):
    """(potential, activity) after one step."""
    potential = np.array(current, np.float64)
    z = np.zeros(potential.shape) if z is None else z
    receive(neuron, potential)
    step(neuron, Key(1, 2, now), potential, z)
    return potential, z


def noisy(inner, lanes=2, n=64, width=64):
    return Noisy(inner, SIGMA, n, np.zeros(lanes * width))


def test_mismatch_is_affine_in_the_current_and_is_what_rules_see():
    current = np.random.default_rng(1).standard_normal((2, 64))
    potential, z = advance(Mismatched(Tanh(), GAIN, OFFSET), current)
    assert np.allclose(potential, GAIN * current + OFFSET, rtol=1e-15)
    assert np.allclose(z, np.tanh(potential), rtol=0, atol=1e-15)


def test_mismatch_is_the_same_in_every_lane_and_step():
    potential, _ = advance(Mismatched(Linear(), GAIN, OFFSET), np.full((3, 64), 0.4))
    later, _ = advance(Mismatched(Linear(), GAIN, OFFSET), np.full((3, 64), 0.4), now=9)
    assert (potential == potential[0]).all() and (later == potential).all()


@pytest.mark.parametrize("inner", [Tanh(), Linear(), Leaky(np.full(64, 0.3))])
def test_unit_gain_without_offset_is_the_inner_neuron(inner):
    current = np.random.default_rng(2).standard_normal((2, 64))
    potential, z = advance(Mismatched(inner, np.ones(64), np.zeros(64)), current)
    assert (potential == current).all() and (z == advance(inner, current)[1]).all()


def test_noise_has_the_stated_standard_deviation_and_no_mean():
    """64 lanes of 64 neurons."""
    potential, z = advance(noisy(Linear(), 64), np.full((64, 64), 0.3))
    noise = potential - 0.3
    assert abs(noise.mean()) < 5 * SIGMA / np.sqrt(noise.size)
    assert abs(noise.std() - SIGMA) < 5 * SIGMA / np.sqrt(2 * noise.size)
    assert (z == potential).all()


def test_noise_is_independent_across_lanes_neurons_and_steps():
    """64 lanes of 64 neurons, two steps: the two passes of a rule never see the same noise."""
    first, second = (advance(noisy(Linear(), 64), np.zeros((64, 64)), now)[0] / SIGMA for now in (0, 1))
    for a, b in ((first[1:], first[:-1]), (first[:32], first[32:]), (first[:, 1:], first[:, :-1]), (first, second)):
        assert abs((a * b).mean()) < 5 / np.sqrt(a.size)


def test_noise_stays_out_of_the_padding():
    potential, z = advance(noisy(Tanh(), n=5), np.zeros((2, 64)))
    assert (potential[:, 5:] == 0).all() and (z[:, 5:] == 0).all() and (potential[:, :5] != 0).all()


def test_mismatch_acts_on_what_arrives_and_noise_on_the_potential_in_either_order():
    current = np.full((2, 64), 0.4)
    xi = advance(noisy(Linear()), np.zeros((2, 64)))[0]
    amplified, _ = advance(noisy(Mismatched(Linear(), GAIN, OFFSET)), current)
    added, _ = advance(Mismatched(noisy(Linear()), GAIN, OFFSET), current)
    assert np.allclose(amplified, GAIN * current + OFFSET + xi, rtol=1e-13)
    assert np.allclose(added, GAIN * current + OFFSET + xi, rtol=1e-13)


def test_the_memory_of_the_inner_neuron_survives():
    neuron, z = noisy(Leaky(np.full(64, 0.3))), np.zeros((2, 64))
    wanted = np.zeros((2, 64))
    for now in range(5):
        potential, _ = advance(neuron, np.full((2, 64), 0.8), now, z)
        wanted += 0.3 * (np.tanh(potential) - wanted)
        assert np.allclose(z, wanted, rtol=0, atol=1e-14)


def test_the_slope_is_that_of_the_inner_neuron_at_the_potential_with_noise():
    neuron = noisy(Mismatched(Tanh(), GAIN, OFFSET))
    potential, z = advance(neuron, np.random.default_rng(4).standard_normal((2, 64)))
    found = np.zeros((1, 64))
    slope(neuron, potential, z, found)
    assert np.allclose(found, 1 - np.tanh(potential[:1]) ** 2, rtol=0, atol=1e-14)
