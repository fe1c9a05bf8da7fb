"""Write noise around a pulsed device."""
from __future__ import annotations

import numpy as np
import pytest
from components import DEVICES

from neurosim.contract import draws
from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.pulses import fire
from neurosim.devices.write_noise import WriteNoise
from neurosim.devices.writing import write_row
from neurosim.random import Key
from neurosim.workspace import workspace

CELLS = 4_096
SIGMA, STEP = np.float64(0.05), np.float64(0.01)


def made(n=1, stuck=False):
    """`n` devices in one row, at 0.2."""
    step = np.full((1, n), 0.0 if stuck else STEP)
    upper, lower = (np.full((1, n), bound) for bound in ((0.2, 0.2) if stuck else (1.0, -1.0)))
    inner = ConstantStep(STEP, np.float64(31), step, step.copy(), upper, lower, np.float64(0.3), np.float64(1.5))
    return WriteNoise(inner, np.full((1, n), 0.2), SIGMA)


def write(device, conductance, pulses, normal=0.0, second=0.0, c=0):
    return fire(device, 0, c, *map(np.float64, (conductance, pulses, normal, second)))


def written(device, dw, now=5):
    """Conductance after a request to every cell, through the row kernel."""
    n = device.persistent.shape[1]
    g, scratch = np.full((1, n), 0.2), workspace(0, n, np.float64)._replace(drive=np.full((4, n), dw))
    write_row(device, g, 0, scratch.drive, 0, scratch, Key(3, 17, now))
    return g[0]


def test_state_obeys_the_inner_device_and_the_noise_is_on_top():
    device = made()
    visible = write(device, 0.31, 3, normal=0.5, second=-1.5)
    wanted = fire(device.inner, 0, 0, *map(np.float64, (0.2, 3, 0.5, -1.5)))
    assert device.persistent[0, 0] == wanted != 0.2
    assert visible == wanted + SIGMA * -1.5


def test_a_cell_without_a_pulse_keeps_its_noise():
    device = made()
    assert write(device, 0.31, 0, second=2.0) == 0.31
    assert device.persistent[0, 0] == 0.2
    assert write(device, 0.31, 1, second=2.0) != 0.31


def test_noise_does_not_add_up():
    """Fifty pulses and fifty back: the state returns, the noise is that of the last write alone."""
    device = made()
    visible, rng = 0.2, np.random.default_rng(1)
    for n in range(100):
        visible = write(device, visible, 1 if n < 50 else -1, second=rng.standard_normal())
    last = np.random.default_rng(1).standard_normal(100)[-1]
    assert device.persistent[0, 0] == pytest.approx(0.2, abs=1e-12)
    assert visible == pytest.approx(0.2 + SIGMA * last, abs=1e-12)


def test_noise_has_the_stated_standard_deviation():
    device = made(CELLS)
    noise = written(device, 0.01) - device.persistent[0]
    assert abs(noise.mean()) < 5 * SIGMA / np.sqrt(CELLS)
    assert abs(noise.std() - SIGMA) < 5 * SIGMA / np.sqrt(2 * CELLS)


def test_write_noise_and_cycle_noise_of_a_cell_are_independent():
    device = made(CELLS)
    noise, moved = written(device, 0.01) - device.persistent[0], device.persistent[0] - 0.2
    assert abs(np.corrcoef(noise, moved)[0, 1]) < 5 / np.sqrt(CELLS)


def test_switching_write_noise_on_changes_no_other_draw():
    device = made(64)
    bare = np.full((1, 64), 0.2)
    scratch = workspace(0, 64, np.float64)._replace(drive=np.full((4, 64), 0.035))
    write_row(device.inner, bare, 0, scratch.drive, 0, scratch, Key(3, 17, 5))
    written(device, 0.035)
    assert (device.persistent == bare).all() and draws(device) == 3 and draws(device.inner) == 2


def test_the_state_of_a_stuck_device_never_moves():
    device = made(stuck=True)
    for pulses in (5, -5):
        assert write(device, 0.2, pulses, normal=2.0, second=1.0) == 0.2 + SIGMA
        assert device.persistent[0, 0] == 0.2


def test_only_the_state_is_bounded():
    device = made()
    for _ in range(10):
        visible = write(device, 0.2, 30, second=3.0)
    assert device.persistent[0, 0] == 1.0
    assert visible == 1.0 + 3 * SIGMA


@pytest.mark.parametrize("name", [name for name in DEVICES if name.startswith("write noise")])
def test_listed_devices_start_with_state_and_conductance_equal(name):
    cells = np.full((4, 64), np.float32(0.1))
    assert (DEVICES[name](cells).persistent == cells).all()
