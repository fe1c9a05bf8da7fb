"""Graded spikes: the payload, its rounding, and the slope."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import membrane, rest, slope, step
from neurosim.neurons.exponential_synapse import ExponentialSynapse
from neurosim.neurons.graded import Graded
from neurosim.neurons.lif import LIF, AdaptiveLIF
from neurosim.neurons.settings import Membrane
from neurosim.random import Key

KEY, WIDTH = Key(1, 2, 0), 64


def made(n=4, **settings):
    return Membrane(**settings).build(n, 1, 1, np.float64)


def sent(neuron, arriving):
    """What the first neurons send when so much arrives, from rest, with a membrane that takes all of it."""
    rest(neuron)
    neuron = neuron._replace(inner=neuron.inner._replace(gain=np.ones(WIDTH)))
    current, z = np.zeros((1, WIDTH)), np.full((1, WIDTH), np.nan)
    current[0, :len(arriving)] = arriving
    step(neuron, KEY, current, z)
    assert (z[0, len(arriving):] == 0).all()
    return z[0, :len(arriving)]


@pytest.mark.parametrize(("settings", "low"), [({}, 0.0), ({"reset": "value", "reset_to": -0.5}, -0.5), ({"reset_to": 0.25}, 0.25)])
def test_the_payload_is_what_a_reset_takes_from_the_potential(settings, low):
    """In units of what it takes from a spike that just reaches the threshold: 24 bits are as good as none."""
    arriving = np.array([0.9, 1.1, 1.4, 1.7])
    found = sent(made(graded_bits=24, graded_range=8.0, **settings), arriving)
    assert np.allclose(found, np.where(arriving > 1, (arriving - low) / (1 - low), 0), rtol=0, atol=1e-6)


def test_few_bits_are_few_payloads_and_the_largest_is_the_range():
    arriving = np.linspace(1.001, 5, 60)
    found = sent(made(60, graded_bits=3, graded_range=2.0), arriving)
    levels = 2.0 / 7 * np.arange(1, 8)
    assert np.isclose(found[:, None], levels, rtol=1e-14).any(axis=1).all() and found.max() == pytest.approx(2.0)
    inside = arriving < 2
    assert np.abs(found - arriving)[inside].max() <= 1.0 / 7 + 1e-12 and len(np.unique(found[inside])) == 4
    assert (found[~inside] == found.max()).all()


def test_one_bit_is_a_plain_spike():
    rng, plain, graded = np.random.default_rng(1), made(tau_s=5e-3), made(tau_s=5e-3, graded_bits=1, graded_range=1.0)
    count = 0.0
    for _ in range(200):
        arriving, z = 3 * rng.random((1, WIDTH)), (np.zeros((1, WIDTH)), np.zeros((1, WIDTH)))
        for neuron, out in zip((plain, graded), z, strict=True):
            current = arriving.copy()
            step(neuron, KEY, current, out)
        assert (z[0] == z[1]).all() and membrane(plain, 0, 1) == membrane(graded, 0, 1)
        count += z[0].sum()
    assert count > 100


def test_every_neuron_has_a_threshold_of_its_own():
    neuron = made(4, graded_bits=24, graded_range=8.0, spread={"threshold": 0.2})
    thresholds = neuron.inner.threshold[:4]
    assert thresholds.std() > 0.05 and np.allclose(sent(neuron, 1.5 * thresholds), 1.5, rtol=1e-6)


def test_the_slope_is_that_of_a_plain_spike_plus_what_lies_above_the_threshold():
    neuron = made(4, graded_bits=8, graded_range=2.0, reset="value", reset_to=-1.0)
    current, z = np.zeros((1, WIDTH)), np.zeros((1, WIDTH))
    current[0, :4] = np.array([0.5, 1.2, 2.5, 9.0]) / neuron.inner.gain[0]  # silent, firing, firing, beyond the range of 3
    step(neuron, KEY, current, z)
    found, inner = np.zeros((1, WIDTH)), np.zeros((1, WIDTH))
    slope(neuron, current, z, found)
    slope(neuron.inner, current, neuron.fired, inner)
    gain = neuron.inner.gain[0]
    assert np.allclose(found[0, :4] - inner[0, :4], [0, gain / 2, gain / 2, 0], rtol=1e-12) and (inner[0, :2] > 0).all()
    assert (found[0, 4:] == inner[0, 4:]).all()


def test_a_threshold_that_adapts_rises_with_spikes_and_not_with_their_payload():
    neuron = made(1, graded_bits=8, graded_range=8.0, adaptation_s=0.1, jump=0.5)
    current, z = np.full((1, WIDTH), 5.0), np.zeros((1, WIDTH))
    step(neuron, KEY, current, z)
    assert z[0, 0] > 2 and neuron.inner.a[0, 0] == 0.5


def test_the_payload_lies_between_synapse_and_membrane():
    neuron = made(synapse_s=5e-3, adaptation_s=0.1, jump=0.1, graded_bits=8)
    assert [type(part) for part in (neuron, neuron.inner, neuron.inner.inner, neuron.inner.inner.base)] == [
        ExponentialSynapse, Graded, AdaptiveLIF, LIF]
    assert (neuron.inner.gain[:4] == neuron.inner.inner.base.gain[:4]).all() and neuron.inner.top == 255
