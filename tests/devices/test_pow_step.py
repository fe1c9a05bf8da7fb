"""Power-step device."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.pow_step import PowStep
from neurosim.devices.pulses import fire


def made(gamma=(1.5, 3.0), spread=0.0, up=0.01, down=0.02, upper=0.8, lower=-0.4, real=np.float64):
    cells = (np.full((1, 1), value, real) for value in (up, down, *gamma, upper, lower))
    return PowStep(real(1), real(1023), *cells, real(spread))


def write(device, w, pulses, normal=0.0):
    real = type(device.granule)
    return fire(device, 0, 0, real(w), real(pulses), real(normal), real(0))


@pytest.mark.parametrize("w", [-0.3, 0.0, 0.7])
def test_the_step_is_a_power_of_the_distance_to_the_bound(w):
    assert write(made(), w, 1) - w == pytest.approx(0.01 * ((0.8 - w) / 1.2) ** 1.5, rel=1e-10)
    assert w - write(made(), w, -1) == pytest.approx(0.02 * ((w + 0.4) / 1.2) ** 3.0, rel=1e-10)


def test_power_zero_is_a_constant_step_and_power_one_a_linear_one():
    assert write(made((0.0, 0.0)), 0.3, 1) - 0.3 == pytest.approx(0.01, rel=1e-12)
    assert write(made((1.0, 1.0)), 0.3, 1) - 0.3 == pytest.approx(0.01 * 0.5 / 1.2, rel=1e-12)


def test_noise_scales_the_step():
    assert write(made(spread=0.3), 0.2, 1, 0.5) - 0.2 == pytest.approx(1.15 * (write(made(), 0.2, 1) - 0.2), rel=1e-12)


def test_there_is_no_step_at_the_bound_nor_beyond_it():
    assert write(made(), 0.8, 1) == 0.8 and write(made(), -0.4, -1) == -0.4
    assert write(made(), 0.9, 1) == 0.8  # a state beyond the bound is put to it by a pulse


def test_a_stuck_device_never_moves():
    device = made(up=0.0, down=0.0, upper=0.3, lower=0.3)
    assert all(write(device, 0.3, pulses, 3.0) == 0.3 for pulses in (1, -1))


def test_single_precision_agrees_with_double():
    for w in np.linspace(-0.39, 0.79, 50):
        assert abs(write(made(real=np.float32), w, 1) - write(made(), w, 1)) < 2e-7
