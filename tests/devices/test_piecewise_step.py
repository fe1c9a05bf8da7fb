"""Piecewise-linear step device."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.piecewise_step import PiecewiseStep
from neurosim.devices.pulses import fire

UP, DOWN = (1.5, 1.0, 0.8, 0.5), (0.4, 0.9, 1.1, 1.4)


def made(spread=0.0, up=0.01, down=0.02, upper=0.6, lower=-0.3, real=np.float64):
    cells = [np.full((1, 1), value, real) for value in (up, down, upper, lower)]
    return PiecewiseStep(
        real(1), real(1023), *cells[:2], np.array(UP, real), np.array(DOWN, real), real(3), *cells[2:], real(spread))


def write(device, w, pulses, normal=0.0):
    return fire(device, 0, 0, np.float64(w), np.float64(pulses), np.float64(normal), np.float64(0))


@pytest.mark.parametrize("w", [-0.3, -0.1, 0.0, 0.123, 0.3, 0.59])
def test_the_step_is_interpolated_between_the_nodes(w):
    places = np.linspace(-0.3, 0.6, 4)
    assert write(made(), w, 1) - w == pytest.approx(0.01 * np.interp(w, places, UP), rel=1e-9)
    expected = max(w - 0.02 * np.interp(w, places, DOWN), -0.3)
    assert write(made(), w, -1) == pytest.approx(expected, rel=1e-9)


def test_the_last_node_holds_at_the_bound_and_beyond():
    device = made(up=0.001)
    assert write(device, 0.6, 1) == 0.6  # clipped
    assert write(device, 0.61, -1) == pytest.approx(0.61 - 0.02 * 1.4, rel=1e-12)


def test_noise_scales_the_step():
    assert write(made(spread=0.3), 0.2, 1, 0.5) - 0.2 == pytest.approx(1.15 * (write(made(), 0.2, 1) - 0.2), rel=1e-12)


def test_a_stuck_device_never_moves():
    device = made(up=0.0, down=0.0, upper=0.3, lower=0.3)
    assert all(write(device, 0.3, pulses, 3.0) == 0.3 for pulses in (1, -1))
