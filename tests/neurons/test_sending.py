"""Sigma-delta neurons, and counters of events."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.contract import align, rest, step
from neurosim.counting import events_of
from neurosim.network import Network
from neurosim.neurons.leaky import Leaky
from neurosim.neurons.sending import Counting, SigmaDelta
from neurosim.neurons.settings import Membrane
from neurosim.neurons.tanh import Tanh
from neurosim.random import Key

LANES, WIDTH, STEPS = 2, 64, 200


def sigma_delta(theta, inner=None):
    inner = Leaky(np.full(WIDTH, 0.3)) if inner is None else inner
    return SigmaDelta(inner, np.float64(theta), np.zeros((LANES, WIDTH)), np.zeros(1, np.int64))


def currents():
    """A slow random walk."""
    return 0.1 * np.cumsum(np.random.default_rng(1).standard_normal((STEPS, LANES, WIDTH)), axis=0)


def played(neuron):
    z, found = np.zeros((LANES, WIDTH)), []
    for t, current in enumerate(currents()):
        step(neuron, Key(1, 2, t), current.copy(), z)
        found.append(z.copy())
    return np.array(found)


def test_what_is_held_is_never_further_than_theta_from_what_is_meant():
    meant, neuron = played(Leaky(np.full(WIDTH, 0.3))), sigma_delta(0.05)
    held = played(neuron)
    assert 0 < np.abs(held - meant).max() <= 0.05
    changes = np.diff(held, axis=0, prepend=0)
    assert (np.abs(changes[changes != 0]) > 0.05).all() and neuron.events[0] == np.count_nonzero(changes) < held.size / 2


def test_the_events_fall_with_theta_and_with_none_it_is_the_inner_neuron():
    counts = []
    for theta in (0.0, 0.02, 0.1, 0.5):
        neuron = sigma_delta(theta)
        held = played(neuron)
        counts.append(neuron.events[0])
        if theta == 0:
            assert (held == played(Leaky(np.full(WIDTH, 0.3)))).all()
    assert counts == sorted(counts, reverse=True) and counts[-1] < 0.1 * counts[0]


def test_memory_is_put_at_rest_and_copied():
    neuron = sigma_delta(0.1)
    played(neuron)
    align(neuron, 1)
    assert (neuron.y[1] == neuron.y[0]).all() and neuron.y.any()
    rest(neuron)
    assert not neuron.y.any()


def test_spikes_are_counted():
    neuron = Counting(Membrane().build(WIDTH, LANES, 1, np.float64), np.zeros(1, np.int64))
    sent = played(neuron)
    assert neuron.events[0] == sent.sum() > 100 and events_of(neuron) == neuron.events[0]
    assert events_of(Tanh()) is None


def test_a_threshold_is_for_rate_neurons():
    with pytest.raises(ValidationError, match="send_threshold is for rate neurons"):
        Network(inputs=1, hidden=3, outputs=1, neuron="spiking", membrane=Membrane(), send_threshold=0.1)
