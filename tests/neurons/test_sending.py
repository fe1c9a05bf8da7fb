"""Sigma-delta neurons, and counters of events."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.contract import align, receive, rest, step
from neurosim.counting import events_of
from neurosim.network import Network
from neurosim.neurons.leaky import Leaky
from neurosim.neurons.sending import SigmaDelta, counting
from neurosim.neurons.settings import Membrane
from neurosim.neurons.tanh import Tanh
from neurosim.random import Key

LANES, WIDTH, STEPS = 2, 64, 200


def sigma_delta(theta, inner=None):
    inner = Leaky(np.full(WIDTH, 0.3)) if inner is None else inner
    return SigmaDelta(inner, np.float64(theta), np.zeros((LANES, WIDTH)), np.zeros(WIDTH, np.int64))


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
    assert (np.abs(changes[changes != 0]) > 0.05).all() and np.count_nonzero(changes) < held.size / 2
    assert (neuron.events == np.count_nonzero(changes, axis=(0, 1))).all()


def test_the_events_fall_with_theta_and_with_none_it_is_the_inner_neuron():
    counts = []
    for theta in (0.0, 0.02, 0.1, 0.5):
        neuron = sigma_delta(theta)
        held = played(neuron)
        counts.append(neuron.events.sum())
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


def test_spikes_and_arrivals_are_counted_by_neuron():
    neuron, z, arrivals = counting(Membrane().build(WIDTH, LANES, 1, np.float64), WIDTH), np.zeros((LANES, WIDTH)), np.zeros(WIDTH, int)
    sent = np.zeros(WIDTH, int)
    for t, current in enumerate(currents()):
        arriving = np.where(np.arange(WIDTH) % (t + 1) == 0, current, 0.0)
        arrivals += np.count_nonzero(arriving, axis=0)
        receive(neuron, arriving)
        arriving += 0.01  # a perturbation is no arrival
        step(neuron, Key(1, 2, t), arriving, z)
        sent += np.count_nonzero(z, axis=0)
    assert (neuron.events == sent).all() and sent.sum() > 20 and (events_of(neuron) == sent).all()
    assert (neuron.received == arrivals).all() and 0 < arrivals.min() < arrivals.max()
    assert events_of(Tanh()) is None


def test_what_arrives_through_either_kind_of_synapse_is_one_arrival():
    two = counting(Membrane(synapse_s=5e-3, inhibitory_s=5e-3).build(WIDTH, 1, 1, np.float64), WIDTH)
    current = np.zeros((2, WIDTH))
    current[0, :4], current[1, 2:8] = 1.0, -1.0
    receive(two, current)
    assert two.received.tolist() == [1] * 8 + [0] * (WIDTH - 8)


def test_a_threshold_is_for_rate_neurons():
    with pytest.raises(ValidationError, match="send_threshold is for rate neurons"):
        Network(inputs=1, hidden=3, outputs=1, neuron="spiking", membrane=Membrane(), send_threshold=0.1)
