"""Soft-bounds device."""
from __future__ import annotations

import pathlib

import numpy as np
import pytest

from neurosim.contract import program
from neurosim.devices.soft_bounds import SoftBounds

GOLDEN = np.load(pathlib.Path(__file__).parents[1] / "golden" / "devices" / "pulse_response.npz")
SEQUENCES = 4_000
RRAM = (0.002, 0.002, 1.25, -0.75)  # ReRamSB of aihwkit: step up, step down, upper, lower


def made(hidden=RRAM, spread=0.0):
    """Devices whose nominal step is one unit of request; `hidden`: step up, step down, upper, lower."""
    up, down, upper, lower = (np.atleast_2d(np.asarray(row, np.float64)) for row in hidden)
    return SoftBounds(
        np.float64(1), np.float64(np.inf), up, down, -np.log(1 - up / upper), -np.log(1 + down / lower), upper, lower,
        np.float64(spread))


def write(device, w, pulses, normal=0.0, c=0):
    return program(device, 0, c, np.float64(w), np.float64(pulses), np.float64(0), np.float64(normal), np.float64(0))


def test_noise_free_response_equals_aihwkit():
    """Their float32 against our float64: 1e-6 after 2000 pulses."""
    device, wanted = made(GOLDEN["rram_soft_bounds_hidden"]), GOLDEN["rram_soft_bounds_response"]
    for c in range(wanted.shape[1]):
        response = [np.float64(0)]
        for n in range(2000):
            response.append(write(device, response[-1], 1 if n < 1000 else -1, c=c))
        assert np.abs(np.array(response)[::10] - wanted[:, c]).max() < 1e-6


@pytest.mark.parametrize("w", [-0.7, 0.0, 0.5, 1.2])
@pytest.mark.parametrize("sign", [1, -1])
def test_one_pulse_shrinks_linearly_towards_the_bound(w, sign):
    wanted = w + sign * 0.002 * (1 - w / (1.25 if sign > 0 else -0.75) + 3.75 * 0.1 * sign)
    assert write(made(spread=3.75), w, sign, 0.1) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_merged_mean_is_that_of_single_pulses(sign):
    device, w = made(), 0.3
    for _ in range(31):
        w = write(device, w, sign)
    assert write(device, 0.3, 31 * sign) == pytest.approx(w, rel=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_merged_noise_is_that_of_single_pulses(sign):
    """Ten coarse pulses (q = 0.9), far from the bounds: standard deviation over 4000 sequences."""
    device, rng = made((0.1, 0.1, 1.0, -1.0), 0.05), np.random.default_rng(4)
    ends = []
    for noise in rng.standard_normal((SEQUENCES, 10)):
        w = np.float64(-0.2 * sign)
        for normal in noise:
            w = write(device, w, sign, normal)
        ends.append(w)
    mean = write(device, -0.2 * sign, 10 * sign)
    sd = write(device, -0.2 * sign, 10 * sign, 1.0) - mean
    assert sd == pytest.approx(0.1 * 0.05 * np.sqrt((1 - 0.9**20) / (1 - 0.9**2)), rel=1e-12)
    assert abs(np.mean(ends) - mean) < 5 * sd / np.sqrt(SEQUENCES)
    assert abs(np.std(ends) - sd) < 5 * sd / np.sqrt(2 * SEQUENCES)


def test_no_step_at_the_bound():
    assert write(made(), 1.25, 1) == 1.25
    assert write(made(), -0.75, -1) == -0.75


def test_cancelling_pulses_forget_at_the_predicted_rate():
    """1 / (s_up / upper + s_down / |lower|) up-down pairs per factor of e, within 3 %, from w = 0.5 towards 0."""
    device, w, pairs = made(), 0.5, 0
    while w > 0.5 / np.e:
        w, pairs = write(device, write(device, w, 1), -1), pairs + 1
    assert pairs == pytest.approx(1 / (0.002 / 1.25 + 0.002 / 0.75), rel=0.03)


def test_cancelling_pulses_end_at_the_symmetry_point():
    """Where both steps are equal: (s_up - s_down) / (s_up / upper - s_down / lower)."""
    device, w = made((0.003, 0.001, 1.0, -0.5)), 0.9
    for _ in range(5000):
        w = write(device, write(device, w, 1), -1)
    assert w == pytest.approx((0.003 - 0.001) / (0.003 / 1.0 + 0.001 / 0.5), abs=0.003)  # within one step


def test_a_stuck_device_never_moves():
    device = made((0.0, 0.0, 0.3, 0.3), 3.75)._replace(rate_up=np.zeros((1, 1)), rate_down=np.zeros((1, 1)))
    for pulses in (1, -1, 50, -50):
        assert write(device, 0.3, pulses, normal=3.0) == 0.3
