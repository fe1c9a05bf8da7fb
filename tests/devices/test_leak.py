"""Exponential leak and diffusion: the law, its independence of how time is split, and what a write does to it."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import age, sense
from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.leak import Leak
from neurosim.devices.pulses import fire
from neurosim.random import Key

STEP, ROWS = np.float64(0.01), 16
N = ROWS * 64


def made(rate=0.0, reset=0.0, diffusion=0.0, dtype=np.float64):
    """Devices at 0.5, and their conductance."""
    def full(x):
        return np.full((ROWS, 64), x, dtype)

    inner = ConstantStep(dtype(STEP), dtype(31), *(full(x) for x in (STEP, STEP, 1, -1)), dtype(0), dtype(0))
    device = Leak(
        inner, full(0), full(0), np.zeros((ROWS, 64)), np.zeros(1), full(rate), full(reset), full(diffusion), np.zeros(1),
        np.zeros(64, dtype))
    return device, full(0.5)


def wait(device, g, now_s, step=0):
    device.clock[0] = now_s
    age(device, g, Key(1, 8, step), device.clock[0])


def seen(device, g):
    return sense(device, slice(None), slice(None), g)


def write(device, g, dw, c=0):
    zero = g.dtype.type(0)
    g[0, c] = fire(device, 0, c, g[0, c], np.trunc(g.dtype.type(dw / STEP + 1e-9)), zero, zero)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-13), (np.float32, 1e-6)])
def test_weights_relax_exponentially_to_the_reset_value(dtype, rtol):
    device, g = made(0.02, -0.1, dtype=dtype)
    for t in (0.0, 1e-3, 1.0, 50.0, 1e4):
        wait(device, g, t)
        assert np.allclose(seen(device, g), -0.1 + 0.6 * np.exp(-0.02 * t), rtol=rtol)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_diffusion_any_splitting_of_a_rest_is_the_same_bit_for_bit(dtype):
    results = []
    for moments in ([100.0], np.linspace(1, 100, 9), [1e-6, 2e-6, 100.0]):
        device, g = made(0.02, 0.1, dtype=dtype)
        for t in moments:
            wait(device, g, t)
        results.append(seen(device, g).tobytes())
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("moments", [[40.0], [1.0, 3.0, 10.0, 40.0]], ids=["at once", "in four parts"])
@pytest.mark.parametrize("rate", [0.0, 0.02])
def test_diffusion_has_its_variance_however_time_is_split(rate, moments):
    device, g = made(rate, 0.0, 0.01)
    for k, t in enumerate(moments):
        wait(device, g, t, k)
    wandered = seen(device, g) - 0.5 * np.exp(-rate * 40)
    sd = 0.01 * np.sqrt(40 if rate == 0 else (1 - np.exp(-2 * rate * 40)) / (2 * rate))
    assert abs(wandered.mean()) < 5 * sd / np.sqrt(N) and abs(wandered.std() - sd) < 5 * sd / np.sqrt(2 * N)


def test_what_has_wandered_is_forgotten_as_the_weight_is():
    """Correlation of an Ornstein-Uhlenbeck process over the second half of a wait."""
    device, g = made(0.02, 0.0, 0.01)
    wait(device, g, 500.0, 0)
    first = device.shift.copy()
    wait(device, g, 530.0, 1)
    correlation = np.corrcoef(first.ravel(), device.shift.ravel())[0, 1]
    assert abs(correlation - np.exp(-0.6)) < 5 * (1 - np.exp(-1.2)) / np.sqrt(N)


def test_a_write_restarts_leak_and_diffusion_of_its_cell():
    device, g = made(0.02, 0.1, 0.01)
    wait(device, g, 40.0, 0)
    left = seen(device, g)[0, 0]
    device.clock[0] = 50.0
    write(device, g, 0.05)
    assert seen(device, g)[0, 0] == pytest.approx(left + 0.05) and device.shift[0, 0] == 0
    assert device.programmed_s[0, 0] == 50 and device.programmed_s[0, 1] == 0
    wait(device, g, 60.0, 1)
    assert seen(device, g)[0, 0] == pytest.approx(0.1 + (left - 0.05) * np.exp(-0.2) + device.shift[0, 0], rel=1e-12)
    assert abs(device.shift[0, 0]) < 6 * 0.01 * np.sqrt(10)


def test_a_request_without_a_pulse_leaves_the_cell_alone():
    device, g = made(0.02, 0.1, 0.01)
    wait(device, g, 40.0)
    before = [array.copy() for array in (g, device.lost, device.shift, device.programmed_s)]
    write(device, g, 0.004)
    assert all((a == b).all() for a, b in zip(before, (g, device.lost, device.shift, device.programmed_s), strict=True))
