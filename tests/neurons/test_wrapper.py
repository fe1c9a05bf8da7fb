"""A wrapper that does nothing itself is the neuron inside."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from assemble import by_port
from components import NEURONS, Bench

from neurosim.contract import align, membrane, ports, receive, rest, slope, step
from neurosim.neurons.wrapper import wraps
from neurosim.random import Key


class Shell(NamedTuple):
    """Nothing around a neuron."""

    inner: tuple


wraps(Shell)


def played(name, wrap):
    """Everything that can be seen of a neuron in 20 steps, and after it was aligned and put at rest."""
    neuron = wrap(NEURONS[name](Bench(n=5, dtype=np.float64)))
    rng, z, seen = np.random.default_rng(1), np.zeros((2, 64)), []
    for now in range(22):
        current, out = np.zeros((2, 64)), np.zeros((2, 64))
        current[:, :5] = 2 * rng.standard_normal((2, 5))
        if now == 20:
            align(neuron, 1)
        if now == 21:
            rest(neuron)
        current = by_port(neuron, current)
        receive(neuron, current)
        step(neuron, Key(1, 2, now), current[:2], z)
        slope(neuron, current[:2], z, out)
        seen += [np.array(ports(neuron)), current[:2].copy(), z.copy(), out[:, :5], np.array([membrane(neuron, 0, 1)])]
    return seen


@pytest.mark.parametrize("name", NEURONS)
def test_every_slot_asks_the_neuron_inside(name):
    for bare, wrapped in zip(played(name, lambda neuron: neuron), played(name, Shell), strict=True):
        np.testing.assert_array_equal(bare, wrapped)
