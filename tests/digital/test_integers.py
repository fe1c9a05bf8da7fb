"""Integer arithmetic against exact fractions and hand-computed numbers."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from neurosim.digital.integers import half_even, limit, saturate, toward_zero, wrap, wrapped_up

NUMBERS = [*range(-70, 71), 2**23, -2**23, 2**40 + 3, -2**40 - 3]


@pytest.mark.parametrize("shift", [1, 2, 3, 5])
def test_rounding_shifts_equal_exact_fractions(shift):
    """Python rounds fractions half to even; int() of one cuts towards zero."""
    for x in NUMBERS:
        assert half_even(x, shift) == round(Fraction(x, 2**shift))
        assert toward_zero(x, shift) == int(Fraction(x, 2**shift))
    assert toward_zero(-1, 12) == 0 and toward_zero(-4095, 12) == 0 and toward_zero(-4096, 12) == -1


def test_ties_go_to_the_even_neighbour():
    assert [half_even(x, 2) for x in (-10, -6, -2, 2, 6, 10)] == [-2, -2, 0, 0, 2, 2]


@pytest.mark.parametrize("bits", [2, 8, 16])
def test_a_register_wraps_and_saturates(bits):
    top = 2**(bits - 1)
    assert [wrap(x, bits) for x in (top - 1, top, -top, -top - 1, 2 * top + 1)] == [top - 1, -top, -top, top - 1, 1]
    assert [wrapped_up(x, bits) for x in (top - 1, top, top + 1, -top, -top - 1)] == [top - 1, top, 1 - top, top, top - 1]
    assert [saturate(x, bits) for x in (top - 1, top, -top, -top - 1)] == [top - 1, top - 1, -top, -top]
    assert [limit(x, top - 1) for x in (top, -top, 0)] == [top - 1, 1 - top, 0]


@pytest.mark.parametrize("function", [
    lambda x: toward_zero(x, 3), lambda x: half_even(x, 3), lambda x: wrap(x, 5), lambda x: wrapped_up(x, 5), lambda x: saturate(x, 5),
    lambda x: limit(x, 9)])
def test_an_array_is_treated_entry_by_entry(function):
    x = np.array(NUMBERS, np.int64)
    assert function(x).dtype == np.int64
    assert function(x).tolist() == [int(function(np.int64(value))) for value in NUMBERS]
