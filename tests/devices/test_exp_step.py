"""Exponential-step device."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.exp_step import ExpStep
from neurosim.devices.pulses import fire

SHAPE = (-1.18445, -0.081404, 5.0, 5.0, -0.5, -0.5)  # ReRamES of aihwkit: A up, A down, gamma up, gamma down, a, b
UP, DOWN = 0.00135, 0.00135 * (1 - 0.259359)


def made(spread=0.0, hidden=(UP, DOWN, 1.0, -1.0), shape=SHAPE, noise=(0.0, 0.0)):
    """Devices whose nominal step is one unit of request; `hidden`: step up, step down, upper, lower."""
    return ExpStep(
        np.float64(1), np.float64(np.inf), *(np.atleast_2d(np.asarray(row, np.float64)) for row in hidden),
        np.float64(spread), *map(np.float64, (*shape, *noise)))


def write(device, w, pulses, normal=0.0, c=0):
    return fire(device, 0, c, np.float64(w), np.float64(pulses), np.float64(normal), np.float64(0))


def mean_step(w, sign):
    """The law, literally, for bounds +-1."""
    a_up, a_down, gamma_up, gamma_down, a, b = SHAPE
    z = 2 * a * w / (1.0 - -1.0) + b
    if sign > 0:
        return UP * max(1 - a_up * np.exp(gamma_up * z), 0)
    return -DOWN * max(1 - a_down * np.exp(-gamma_down * z), 0)


@pytest.mark.parametrize("w", [-0.9, 0.0, 0.6])
@pytest.mark.parametrize("sign", [1, -1])
def test_step_depends_exponentially_on_the_state(w, sign):
    assert write(made(), w, sign) - w == pytest.approx(mean_step(w, sign), rel=1e-10)


@pytest.mark.parametrize(("w", "sign"), [(0.2, 1), (0.2, -1), (0.9999, 1), (-0.9999, -1)])
@pytest.mark.parametrize("normal", [1.0, -1.0, -0.3])
def test_one_noisy_pulse_is_exact_also_at_the_bound(w, sign, normal):
    """clip(w +- s y (1 + sigma xi)), one clip at the end; the sign of xi is free for down pulses."""
    step = mean_step(w, sign)
    wanted = np.clip(w + step + 5.0 * abs(step) * normal, -1, 1)
    assert write(made(spread=5.0), w, sign, normal) == pytest.approx(wanted, rel=1e-12)


def test_a_step_never_turns_round():
    """Where 1 - A exp(gamma z) is negative, a pulse does nothing."""
    device = made(shape=(2.0, 0.5, 5.0, 5.0, 0.0, 0.0))
    assert write(device, 0.3, 1) == 0.3
    assert write(device, 0.3, -1) == 0.3 - DOWN * 0.5


def test_a_stuck_device_never_moves():
    device = made(spread=5.0, hidden=(0.0, 0.0, 0.3, 0.3))
    for pulses in (1, -1, 50, -50):
        assert write(device, 0.3, pulses, normal=3.0) == 0.3


@pytest.mark.parametrize("sign", [1, -1])
def test_cycle_noise_may_have_parts_that_do_not_depend_on_the_step(sign):
    """sigma (|s y| + n0 + n1 |w|), PCM of aihwkit."""
    step = mean_step(-0.4, sign)
    wanted = -0.4 + step + 0.6 * (abs(step) + 0.042 + 0.108 * 0.4) * 0.2
    assert write(made(spread=0.6, noise=(0.042, 0.108)), -0.4, sign, 0.2) == pytest.approx(wanted, rel=1e-12)
