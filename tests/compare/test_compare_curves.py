"""Learning curves over seeds, and what it took to reach a score."""
from __future__ import annotations

import math

import pytest

from neurosim.compare.curves import Curve, mean_curve, reach, reached
from neurosim.compare.intervals import bootstrap
from neurosim.errors import InputError

RISE = [(0.0, 0.1), (10.0, 0.5), (20.0, 0.9)]


def test_runs_measured_at_the_same_x_are_averaged_there():
    runs = [RISE, [(0.0, 0.2), (10.0, 0.6), (20.0, 1.0)], [(0.0, 0.0), (10.0, 0.1), (20.0, 0.8)]]
    found = mean_curve(runs)
    assert found.x == [0.0, 10.0, 20.0] and found.mean == pytest.approx([0.1, 0.4, 0.9]) and found.n == 3
    assert (found.lo[1], found.hi[1]) == bootstrap([0.5, 0.6, 0.1])[1:3]


def test_runs_measured_elsewhere_are_straight_between():
    found = mean_curve([[(0.0, 0.0), (10.0, 1.0)], [(0.0, 0.0), (20.0, 1.0)]], points=3)
    assert found.x == [0.0, 5.0, 10.0] and found.mean == pytest.approx([0.0, 0.375, 0.75])


def test_the_curve_lies_where_all_seeds_have_data():
    found = mean_curve([RISE, [(5.0, 0.0), (15.0, 1.0)]], points=11)
    assert (found.x[0], found.x[-1], len(found.x)) == (5.0, 15.0, 11)
    assert mean_curve([[(0.0, 1.0), (1.0, 1.0)], [(2.0, 1.0), (3.0, 1.0)]]) == Curve([], [], [], [], 2)
    assert mean_curve([[(0.0, 1.0), (1.0, 3.0)], [(1.0, 1.0), (3.0, 1.0)]])[:2] == ([1.0], [2.0])


def test_a_run_that_diverged_ends_the_curve():
    found = mean_curve([RISE, [(0.0, 0.1), (10.0, 0.5), (20.0, math.nan)]], points=3)
    assert found.x == [0.0, 5.0, 10.0] and found.n == 2


def test_a_run_without_a_number_is_left_out():
    assert mean_curve([RISE, [(math.nan, 0.1), (math.nan, 0.2)], []])[:2] == ([0.0, 10.0, 20.0], [0.1, 0.5, 0.9])
    assert mean_curve([RISE, []]).n == 1 and mean_curve([[]]) == Curve([], [], [], [], 0)


def test_one_run_has_no_band():
    assert all(math.isnan(lo) for lo in mean_curve([RISE]).lo)


def test_of_measurements_at_one_x_the_last_counts():
    assert mean_curve([[(0.0, 0.1), (0.0, 0.3), (1.0, 0.5)]])[:2] == ([0.0, 1.0], [0.3, 0.5])


def test_an_x_that_goes_back_is_refused():
    with pytest.raises(InputError, match="x = 1.0 after 2.0; must not decrease within a run"):
        mean_curve([[(0.0, 0.0), (2.0, 0.0), (1.0, 0.0)]])
    with pytest.raises(InputError, match="x = 1.0 after 2.0"):
        reached([(2.0, 0.0), (1.0, 1.0)], 0.5)


def test_a_grid_of_one_point_is_refused():
    with pytest.raises(InputError, match="points = 1; must be at least 2"):
        mean_curve([RISE], points=1)


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
