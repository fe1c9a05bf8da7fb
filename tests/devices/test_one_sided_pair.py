"""Pairs of devices that can only be pulsed up."""
from __future__ import annotations

import numpy as np
import pytest
from ageing_devices import drift, leak
from worn_devices import closing, mortal, worn

from neurosim.contract import age, is_ageing, sense
from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.one_sided_pair import OneSidedPair
from neurosim.devices.pulses import fire, granule, longest, reset_to
from neurosim.devices.writing import write_row
from neurosim.random import Key
from neurosim.workspace import workspace

STEP, N = 0.01, 64


def made(g_plus=0.2, g_minus=0.1, reset=0.0):
    """A row of pairs on exact devices of range 0 to 1."""
    half = ConstantStep(*map(np.float64, (STEP, 31)), *(np.full((1, N), v) for v in (STEP, STEP, 1.0, 0.0)), *map(np.float64, (0, 0)))
    cells = (np.full((1, N), float(v)) for v in (g_plus, g_minus, reset, reset))
    return OneSidedPair(half, half, *cells, np.float64(0.75), np.float64(0.25))


def write(device, dw, now=0):
    g = device.g_plus - device.g_minus
    scratch = workspace(0, N, np.float64)._replace(drive=np.full((4, N), float(dw)))
    write_row(device, g, 0, scratch.drive, 0, scratch, Key(1, 16, now))
    return g


def pulse(device, pulses):
    return fire(device, 0, 0, np.float64(0.1), np.float64(pulses), np.float64(0), np.float64(0))


def test_an_up_pulse_goes_to_the_plus_device_and_a_down_pulse_to_the_minus_device():
    device = made()
    assert pulse(device, 3) == pytest.approx(0.13)
    assert (device.g_plus[0, 0], device.g_minus[0, 0]) == pytest.approx((0.23, 0.1))
    assert pulse(device, -2) == pytest.approx(0.11)
    assert (device.g_plus[0, 0], device.g_minus[0, 0]) == pytest.approx((0.23, 0.12))
    assert (granule(device), longest(device)) == (STEP, 31)


def test_pulses_that_cancel_fill_both_devices():
    device = made(0.2, 0.2)
    for _ in range(20):
        pulse(device, 1)
        pulse(device, -1)
    assert device.g_plus[0, 0] == device.g_minus[0, 0] == pytest.approx(0.4)


def test_a_pair_that_is_nearly_full_is_reset_and_keeps_its_weight():
    device = made(0.74, 0.5, reset=0.02)
    g = write(device, 2 * STEP)  # 0.76 is above three quarters, 0.5 above one
    assert np.allclose(g, 0.26, atol=0.006) and np.allclose(device.g_plus, 0.02 + 0.26, atol=0.006) and np.allclose(device.g_minus, 0.02)


@pytest.mark.parametrize(("g_plus", "g_minus"), [(0.7, 0.6), (0.9, 0.2)])
def test_a_pair_with_room_is_left_alone(g_plus, g_minus):
    """Not full, or the other device hardly used: nothing would be won."""
    device = made(g_plus, g_minus)
    write(device, STEP)
    assert np.allclose(device.g_plus, g_plus + STEP) and np.allclose(device.g_minus, g_minus)


def test_the_sign_survives_a_refresh():
    device = made(0.5, 0.76)
    assert np.allclose(write(device, -STEP), -0.27, atol=0.006)
    assert np.allclose(device.g_plus, 0) and np.allclose(device.g_minus, 0.27, atol=0.006)


def test_the_pulses_of_a_refresh_are_counted():
    """Reset, then 10 pulses write the difference of 0.1 anew."""
    pair = made(0.8, 0.7)
    device, g = worn(lambda g: pair)(np.zeros((1, N))), pair.g_plus - pair.g_minus
    write_row(device, g, 0, np.zeros((1, N)), 0, workspace(0, N, np.float64), Key(1, 16, 0))
    assert np.allclose(pair.g_plus, 0.1) and (pair.g_minus == 0).all()
    assert (device.up == 10).all() and not device.down.any()


def test_a_reset_leaves_a_worn_device_as_it_is():
    """The minus devices are at their end; the plus devices are reset and written to make up for them, 31 pulses at most."""
    pair = made(0.8, 0.7)
    halves = [mortal(lambda g: pair.plus, cycles)(np.zeros((1, N))) for cycles in (1e6, 5)]
    halves[1].seen[...] = 5
    device = pair._replace(plus=halves[0], minus=halves[1])
    g = write(device, 0.0)
    assert (device.g_minus == 0.7).all() and np.allclose(device.g_plus, 0.31) and np.allclose(g, 0.31 - 0.7)
    assert (halves[0].seen == 31).all() and (halves[1].seen == 5).all()


def test_a_reset_stays_within_a_window_that_has_closed():
    pair = made(0.8, 0.7, reset=0.1)
    window = closing(lambda g: pair.plus, cycles=10)(np.zeros((1, N)))
    window.seen[...] = 5
    assert reset_to(window, 0, 0, np.float64(0.8), np.float64(0.1)) == pytest.approx(0.25)


def ageing(g_plus=0.8, g_minus=0.7, exponents=(0.05, 0.1)):
    """A row of pairs that drift, plus and minus devices with exponents of their own."""
    pair = made(g_plus, g_minus)
    halves = [drift(lambda g: pair.plus)(np.zeros((1, N))) for _ in exponents]
    for half, exponent in zip(halves, exponents, strict=True):
        half.exponent[...] = exponent
    return pair._replace(plus=halves[0], minus=halves[1])


def test_both_devices_of_a_pair_drift_and_what_is_read_is_their_difference():
    device = ageing()
    age(device, device.g_plus - device.g_minus, Key(1, 8, 0), 1000.0)
    span = (1000.0 + device.plus.t0_s) / device.plus.t0_s
    assert is_ageing(device) and not is_ageing(made())
    assert sense(device, 0, 0, np.float64(0.1)) == pytest.approx(0.8 * span**-0.05 - 0.7 * span**-0.1, rel=1e-12)


def test_a_pulse_restarts_the_clock_of_the_device_that_it_goes_to():
    device = ageing(exponents=(0.1, 0.1))
    age(device, device.g_plus - device.g_minus, Key(1, 8, 0), 1000.0)
    device.plus.clock[0] = device.minus.clock[0] = 1000.0
    left = device.plus.remaining[0, 0]
    pulse(device, 1)
    assert left < 0.7 and device.g_plus[0, 0] == pytest.approx(0.8 * left + STEP) and device.g_minus[0, 0] == 0.7
    assert (device.plus.programmed_s[0, 0], device.minus.programmed_s[0, 0]) == (1000.0, 0.0)


def test_a_pair_that_has_drifted_out_of_the_way_is_not_refreshed_and_one_that_is_refreshed_keeps_what_is_read():
    """0.8 and 0.7 are due when new; faded to below three quarters they are not."""
    faded, fresh = ageing(exponents=(0.1, 0.1)), ageing(exponents=(0.01, 0.01))
    for device in (faded, fresh):
        age(device, device.g_plus - device.g_minus, Key(1, 8, 0), 1000.0)
        device.plus.clock[0] = device.minus.clock[0] = 1000.0
    before = sense(fresh, 0, 0, np.float64(0.0))
    write(faded, 0.0)
    assert (faded.g_plus == 0.8).all() and (faded.plus.programmed_s == 0).all()
    write(fresh, 0.0)
    assert (fresh.plus.programmed_s == 1000.0).all() and (fresh.plus.remaining == 1).all() and (fresh.g_minus == 0).all()
    assert sense(fresh, 0, 0, np.float64(0.0)) == pytest.approx(before, abs=STEP / 2)


def test_the_two_devices_of_a_pair_wander_apart():
    """Diffusion draws for each device: the variance of the difference is the sum of both."""
    pair = made(0.5, 0.5)
    halves = [leak(lambda g: pair.plus, rate=0.0, diffusion=0.01)(np.ones((1, N))) for _ in range(2)]
    device = pair._replace(plus=halves[0], minus=halves[1])
    age(device, pair.g_plus - pair.g_minus, Key(1, 8, 0), 4.0)
    shifts = np.array([half.shift[0] for half in halves])
    assert abs(np.corrcoef(shifts)[0, 1]) < 5 / np.sqrt(N)
    assert np.allclose([sense(device, 0, c, np.float64(0.0)) for c in range(N)], shifts[0] - shifts[1], atol=1e-15)
