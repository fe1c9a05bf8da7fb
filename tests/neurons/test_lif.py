"""Leaky integrate-and-fire neurons against closed forms."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import align, membrane, rest, slope, step
from neurosim.neurons.settings import Membrane
from neurosim.random import Key

KEY, DT, WIDTH = Key(1, 2, 0), 1e-3, 64


def made(n=4, lanes=1, **settings):
    return Membrane(**settings).build(n, lanes, 1, np.float64)


def driven(neuron, arriving, steps):
    """Spikes, potentials before the reset and membranes after it, of neuron 0, while `arriving` comes in at every step."""
    lanes = (neuron.v if hasattr(neuron, "v") else neuron.base.v).shape[0]
    found = []
    for t in range(steps):
        current, z = np.full((lanes, WIDTH), float(arriving(t) if callable(arriving) else arriving)), np.zeros((lanes, WIDTH))
        step(neuron, KEY, current, z)
        found.append((z[0, 0], current[0, 0], membrane(neuron, 0, 0)))
    return np.array(found).T


def test_the_response_to_a_held_current_is_the_exponential():
    """tau dv/dt = E - v + I from rest: v = E + I (1 - exp(-t / tau))."""
    neuron = made(tau_s=0.02, resting=-0.3)
    neuron = neuron._replace(gain=1 - neuron.keep)
    _, v, _ = driven(neuron, 0.9, 200)
    assert np.allclose(v, -0.3 + 0.9 * (1 - np.exp(-DT * np.arange(1, 201) / 0.02)), rtol=0, atol=1e-12)


def test_a_kick_decays_with_the_membrane():
    _, v, _ = driven(made(tau_s=0.02), lambda t: 0.5 * (t == 0), 100)
    assert np.allclose(v, 0.5 * np.exp(-DT * np.arange(1, 101) / 0.02), rtol=0, atol=1e-12)


@pytest.mark.parametrize("current", [1.05, 1.5, 4.0])
def test_the_rate_is_that_of_the_closed_form(current):
    """Reset to 0 after ceil(tau / dt ln(I / (I - 1))) steps, and silence of 3: the interval between spikes in steps, exactly."""
    neuron = made(tau_s=0.02, reset="zero", refractory_s=3e-3)
    neuron = neuron._replace(gain=1 - neuron.keep, is_deaf=0)
    fired, _, _ = driven(neuron, current, 600)
    climb = int(np.ceil(0.02 / DT * np.log(current / (current - 1))))
    assert set(np.diff(np.flatnonzero(fired))) == {climb + 3 - 1}
    assert np.flatnonzero(fired)[0] == climb - 1


def test_subtracting_keeps_the_excess_and_a_value_does_not():
    for settings, left in (({"reset": "subtract"}, 0.7), ({"reset": "zero"}, 0.0), ({"reset": "value", "reset_to": -0.2}, -0.2),
                           ({"reset": "subtract", "reset_to": 0.2}, 0.9)):
        neuron = made(**settings)
        neuron = neuron._replace(gain=np.ones(WIDTH))
        fired, before, after = driven(neuron, lambda t: 1.7 * (t == 0), 1)
        assert (fired[0], before[0]) == (1, 1.7) and after[0] == pytest.approx(left, abs=1e-15)


def test_in_silence_the_membrane_stays_and_kicks_are_lost():
    """Silence of 3 steps: the membrane stays for 2, and kicks of the steps 1 to 3 are lost."""
    neuron = made(tau_s=0.02, reset="value", reset_to=0.5, refractory_s=3e-3)
    _, _, v = driven(neuron, lambda t: 2.0 if t == 0 else 0.1, 6)
    keep = np.exp(-DT / 0.02)
    assert np.allclose(v, [0.5, 0.5, 0.5, 0.5 * keep, (0.5 * keep + 0.1) * keep, ((0.5 * keep + 0.1) * keep + 0.1) * keep], atol=1e-15)


def test_the_threshold_rises_with_every_spike_and_falls_back():
    neuron = made(adaptation_s=0.1, jump=0.3, reset="zero")
    fired, _, _ = driven(neuron, 1.5, 5)
    fade = np.exp(-DT / 0.1)
    assert fired.tolist() == [1, 1, 1, 0, 1] or fired.sum() < 5
    a = 0.0
    for z in fired:
        a = a * fade + 0.3 * z
    assert neuron.a[0, 0] == pytest.approx(a, rel=1e-14)


def test_rest_and_align():
    neuron = made(lanes=4, resting=-0.2, adaptation_s=0.1, jump=0.3, refractory_s=2e-3)
    rng = np.random.default_rng(1)
    for array in (neuron.base.v, neuron.a):
        array[...] = rng.standard_normal(array.shape)
    neuron.base.wait[...] = rng.integers(0, 3, neuron.base.wait.shape)
    clean = [array[:2].copy() for array in (neuron.base.v, neuron.base.wait, neuron.a)]
    align(neuron, 2)
    for array, kept in zip((neuron.base.v, neuron.base.wait, neuron.a), clean, strict=True):
        assert (array[:2] == kept).all() and (array[2:] == kept).all()
    rest(neuron)
    assert (neuron.base.v[:, :4] == -0.2).all() and not neuron.base.wait.any() and not neuron.a.any()


def test_the_slope_is_a_triangle_about_the_threshold():
    neuron = made(threshold=2.0, resting=1.0, slope_height=0.3, slope_reach=0.5)
    neuron = neuron._replace(gain=np.full(WIDTH, 0.8))
    out = np.zeros((1, WIDTH))
    for potential, share in ((2.0, 1.0), (1.75, 0.5), (2.25, 0.5), (1.5, 0.0), (0.0, 0.0)):
        slope(neuron, np.full((1, WIDTH), potential), np.zeros((1, WIDTH)), out)
        assert out[0, 0] == pytest.approx(0.8 * 0.3 * share, abs=1e-15)
    neuron.wait[...] = 1
    slope(neuron, np.full((1, WIDTH), 2.0), np.zeros((1, WIDTH)), out)
    assert (out == 0).all()
