"""Requests as pulse trains, and the draws of a row."""
from __future__ import annotations

import numpy as np
import pytest
from components import DEVICES, STEP

from neurosim.contract import Scratch, draws, roll
from neurosim.devices.pulses import pulses, rounded_count
from neurosim.random import Key, fill_normal, fill_uniform

REQUESTS = 20_000
PULSED = [name for name in DEVICES if draws(DEVICES[name](np.zeros((1, 64), np.float32))) >= 2]
BARE = [name for name in PULSED if "write noise" not in name]
ALMOST_ONE = np.float32(1 - 2**-24)


def count(request, uniform, most=31):
    return rounded_count(np.float64(request), np.float64(1), np.float64(most), np.float64(uniform))


@pytest.mark.parametrize("request_", [0.05, 0.5, 7.3, -7.3])
def test_count_is_right_in_the_mean(request_):
    """20 000 requests; rounding has variance f (1 - f)."""
    counts = np.array([count(request_, u) for u in np.random.default_rng(6).random(REQUESTS)])
    fraction = abs(request_) % 1
    assert abs(counts.mean() - abs(request_)) < 5 * np.sqrt(fraction * (1 - fraction) / REQUESTS)
    assert set(counts) == {np.floor(abs(request_)), np.ceil(abs(request_))}


def test_a_train_is_no_longer_than_allowed():
    assert count(1000, 0) == 31
    assert count(31, ALMOST_ONE) == 31
    assert count(1000, 0, np.inf) == 1000


@pytest.mark.parametrize("name", BARE)
def test_no_request_is_no_pulse(name):
    device = DEVICES[name](np.zeros((1, 64), np.float32))
    assert pulses(device, np.float32(0), ALMOST_ONE) == 0


@pytest.mark.parametrize("name", BARE)
def test_pulses_answers_for_every_pulsed_device(name):
    device = DEVICES[name](np.zeros((1, 64), np.float32))
    for sign in (1, -1):
        assert pulses(device, np.float32(2.5 * STEP * sign), np.float32(0.25)) == 2
        assert pulses(device, np.float32(2.5 * STEP * sign), np.float32(0.75)) == 3


def rolled(name, key, first, width):
    rows = [np.zeros(width, np.float32) for _ in range(3)]
    empty = (np.zeros(0, np.int64), rows[0][:0], np.zeros((4, 0), np.float32))
    roll(DEVICES[name](np.zeros((1, 64), np.float32)), key, first, Scratch(*empty, *rows))
    return rows


@pytest.mark.parametrize("name", PULSED)
def test_draws_belong_to_the_cell_wherever_the_row_starts(name):
    key = Key(3, 17, 5)
    for whole, part in zip(rolled(name, key, 0, 192), rolled(name, key, 64, 128), strict=True):
        assert (whole[64:] == part).all()


@pytest.mark.parametrize("name", PULSED)
def test_draws_are_those_of_the_stated_streams(name):
    uniform, normal, _ = rolled(name, Key(3, 17, 5), 0, 64)
    wanted = np.zeros((2, 64), np.float32)
    fill_uniform(Key(3, 17, 5), 0, wanted[0])
    fill_normal(Key(3, 17 + 64, 5), 0, wanted[1])
    assert (uniform == wanted[0]).all() and (normal == wanted[1]).all()
