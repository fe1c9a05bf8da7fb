"""Quantised, delayed and noisy broadcast."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.channels.exact import Exact
from neurosim.channels.imperfect import Delayed, Noisy, Quantised
from neurosim.contract import transmit
from neurosim.random import Key
from neurosim.wiring import broadcast

READINGS = 4_096
SIGMA = np.float64(0.1)


def sent(channel, reference, perturbed=None, now=0):
    """The two readings that arrive."""
    reference = np.asarray(reference, np.float64)
    losses = broadcast(reference.size, 1, 0, np.float64)
    losses.reference[...], losses.perturbed[...] = reference, reference if perturbed is None else perturbed
    losses.square[...], losses.slope[...] = 5.0, 5.0
    transmit(channel, Key(1, 4, now), now, losses)
    assert (losses.square == 5.0).all() and (losses.slope == 5.0).all()  # what the rule does not listen to does not travel
    return losses.reference, losses.perturbed


def quantised(inner=None, lsb=0.25, top=15.0):
    return Quantised(inner or Exact(), np.float64(lsb), np.float64(top))


def delayed(steps, batch=1, inner=None):
    return Delayed(inner or Exact(), np.zeros((steps, 2 * batch)))


def noisy(batch=READINGS, inner=None):
    return Noisy(inner or Exact(), SIGMA, np.zeros(2 * batch))


# ---- converter -------------------------------------------------------------------------------------------------------
def test_readings_are_whole_lsbs_halves_to_even():
    reference, perturbed = sent(quantised(), [0.0, 0.1, 0.125, 0.2, 0.375, 0.625], [1.0, 1.1, 1.125, 1.2, 1.375, 1.625])
    assert (reference == [0, 0, 0, 0.25, 0.5, 0.5]).all()
    assert (perturbed == [1, 1, 1, 1.25, 1.5, 1.5]).all()


def test_the_range_ends_at_zero_and_at_the_top():
    for readings in sent(quantised(), [-0.3, -1e30, 3.7, 3.9, 1e30]):
        assert (readings == [0, 0, 3.75, 3.75, 3.75]).all()


def test_a_small_third_factor_drowns_in_eight_bits():
    """Two losses 1e-3 apart read the same or one lsb apart, nothing between."""
    clean = np.linspace(0.1, 0.9, 1001)
    reference, perturbed = sent(quantised(lsb=1 / 255, top=255), clean, clean + 1e-3)
    levels = np.rint((perturbed - reference) * 255)
    assert set(levels) == {0, 1}
    assert (levels == 0).mean() > 0.5


# ---- delay -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_readings_arrive_exactly_so_many_steps_late(steps):
    channel, arrived = delayed(steps, 2), []
    for now in range(12):
        arrived.append(np.array(sent(channel, [now + 1, 10 * (now + 1)], [-now - 1, -10 * (now + 1)], now)))
    for now in range(steps):
        assert (arrived[now] == 0).all()
    for now in range(steps, 12):
        value = now - steps + 1
        assert (arrived[now] == [[value, 10 * value], [-value, -10 * value]]).all()


def test_delay_may_start_at_any_step():
    """A resumed run goes on with the clock of the first one."""
    channel = delayed(3)
    arrived = [sent(channel, [now], now=now)[0][0] for now in range(100, 110)]
    assert arrived == [0, 0, 0, 100, 101, 102, 103, 104, 105, 106]


# ---- noise -----------------------------------------------------------------------------------------------------------
def test_noise_has_the_stated_standard_deviation_and_no_mean():
    """2 x 4096 readings."""
    errors = np.concatenate(sent(noisy(), np.full(READINGS, 0.5))) - 0.5
    assert abs(errors.mean()) < 5 * SIGMA / np.sqrt(errors.size)
    assert abs(errors.std() - SIGMA) < 5 * SIGMA / np.sqrt(2 * errors.size)


def test_passes_samples_and_steps_are_read_independently():
    first, second = (np.array(sent(noisy(), np.zeros(READINGS), now=now)) / SIGMA for now in (0, 1))
    for a, b in ((first[0], first[1]), (first[:, 1:], first[:, :-1]), (first, second)):
        assert abs((a * b).mean()) < 5 / np.sqrt(a.size)


# ---- order -----------------------------------------------------------------------------------------------------------
def test_the_inner_channel_acts_first():
    values = np.full(64, 0.5)
    noise_converted = sent(quantised(noisy(64)), values)[0]
    converted_noise = sent(noisy(64, quantised()), values)[0]
    assert (noise_converted * 4 == np.rint(noise_converted * 4)).all()
    assert not (converted_noise * 4 == np.rint(converted_noise * 4)).any()


def test_a_late_reading_carries_the_noise_of_its_own_step():
    channel, seen = delayed(2, 64, noisy(64)), {}
    for now in range(4):
        seen[now] = sent(channel, np.full(64, float(now)), now=now)
    for now in (2, 3):
        wanted = sent(noisy(64), np.full(64, float(now - 2)), now=now - 2)
        assert all((a == b).all() for a, b in zip(seen[now], wanted, strict=True))


def test_delays_add_up():
    channel = delayed(2, 1, delayed(3))
    assert [sent(channel, [now + 1], now=now)[0][0] for now in range(8)] == [0, 0, 0, 0, 0, 1, 2, 3]


# ---- what has a sign -------------------------------------------------------------------------------------------------
def test_errors_and_slopes_travel_as_well_and_keep_their_sign():
    losses = broadcast(2, 3, 2, np.float64)
    losses.slope[...], losses.error[...], losses.change[...] = [-0.3, 9.0], -0.3, 0.3
    transmit(quantised(), Key(1, 4, 0), 0, losses)
    assert losses.slope.tolist() == [-0.25, 3.75] and (losses.error == -0.25).all() and (losses.change == 0.25).all()
    losses.slope[0] = losses.error[0, 0] = -99.0
    transmit(quantised(), Key(1, 4, 0), 0, losses)
    assert losses.slope[0] == losses.error[0, 0] == -3.75


def test_every_value_that_travels_is_late_and_noisy():
    losses = broadcast(1, 2, 2, np.float64)
    losses.values[...] = 1.0
    transmit(Delayed(Exact(), np.zeros((1, losses.values.size))), Key(1, 4, 0), 0, losses)
    assert (losses.values == 0).all()
    transmit(Noisy(Exact(), SIGMA, np.zeros(64)), Key(1, 4, 0), 0, losses)
    assert len(set(losses.values.tolist())) == losses.values.size == 7
