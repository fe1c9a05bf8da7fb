"""Constant-step device."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.pulses import fire, is_clear

SEQUENCES = 4_000


def made(spread=0.0, up=0.01, down=0.02, upper=1.0, lower=-1.0, real=np.float64):
    """One device whose nominal step is one unit of request."""
    return ConstantStep(
        real(1), real(np.inf), *(np.full((1, 1), value, real) for value in (up, down, upper, lower)), real(spread),
        real(5 * spread))


def write(device, w, pulses, normal=0.0, c=0):
    real = type(device.granule)
    return fire(device, 0, c, real(w), real(pulses), real(normal), real(0))


@pytest.mark.parametrize(("sign", "step"), [(1, 0.01), (-1, 0.02)])
def test_merged_train_is_distributed_as_single_pulses(sign, step):
    """Nine pulses: mean exactly, standard deviation over 4000 sequences of single pulses."""
    device, rng = made(spread=0.3), np.random.default_rng(3)
    ends = []
    for noise in rng.standard_normal((SEQUENCES, 9)):
        w = np.float64(0)
        for normal in noise:
            w = write(device, w, sign, normal)
        ends.append(w)
    mean, high = write(device, 0, 9 * sign), write(device, 0, 9 * sign, 1.0)
    sd = abs(high - mean)
    assert mean == pytest.approx(sign * 9 * step, rel=1e-14)
    assert sd == pytest.approx(0.3 * 3 * step, rel=1e-14)
    assert abs(np.mean(ends) - mean) < 5 * sd / np.sqrt(SEQUENCES)
    assert abs(np.std(ends) - sd) < 5 * sd / np.sqrt(2 * SEQUENCES)


def test_bounds_are_hard():
    device = made(upper=0.5, lower=-0.25)
    assert write(device, 0.49, 100) == 0.5
    assert write(device, 0.5, -1) == 0.48  # a full step back: nothing is remembered of what was cut off
    assert write(device, 0.0, -100) == -0.25


def test_a_stuck_device_never_moves():
    device = made(spread=2.0, up=0.0, down=0.0, upper=0.3, lower=0.3)
    for pulses in (1, -1, 50, -50):
        assert write(device, 0.3, pulses, normal=3.0) == 0.3


@pytest.mark.parametrize(
    ("w", "pulses", "clear"),
    [(0.0, 10, True), (0.9, 5, True), (0.9, 10, False), (-0.9, 6, True), (-0.9, -6, False), (0.99, 1, True)])
def test_pulses_are_merged_only_where_no_bound_is_near(w, pulses, clear):
    assert is_clear(made(), 0, 0, np.float64(w), np.float64(pulses)) == clear


def test_noise_may_stray_five_standard_deviations_before_a_bound_counts_as_met():
    device = made(spread=1.0)  # 9 pulses: 0.09 +- 5 * 0.03
    assert is_clear(device, 0, 0, np.float64(0.75), np.float64(9))
    assert not is_clear(device, 0, 0, np.float64(0.77), np.float64(9))
    assert not is_clear(device, 0, 0, np.float64(-0.86), np.float64(9))  # noise may carry it down as well
