"""Digital weights on a grid."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import draws, program, sense
from neurosim.devices.fixed_point import FixedPoint, FixedPointNearest

LSB, TOP, NONE = np.float64(1 / 128), np.float64(127), np.float64(0)
STOCHASTIC, NEAREST = FixedPoint(LSB, TOP), FixedPointNearest(LSB, TOP)
SAMPLES = 20_000


def write(device, level, levels_asked, uniform=0.0):
    """Level after a request of so many levels."""
    return program(device, 0, 0, np.float64(level), LSB * levels_asked, np.float64(uniform), NONE, NONE)


@pytest.mark.parametrize("asked", [0.37, -0.37, 2.2, 0.01])
def test_stochastic_rounding_is_unbiased(asked):
    """20 000 requests; the rounding of one has variance f (1 - f), f the fraction."""
    moves = np.array([write(STOCHASTIC, 3, asked, u) for u in np.random.default_rng(1).random(SAMPLES)]) - 3
    fraction = asked - np.floor(asked)
    assert abs(moves.mean() - asked) < 5 * np.sqrt(fraction * (1 - fraction) / SAMPLES)
    assert set(moves) == {np.floor(asked), np.ceil(asked)}


def test_stochastic_rounding_accumulates_what_nearest_loses():
    """1000 requests of 0.4 levels: 400 +- 5 sqrt(1000 x 0.24) levels on a wide grid against none."""
    wide, level, lost = FixedPoint(LSB, np.float64(1e6)), 0.0, 0.0
    for u in np.random.default_rng(2).random(1000):
        level, lost = write(wide, level, 0.4, u), write(NEAREST, lost, 0.4)
    assert abs(level - 400) < 5 * np.sqrt(1000 * 0.24)
    assert lost == 0


@pytest.mark.parametrize(("asked", "moved"), [(0.49, 0), (0.5, 0), (0.51, 1), (1.5, 2), (2.5, 2), (-1.5, -2)])
def test_nearest_rounds_half_to_even(asked, moved):
    assert write(NEAREST, 5, asked) == 5 + moved


@pytest.mark.parametrize("device", [STOCHASTIC, NEAREST])
def test_levels_saturate(device):
    assert write(device, 120, 50) == 127
    assert write(device, -120, -50) == -127
    assert write(device, 127, -3) == 124


def test_whole_levels_need_no_luck():
    for uniform in (0.0, 0.5, 1 - 2**-24):
        assert write(STOCHASTIC, 5, 3, uniform) == 8


@pytest.mark.parametrize("device", [STOCHASTIC, NEAREST])
def test_weight_is_level_times_lsb(device):
    assert sense(device, 0, 0, np.float64(-64)) == -0.5


def test_only_stochastic_rounding_draws():
    assert (draws(STOCHASTIC), draws(NEAREST)) == (1, 0)
