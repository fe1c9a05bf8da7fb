"""1/f read noise as a process: variance, spectrum, memory, and its independence of how time is split."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import age, sense
from neurosim.devices.conductance_models import flicker_growth
from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.flicker import Flicker, components
from neurosim.devices.pulses import fire
from neurosim.random import Key

Q, READ_S, ROWS = 0.02, 1e-6, 16
N = ROWS * 64


def made(dtype=np.float64):
    """Devices at 0.5, and their conductance."""
    relaxation_s, sd = components(Q, READ_S)
    zero = np.zeros((ROWS, 64), dtype)
    parts = np.zeros((relaxation_s.size, ROWS, 64), dtype)
    inner = ConstantStep(dtype(0.25), dtype(31), *(zero + dtype(x) for x in (0.25, 0.25, 1, -1)), dtype(0), dtype(0))
    device = Flicker(inner, zero.copy(), parts, np.zeros(1), relaxation_s, np.float64(sd), np.zeros(64, dtype))
    return device, zero + dtype(0.5)


def variance(t, relaxation_s, sd):
    """Of the sum of the components, t after they all were 0."""
    return sd**2 * (1 - np.exp(-2 * np.asarray(t)[..., None] / relaxation_s)).sum(axis=-1)


def wait(device, g, now_s, step=0):
    age(device, g, Key(1, 8, step), np.float64(now_s))


@pytest.mark.parametrize("read_s", [1e-9, 250e-9, 1e-6, 1e-3, 1.0])
def test_variance_accumulates_with_the_logarithm_of_time(read_s):
    """Within 5 % from 1000 reads on, as far as a tenth of the time that is covered."""
    t = np.logspace(np.log10(1e3 * read_s), 7, 200)
    relaxation_s, sd = components(Q, read_s)
    wanted = np.array([Q**2 * flicker_growth(moment, read_s)**2 for moment in t])
    assert 6 <= relaxation_s.size <= 10
    assert np.abs(variance(t, relaxation_s, sd) / wanted - 1).max() < 0.05


@pytest.mark.parametrize("read_s", [250e-9, 1e-3])
def test_the_spectrum_falls_as_one_over_f(read_s):
    """Slope -1 +- 0.1 over the decades between the ends, and the level Q^2 / f of a uniform density in ln tau within 5 %."""
    relaxation_s, sd = components(Q, read_s)
    f = np.logspace(np.log10(3 / (2 * np.pi * relaxation_s[-1])), np.log10(1 / (6 * np.pi * relaxation_s[0])), 400)
    power = (4 * sd**2 * relaxation_s / (1 + (2 * np.pi * f[:, None] * relaxation_s) ** 2)).sum(axis=1)  # one-sided
    slope, _ = np.polyfit(np.log(f), np.log(power), 1)
    assert abs(slope + 1) < 0.1
    middle = (f > 10 * f[0]) & (f < f[-1] / 10)
    assert abs((power * f)[middle].mean() / Q**2 - 1) < 0.05


def test_two_reads_differ_by_the_logarithm_of_the_time_between_them():
    """What a spectrum Q^2 / f means in time: E(e(t + d) - e(t))^2 grows by 2 Q^2 for every factor e of d, here over eight decades."""
    device, g = made()
    distances = np.logspace(-3, 5, 9)
    expected = 2 * device.sd**2 * (1 - np.exp(-distances[:, None] / device.relaxation_s)).sum(axis=1)
    slope, _ = np.polyfit(np.log(distances), expected, 1)
    assert abs(slope / (2 * Q**2) - 1) < 0.05
    now_s = 1e9
    wait(device, g, now_s, 0)
    for k, distance in enumerate(distances):
        before, now_s = device.excess.copy(), now_s + distance
        wait(device, g, now_s, k + 1)
        square = ((device.excess - before) ** 2).mean()
        assert abs(square / expected[k] - 1) < 5 * np.sqrt(2 / N)


@pytest.mark.parametrize("moments", [[3600.0], [1e-4, 1.0, 1.5, 3600.0]], ids=["at once", "in four parts"])
def test_noise_of_many_devices_has_the_accumulated_variance_however_time_is_split(moments):
    device, g = made()
    for k, t in enumerate(moments):
        wait(device, g, t, k)
    sd = np.sqrt(variance(3600.0, device.relaxation_s, device.sd))
    assert abs(device.excess.mean()) < 5 * sd / np.sqrt(N) and abs(device.excess.std() - sd) < 5 * sd / np.sqrt(2 * N)


def test_a_later_read_finds_the_slow_part_again():
    """Covariance over a wait: each component keeps exp(-t / tau) of what it had."""
    device, g = made()
    wait(device, g, 1000.0, 0)
    first = device.excess.copy()
    wait(device, g, 1100.0, 1)
    total = variance(1000.0, device.relaxation_s, device.sd)
    kept = device.sd**2 * ((1 - np.exp(-2000 / device.relaxation_s)) * np.exp(-100 / device.relaxation_s)).sum()
    assert 0.1 < kept / total < 0.9
    assert abs((first * device.excess).mean() - kept) < 5 * np.sqrt(2) * total / np.sqrt(N)


def test_components_are_independent():
    device, g = made()
    wait(device, g, 1e9)
    correlation = np.corrcoef(device.components.reshape(device.relaxation_s.size, -1)) - np.eye(device.relaxation_s.size)
    assert np.abs(correlation).max() < 5 / np.sqrt(N)


def test_a_read_is_off_in_proportion_to_the_weight_and_a_write_is_not_off():
    device, g = made()
    wait(device, g, 1.0)
    assert sense(device, 3, 5, np.float64(0.5)) == 0.5 + 0.5 * device.excess[3, 5] != 0.5
    before = device.excess.copy()
    assert fire(device, 3, 5, *map(np.float64, (0.5, 1, 0, 0))) == 0.75
    assert (device.excess == before).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_precisions_see_the_same_noise(dtype):
    device, g = made(dtype)
    exact, h = made()
    for k, t in enumerate((1.0, 2.0)):
        wait(device, g, t, k)
        wait(exact, h, t, k)
    assert np.allclose(device.excess, exact.excess, atol=1e-6)
