"""Power-law drift: the law, its independence of how time is split, and what a write does to it."""
from __future__ import annotations

import numpy as np
import pytest
from components import DEVICES

from neurosim.contract import age, draws, sense
from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.drift import Drift
from neurosim.devices.pulses import fire
from neurosim.random import Key

KEY, T0_S, STEP = Key(1, 8, 0), 20.0, np.float64(0.01)
NU = np.linspace(0.0, 0.1, 64)


def made(dtype=np.float64):
    """64 devices at 0.5 with different exponents, and their conductance."""
    ones = np.ones((1, 64), dtype)
    inner = ConstantStep(dtype(STEP), dtype(31), *(ones * dtype(x) for x in (STEP, STEP, 1, -1)), dtype(0), dtype(0))
    device = Drift(inner, ones.copy(), np.zeros((1, 64)), NU[None].astype(dtype), np.float64(T0_S), np.zeros(1))
    return device, ones * dtype(0.5)


def wait(device, g, now_s):
    device.clock[0] = now_s
    age(device, g, KEY, device.clock[0])


def seen(device, g):
    return np.array([sense(device, 0, c, g[0, c]) for c in range(64)])


def write(device, g, c, dw):
    zero = g.dtype.type(0)
    g[0, c] = fire(device, 0, c, g[0, c], np.trunc(g.dtype.type(dw / STEP + 1e-9)), zero, zero)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-14), (np.float32, 1e-6)])
def test_weights_fade_as_a_power_of_time(dtype, rtol):
    device, g = made(dtype)
    for t in (0.0, 1e-3, 1.0, 3600.0, 3e7):
        wait(device, g, t)
        assert np.allclose(seen(device, g), 0.5 * ((t + T0_S) / T0_S) ** -NU, rtol=rtol)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_splitting_of_a_rest_is_the_same_bit_for_bit(dtype):
    results = []
    for moments in ([1e5], np.linspace(10, 1e5, 17), [1e-3, 1.0, 2.0, 1e5]):
        device, g = made(dtype)
        for t in moments:
            wait(device, g, t)
        results.append(seen(device, g).tobytes())
    assert results[0] == results[1] == results[2]


def test_a_write_restarts_the_clock_of_its_cell_alone():
    device, g = made()
    wait(device, g, 100.0)
    left = seen(device, g)
    write(device, g, 40, 0.05)
    assert seen(device, g)[40] == pytest.approx(left[40] + 0.05)  # five pulses on what was left
    wait(device, g, 300.0)
    assert seen(device, g)[40] == pytest.approx((left[40] + 0.05) * ((200 + T0_S) / T0_S) ** -NU[40], rel=1e-13)
    assert seen(device, g)[41] == pytest.approx(0.5 * ((300 + T0_S) / T0_S) ** -NU[41], rel=1e-13)


def test_a_write_between_two_looks_counts_from_its_own_moment():
    device, g = made()
    wait(device, g, 100.0)
    device.clock[0] = 150.0
    write(device, g, 63, 0.05)
    wait(device, g, 190.0)
    assert seen(device, g)[63] == pytest.approx((0.5 * 6**-NU[63] + 0.05) * 3**-NU[63], rel=1e-13)


def test_a_request_without_a_pulse_leaves_cell_and_clock_alone():
    device, g = made()
    wait(device, g, 100.0)
    before = device.remaining.copy()
    write(device, g, 10, 0.004)  # 0.4 of a pulse, rounded down
    assert g[0, 10] == 0.5 and device.programmed_s[0, 10] == 0 and (device.remaining == before).all()


def test_bounds_hold_for_what_is_left():
    device, g = made()
    wait(device, g, 1e6)
    write(device, g, 63, 0.3)
    assert g[0, 63] == pytest.approx(0.5 * 50001**-0.1 + 0.3) and device.remaining[0, 63] == 1


def test_a_wrapper_draws_what_the_device_inside_draws():
    cells = np.full((4, 64), np.float32(0.1))
    assert draws(DEVICES["drift"](cells)) == 2 and draws(DEVICES["flicker"](cells)) == 2
