"""Requests as pulse trains."""
from __future__ import annotations

import numpy as np
import pytest
from components import DEVICES, PULSED, STEP

from neurosim.devices.pulses import MOST_PULSES, PAIR, ROUND, at_once, fire, granule, is_pulsed, longest, rounded_count

REQUESTS = 20_000
ALMOST_ONE = np.float32(1 - 2**-24)


def count(request, uniform, most=31):
    return rounded_count(np.float64(request), np.float64(1), np.float64(most), np.float64(uniform))


@pytest.mark.parametrize("request_", [0.05, 0.5, 7.3, -7.3])
def test_count_is_right_in_the_mean(request_):
    """20 000 requests; rounding has variance f (1 - f)."""
    counts = np.array([count(request_, u) for u in np.random.default_rng(6).random(REQUESTS)])
    fraction = abs(request_) % 1
    assert abs(counts.mean() - request_) < 5 * np.sqrt(fraction * (1 - fraction) / REQUESTS)
    assert set(abs(counts)) == {np.floor(abs(request_)), np.ceil(abs(request_))}


def test_a_train_is_no_longer_than_allowed():
    assert count(1000, 0) == 31 and count(-1000, 0) == -31
    assert count(31, ALMOST_ONE) == 31
    assert count(1000, 0, np.inf) == 1000
    assert count(np.inf, 0) == 31 and count(-np.inf, 0) == -31


def test_no_request_is_no_pulse():
    assert rounded_count(np.float32(0), np.float32(STEP), np.float32(31), ALMOST_ONE) == 0


@pytest.mark.parametrize("name", PULSED)
def test_a_pulsed_device_says_its_step_and_its_longest_train(name):
    device = DEVICES[name](np.zeros((1, 64), np.float32))
    assert is_pulsed(device) and 0 < granule(device) <= np.float32(STEP) and longest(device) == 31


def test_one_pulse_or_none_can_be_fired_at_once():
    assert [at_once(None, 0, 0, 0.0, np.float32(n)) for n in (-2, -1, 0, 1, 2)] == [False, True, True, True, False]


@pytest.mark.parametrize("name", PULSED)
def test_padding_never_moves(name):
    """Arrays of 0 are what padding holds."""
    device = DEVICES[name](np.zeros((1, 64), np.float32))
    zeroed = zero_arrays(device)
    for pulses in (1, -1):
        w = fire(zeroed, 0, 0, np.float32(0), np.float32(pulses), np.float32(2), np.float32(0))
        assert w == 0


def zero_arrays(part):
    """The same part with every array per cell zero."""
    if isinstance(part, np.ndarray):
        return part * 0 if part.ndim == 2 else part
    return type(part)(*(zero_arrays(item) for item in part)) if hasattr(part, "_fields") else part


def test_streams_of_rounds_and_pairs_do_not_overlap():
    assert MOST_PULSES * ROUND + ROUND <= PAIR
