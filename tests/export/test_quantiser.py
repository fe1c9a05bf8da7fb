"""The one quantiser: its grid, its rounding, what it refuses, and its account."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim.errors import InputError
from neurosim.export.quantiser import account, activity_step, as_float32, check_finite, quantise, step_for

MATRICES = arrays(np.float64, (3, 4), elements=st.floats(-1e3, 1e3, width=32))


def test_ties_are_rounded_to_even():
    found = quantise("w", np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5]), 1.0, -8, 7, 4)
    assert found.levels.tolist() == [0, 2, 2, 0, -2, -2] and found.levels.dtype == np.int64
    assert found.tensor.rounding == "half to even" and found.tensor.clipped == 0 and found.tensor.error == 0.5


def test_even_levels_are_the_nearest_even_ones():
    found = quantise("w", np.array([0.9, 1.1, 3.0, 5.0, -3.0]), 1.0, -256, 254, 8, even=True)
    assert found.levels.tolist() == [0, 2, 4, 4, -4]


@given(MATRICES, st.sampled_from([7, 127, 32767]), st.booleans(), st.booleans())
def test_the_largest_fits_and_no_entry_is_off_by_more_than_half_a_step(matrix, high, power_of_two, per_channel):
    step = step_for(matrix, high, power_of_two, per_channel)
    found = quantise("w", matrix, step, -high, high, 1 + high.bit_length())
    assert np.abs(found.levels).max() <= high and found.tensor.clipped == 0 and step.shape == ((3, 1) if per_channel else ())
    assert (np.abs(found.values - matrix) <= step / 2 * (1 + 1e-9)).all()
    assert found.tensor.error == np.abs(found.values - matrix).max()


@given(MATRICES, st.sampled_from([7, 127]))
def test_a_power_of_two_is_the_next_one_above(matrix, high):
    free, power = step_for(matrix, high), step_for(matrix, high, power_of_two=True)
    assert np.log2(power) == np.rint(np.log2(power)) and free <= power * (1 + 1e-12) and (power < 2 * free or free == 1)


def test_what_is_next_to_nothing_becomes_nothing():
    for tiny in (0.0, 5e-324):
        found = quantise("w", np.array([[tiny]]), step_for(np.array([[tiny]]), 127), -127, 127, 8)
        assert found.levels.tolist() == [[0]] and found.tensor.step == 1.0
    assert activity_step(np.array([5e-324]), 127) == activity_step(np.zeros(0), 127) == 1.0


def test_rows_have_steps_of_their_own():
    matrix = np.array([[1.0, -0.5], [100.0, 30.0], [0.0, 0.0]])
    found = quantise("w", matrix, step_for(matrix, 127, per_channel=True), -127, 127, 8)
    assert found.levels[:, 0].tolist() == [127, 127, 0] and found.tensor.step == [1 / 127, 100 / 127, 1.0]


def test_what_leaves_the_range_is_refused_or_clipped_and_counted():
    matrix = np.array([3.0, -9.0, 12.0])
    with pytest.raises(InputError, match=r"w: has 2 entries beyond -8 to 7 levels \(one is 12\); --clip moves them to the end"):
        quantise("w", matrix, 1.0, -8, 7, 4)
    found = quantise("w", matrix, 1.0, -8, 7, 4, clip=True)
    assert found.levels.tolist() == [3, -8, 7] and found.tensor.clipped == 2 and found.tensor.error == 5.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_with_its_place(bad):
    matrix = np.zeros((2, 3))
    matrix[1, 2] = bad
    for refuses in (lambda: check_finite("w", matrix), lambda: quantise("w", matrix, 1.0, -1, 1, 2), lambda: as_float32("w", matrix),
                    lambda: activity_step(matrix, 127)):
        with pytest.raises(InputError, match=rf"(w|activity)\[1, 2\] = {bad}; must be a finite number"):
            refuses()


def test_single_precision_says_what_it_cost_and_refuses_what_it_cannot_hold():
    single, tensor = as_float32("w", np.array([0.1, 1.0]))
    assert single.dtype == np.float32 and tensor.bits is None and tensor.step is None
    assert tensor.error == abs(float(np.float32(0.1)) - 0.1) and 140 < tensor.sqnr_dB < 200
    assert as_float32("w", np.array([0.5]))[1].sqnr_dB is None
    with pytest.raises(InputError, match=r"w\[0\] = inf"):
        as_float32("w", np.array([1e39]))


def test_the_ratio_is_that_of_powers():
    tensor = account("w", np.array([1.0, 1.0]), np.array([1.1, 0.9]), 8, 0.1)
    assert tensor.sqnr_dB == pytest.approx(20.0) and account("w", np.zeros(2), np.zeros(2), 8, 0.1).sqnr_dB is None


def test_a_share_of_the_activity_buys_resolution():
    samples = np.concatenate([np.full(999, 1.0), [100.0]])
    assert activity_step(samples, 127) == 1.0 and activity_step(samples, 127, 0.99) == 1 / 64
    assert activity_step(samples, 100, power_of_two=False) == 1.0
