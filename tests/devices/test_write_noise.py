"""Write noise around a pulsed device."""
from __future__ import annotations

import numpy as np
import pytest
from components import DEVICES

from neurosim.contract import Scratch, draws, program, roll
from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.write_noise import WriteNoise
from neurosim.random import Key

CELLS = 4_096
SIGMA, STEP = np.float64(0.05), np.float64(0.01)


def made(n=1, stuck=False):
    """`n` devices in one row, at 0.2."""
    step = np.full((1, n), 0.0 if stuck else STEP)
    upper, lower = (np.full((1, n), bound) for bound in ((0.2, 0.2) if stuck else (1.0, -1.0)))
    inner = ConstantStep(STEP, np.float64(31), step, step.copy(), upper, lower, np.float64(0.3))
    return WriteNoise(inner, np.full((1, n), 0.2), SIGMA)


def write(device, conductance, dw, uniform=0.0, normal=0.0, second=0.0, c=0):
    return program(device, 0, c, *map(np.float64, (conductance, dw, uniform, normal, second)))


def rolled(device, n=CELLS):
    """The three draws of every cell."""
    empty = (np.zeros(0, np.int64), np.zeros(0), np.zeros((4, 0)))
    scratch = Scratch(*empty, *(np.zeros(n) for _ in range(3)))
    roll(device, Key(3, 17, 5), 0, scratch)
    return scratch.uniform, scratch.normal, scratch.second


def test_state_obeys_the_inner_device_and_the_noise_is_on_top():
    device = made()
    visible = write(device, 0.31, 0.03, normal=0.5, second=-1.5)
    wanted = program(device.inner, 0, 0, *map(np.float64, (0.2, 0.03, 0, 0.5, -1.5)))
    assert device.persistent[0, 0] == wanted != 0.2
    assert visible == wanted + SIGMA * -1.5


def test_a_cell_without_a_pulse_keeps_its_noise():
    device = made()
    assert write(device, 0.31, 0.004, uniform=0.5, second=2.0) == 0.31  # 0.4 of a pulse, rounded down
    assert device.persistent[0, 0] == 0.2
    assert write(device, 0.31, 0.004, uniform=0.7, second=2.0) != 0.31  # rounded up


def test_noise_does_not_add_up():
    """Fifty pulses and fifty back: the state returns, the noise is that of the last write alone."""
    device = made()
    visible, rng = 0.2, np.random.default_rng(1)
    for n in range(100):
        visible = write(device, visible, 0.01 if n < 50 else -0.01, second=rng.standard_normal())
    last = np.random.default_rng(1).standard_normal(100)[-1]
    assert device.persistent[0, 0] == pytest.approx(0.2, abs=1e-12)
    assert visible == pytest.approx(0.2 + SIGMA * last, abs=1e-12)


def test_noise_has_the_stated_standard_deviation():
    device = made(CELLS)
    uniform, normal, second = rolled(device)
    visible = np.array([
        write(device, 0.2, 0.01, uniform[c], normal[c], second[c], c) for c in range(CELLS)])
    noise = visible - device.persistent[0]
    assert abs(noise.mean()) < 5 * SIGMA / np.sqrt(CELLS)
    assert abs(noise.std() - SIGMA) < 5 * SIGMA / np.sqrt(2 * CELLS)


def test_the_three_draws_of_a_cell_are_independent():
    draws_of_cells = rolled(made(CELLS))
    correlation = np.corrcoef(draws_of_cells) - np.eye(3)
    assert np.abs(correlation).max() < 5 / np.sqrt(CELLS)


def test_inner_draws_are_those_of_the_bare_device():
    """Switching write noise on changes no other draw."""
    device = made(64)
    for with_noise, bare in zip(rolled(device, 64)[:2], rolled(device.inner, 64)[:2], strict=True):
        assert (with_noise == bare).all()
    assert draws(device) == 3 and draws(device.inner) == 2


def test_the_state_of_a_stuck_device_never_moves():
    device = made(stuck=True)
    for dw in (0.05, -0.05):
        assert write(device, 0.2, dw, normal=2.0, second=1.0) == 0.2 + SIGMA
        assert device.persistent[0, 0] == 0.2


def test_only_the_state_is_bounded():
    device = made()
    for _ in range(10):
        visible = write(device, 0.2, 0.3, second=3.0)
    assert device.persistent[0, 0] == 1.0
    assert visible == 1.0 + 3 * SIGMA


@pytest.mark.parametrize("name", [name for name in DEVICES if name.startswith("write noise")])
def test_listed_devices_start_with_state_and_conductance_equal(name):
    cells = np.full((4, 64), np.float32(0.1))
    assert (DEVICES[name](cells).persistent == cells).all()
