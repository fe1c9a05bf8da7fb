"""Time passes for a chip that is switched off: as the laws of its devices say, and only for what ages."""
from __future__ import annotations

import math

import numpy as np
import pytest
from small_chips import network, profile_of
from small_learning import DEVICE

from neurosim.chip import compile_chip
from neurosim.waiting import wait

DRIFT = {"step_s": 1.0, "drift_nu": 0.1, "drift_t0_s": 2.0}


def chip_of(seed=1, readout="chip", device=DEVICE, **tables):
    return compile_chip(profile_of(weights={"format": "conductance"}, device=device, **tables), network(), seed, readout=readout)


def test_weights_drift_as_a_power_of_the_time_since_they_were_written():
    chip = chip_of(readout="digital", time=DRIFT)
    before = chip.weights()
    assert wait(chip, 1000.0, 1) and chip.clock_s[0] == 1000
    for name in ("inputs", "recurrent"):
        np.testing.assert_allclose(chip.weights()[name], before[name] * ((1000 + 2) / 2) ** -0.1, rtol=1e-5)
    assert (chip.weights()["readout"] == before["readout"]).all()


def test_weights_leak_exponentially_and_waiting_twice_is_waiting_longer():
    once, twice = (chip_of(time={"step_s": 1.0, "leak_lifetime_s": 100.0}) for _ in range(2))
    before = once.weights()["recurrent"]
    wait(once, 30.0, 1)
    wait(twice, 10.0, 1)
    wait(twice, 20.0, 1)
    np.testing.assert_allclose(once.weights()["recurrent"], before * math.exp(-0.3), rtol=1e-5)
    np.testing.assert_allclose(twice.weights()["recurrent"], once.weights()["recurrent"], rtol=1e-6)


def test_diffusion_is_that_of_the_seed_and_differs_between_arrays():
    """Standard deviation d sqrt(t) over 1600 devices, within 5 of its own standard errors; one normalised unit is the largest weight."""
    first, again, other = (chip_of(time={"step_s": 1.0, "diffusion_per_sqrt_s": 0.01}) for _ in range(3))
    before = first.weights()["recurrent"]
    for chip, seed in ((first, 1), (again, 1), (other, 2)):
        wait(chip, 25.0, seed)
    after = first.weights()["recurrent"]
    assert (after == again.weights()["recurrent"]).all() and (after != other.weights()["recurrent"]).any()
    expected = 0.05 * first.arrays["recurrent"].scale
    assert np.std(after - before) == pytest.approx(expected, rel=5 / math.sqrt(2 * 1600))


def test_wires_follow_weights_that_have_faded():
    wires = {"wire_row_Ohm": 20.0, "wire_col_Ohm": 20.0, "driver_Ohm": 200.0, "sense_Ohm": 200.0}
    chip = chip_of(device={**DEVICE, "g_max_S": 1e-4}, time=DRIFT, topology=wires)
    array = chip.arrays["recurrent"]
    share = np.abs(array.weights()).sum() / np.abs(array.stored()).sum()
    wait(chip, 1e8, 1)
    assert share < np.abs(array.weights()).sum() / np.abs(array.stored()).sum() < 1


@pytest.mark.parametrize("tables", [{}, {"time": {"step_s": 1.0}}], ids=["no time", "nothing ages"])
def test_a_chip_that_time_does_nothing_to_says_so(tables):
    chip = chip_of(**tables)
    before = {name: array.tobytes() for name, array in chip.state().items()}
    assert not wait(chip, 1e9, 1)
    assert {name: array.tobytes() for name, array in chip.state().items()} == before
