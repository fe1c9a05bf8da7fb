"""Devices that wear out: the end comes after as many pulses as it should, and nothing moves beyond it."""
from __future__ import annotations

import numpy as np
import pytest
from components import constant_step, write_noise
from test_worn import CELLS, cells, fired
from worn_devices import closing, mortal

from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.pulses import fire, is_clear

STEP = 0.01


def exact(bounds=(-1.0, 1.0)):
    """Devices alike and without noise."""
    def make(held):
        lower, upper = (np.full(held.shape, held.dtype.type(bound)) for bound in bounds)
        step = np.full(held.shape, held.dtype.type(STEP))
        real = held.dtype.type
        return ConstantStep(real(STEP), real(31), step, step.copy(), upper, lower, real(0), real(0))
    return make


def test_a_device_that_saw_its_last_pulse_never_moves_again():
    g = cells(0.1)
    device = mortal(write_noise(constant_step), cycles=10)(g)
    fired(device, g, np.full(CELLS, 10.0))
    before, state = g.copy(), device.inner.persistent.copy()
    assert (before != 0.1).mean() > 0.8
    for now in range(5):
        fired(device, g, np.resize([31.0, -31.0, 1.0, -1.0], CELLS), now)
    assert g.tobytes() == before.tobytes() and device.inner.persistent.tobytes() == state.tobytes()


@pytest.mark.parametrize("trains", [[25], [9, 9, 9], [-3, 25], [1] * 12])
def test_of_a_train_beyond_the_end_only_the_pulses_before_it_act(trains):
    """With 10 pulses to go."""
    g = cells()
    device = mortal(exact(), cycles=10)(g)
    acted = np.concatenate([np.full(abs(n), np.sign(n)) for n in trains])[:10].sum()
    for now, n in enumerate(trains):
        fired(device, g, np.full(CELLS, float(n)), now)
    assert np.allclose(g, STEP * acted, atol=1e-12) and (device.seen == np.abs(trains).sum()).all()


def test_pulses_up_and_down_wear_alike():
    ends = []
    for sign in (1, -1):
        g = cells()
        device = mortal(exact(), cycles=7)(g)
        fired(device, g, np.full(CELLS, 20.0 * sign))
        ends.append(g * sign)
    assert np.allclose(ends[0], 0.07) and (ends[0] == ends[1]).all()


def test_a_worn_device_takes_a_train_at_once():
    g = cells(0.995)
    device = mortal(exact(), cycles=3)(g)
    assert not is_clear(device, 0, 0, g[0, 0], np.float64(9))  # the bound is near
    fired(device, g, np.full(CELLS, 3.0))
    assert is_clear(device, 0, 0, g[0, 0], np.float64(9))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bounds", [(-1.0, 1.0), (-0.3, 0.9)])
def test_the_window_shrinks_linearly_about_its_middle(bounds, dtype):
    """After N of 50 pulses at the bound: middle + (1 - N / 50) of half the window."""
    low, high = bounds
    middle, half = (high + low) / 2, (high - low) / 2
    for sign, bound in ((1.0, high), (-1.0, low)):
        g = cells(bound, dtype)
        device = closing(exact(bounds), cycles=50)(g)
        for n in (1, 30, 49, 50, 60):
            fired(device, g, np.full(CELLS, sign * (n - int(device.seen[0, 0]))))
            assert np.allclose(g, middle + sign * half * max(0.0, 1 - n / 50), atol=1e-12 if dtype is np.float64 else 1e-6)
        assert (g == dtype(middle)).all() or dtype is np.float32


def test_a_window_that_closes_bounds_no_device_before_its_pulse():
    g = cells(0.9)
    device = closing(exact(), cycles=10)(g)
    fired(device, g, np.where(np.arange(CELLS) < 32, 5.0, 0.0))
    assert np.allclose(g[0, :32], 0.5) and (g[0, 32:] == 0.9).all()
    assert (device.seen[0, :32] == 5).all() and not device.seen[0, 32:].any()


def test_a_window_leaves_states_within_it_alone():
    g, bare = cells(), cells()
    device = closing(constant_step, cycles=1000)(g)
    fired(device, g, np.full(CELLS, 9.0))
    for n in range(9):
        fired(device.inner, bare, np.full(CELLS, float(n >= 0)))
    assert np.isfinite(g).all() and (np.abs(g) < 0.8).all()
    one, other = (fire(part, 0, 3, *map(np.float64, (0.1, 1, 0.5, 0))) for part in (device, device.inner))
    assert one == other != 0.1


def test_a_closed_window_and_an_end_agree():
    """As the profile's mode "window" builds them: at the end the device stands in the middle, and stays."""
    g = cells(0.8)
    device = mortal(closing(exact((-0.5, 1.0)), cycles=30), cycles=30)(g)
    fired(device, g, np.full(CELLS, 29.0))
    assert (np.abs(g - 0.25) <= 0.75 / 30 + 1e-12).all()
    fired(device, g, np.full(CELLS, 31.0))
    assert (g == 0.25).all() and (device.inner.seen == 30).all() and (device.seen == 60).all()
