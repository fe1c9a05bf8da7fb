"""Whether a trace got to a bound."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.calibration.saturation import is_reached, runs
from neurosim.calibration.traces import Traces


def one(polarity, w):
    """Traces of one device, read after every pulse."""
    n = len(polarity) + 1
    return Traces(("a",), np.array(polarity, np.int8)[:, None], np.array(w, float)[:, None], np.ones((n, 1)), np.zeros(1), 0.0, 1.0)


def walk(step, bound, slope=0.0, n=60):
    """A noise-free device pulsed n times up, n times down, with steps ``1 - slope |w|`` and a hard bound on either side."""
    w = [0.0]
    for sign in [1] * n + [-1] * n:
        w.append(float(np.clip(w[-1] + sign * step * (1 - slope * sign * w[-1]), -bound, bound)))
    return one([1] * n + [-1] * n, w)


def test_runs_are_those_of_one_polarity_from_state_to_state():
    polarity = np.array([1, 1, -1, 0, 1, 1, 1, -1, -1])
    assert runs(polarity, 1) == [(0, 2), (4, 7)] and runs(polarity, -1) == [(2, 3), (7, 9)]
    assert runs(np.zeros(4, int), 1) == []


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("bound, is_there", [(1.0, True), (50.0, False)])
def test_a_trace_that_stalls_has_reached_its_bound_and_one_that_still_moves_has_not(sign, bound, is_there):
    assert is_reached(walk(0.05, bound), 0, sign, 0.0, 1e-6) is is_there


def test_steps_that_fall_with_the_state_are_no_stall():
    """At the end, w = 0.70, a step is 0.30 of the first: a stall for constant steps, none for a device whose slope is known."""
    slowing = walk(0.02, 50.0, slope=1.0)
    assert is_reached(slowing, 0, 1, 0.0, 1e-6) and not is_reached(slowing, 0, 1, 1.0, 1e-6)


def test_where_noise_hides_whether_a_device_moves_it_is_taken_for_there():
    assert not is_reached(walk(0.05, 50.0), 0, 1, 0.0, 0.01) and is_reached(walk(0.05, 50.0), 0, 1, 0.0, 0.5)


def test_a_run_that_ends_far_from_the_extreme_says_nothing_about_a_bound():
    """Up to 1 and stalled, down, and half up again still moving: the second run must not hide that the first stalled."""
    first = walk(0.05, 1.0)
    polarity = [*first.polarity[:, 0], *[1] * 20]
    w = [*first.mean[:, 0], *(-1 + 0.05 * np.arange(1, 21))]
    assert is_reached(one(polarity, w), 0, 1, 0.0, 1e-6)
