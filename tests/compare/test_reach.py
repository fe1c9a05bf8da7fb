"""Learning curves over seeds, and what it took to reach a score."""
from __future__ import annotations

import math

import pytest

from neurosim.compare.reach import reach, reached
from neurosim.errors import InputError

RISE = [(0.0, 0.1), (10.0, 0.5), (20.0, 0.9)]


def test_an_x_that_goes_back_is_refused():
    with pytest.raises(InputError, match="x = 1.0 after 2.0; must not decrease within a run"):
        reached([(2.0, 0.0), (1.0, 1.0)], 0.5)


@pytest.mark.parametrize(("level", "x"), [(0.7, 15.0), (0.9, 20.0), (0.1, 0.0), (0.05, 0.0), (0.95, None)])
def test_a_score_is_reached_on_a_straight_line(level, x):
    assert reached(RISE, level) == (None if x is None else pytest.approx(x))


def test_an_error_is_reached_from_above():
    assert reached([(0.0, 1.0), (4.0, 0.2)], 0.4, is_higher_better=False) == pytest.approx(3.0)


def test_the_first_time_counts():
    assert reached([(0.0, 0.0), (1.0, 1.0), (2.0, 0.0), (3.0, 1.0)], 0.5) == pytest.approx(0.5)


def test_a_diverged_run_reached_what_it_had_before():
    assert reached([*RISE, (30.0, math.nan)], 0.5) == pytest.approx(10.0)
    assert reached([(0.0, 0.1), (10.0, math.nan)], 0.5) is None and reached([], 0.5) is None


def test_the_median_counts_seeds_that_never_got_there_as_the_last():
    never = [(0.0, 0.1), (20.0, 0.2)]
    fast = [(0.0, 0.1), (4.0, 0.9)]
    assert reach([RISE, fast, fast], 0.5) == (pytest.approx(2.0), 3, 3)
    assert reach([RISE, fast, never], 0.5) == (pytest.approx(10.0), 2, 3)
    assert reach([RISE, fast], 0.5) == (pytest.approx(6.0), 2, 2)
    assert reach([RISE, never], 0.5) == (None, 1, 2)
    assert reach([never, []], 0.5) == (None, 0, 2) and reach([], 0.5) == (None, 0, 0)
