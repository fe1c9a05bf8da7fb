"""8-bit rate neurons of the learning loop against the exact run, and their slope."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import slope, step
from neurosim.digital.int8_rnn import Int8RNN, run, tanh_table
from neurosim.neurons.int8_tanh import int8_tanh
from neurosim.random import Key

N, N_IN, STEPS = 10, 3, 120


def stepped(neuron, values, dtype=np.float32):
    """(activity, what is left in current, slope) for one step of currents."""
    current, z, out = np.zeros((1, 64), dtype), np.zeros((1, 64), dtype), np.zeros((1, 64), dtype)
    current[0, :len(values)] = values
    step(neuron, Key(1, 2, 0), current, z)
    slope(neuron, current, z, out)
    return z[0, :len(values)], current[0, :len(values)], out[0, :len(values)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_recurrent_network_is_the_exact_one_in_every_bit(dtype):
    rng = np.random.Generator(np.random.Philox(key=np.array([2, 9], np.uint64)))
    w_in, w_rec, x = rng.integers(-80, 80, (N, N_IN)), rng.integers(-60, 60, (N, N)), rng.integers(-60, 60, (STEPS, N_IN))
    bias = rng.integers(-3000, 3000, N)
    trace = run(Int8RNN(w_in, w_rec, np.zeros((1, N), int), bias, tanh_table()), x)
    neuron, h = int8_tanh(dtype=dtype), np.zeros(N, dtype)
    for t in range(STEPS):
        current = (w_in / 64).astype(dtype) @ (x[t] / 32).astype(dtype) + (w_rec / 64).astype(dtype) @ h + (bias / 2**13).astype(dtype)
        h, left, _ = stepped(neuron, current, dtype)
        assert (h * 128).tolist() == trace.spikes[t].tolist()
        assert (left * 2**13).tolist() == trace.v[t].tolist()
    assert np.unique(trace.spikes).size > 60 and (abs(trace.spikes) == 127).any()


def test_rounding_is_half_to_even_and_z_is_clipped_to_8_bits():
    """z = current x 32: 0.5 and 2.5 go to the even neighbour; 4 is the end of the table."""
    activity, _, slopes = stepped(int8_tanh(), np.array([0.5, 1.5, 2.5, -0.5, 3.96875 * 32, 1000, -1000]) / 32)
    table = tanh_table() / 128
    assert activity.tolist() == [table[128], table[130], table[130], table[128], table[255], table[255], table[0]]
    assert slopes[0] == 1 and (slopes[5:] == 0).all() and slopes[4] > 0


def test_the_slope_is_that_of_tanh():
    values = np.linspace(-2, 2, 21)
    _, _, slopes = stepped(int8_tanh(), values)
    assert np.abs(slopes - (1 - np.tanh(values) ** 2)).max() < 0.03


def test_what_is_injected_is_rounded_to_a_step_of_the_accumulator():
    _, left, _ = stepped(int8_tanh(), np.array([0.4, 0.6, 1.4, -1.6]) / 2**13)
    assert (left * 2**13).tolist() == [0, 1, 1, -2]
