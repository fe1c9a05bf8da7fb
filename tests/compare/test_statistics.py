"""Paired differences with Student's t."""
from __future__ import annotations

import math

import pytest

from neurosim.compare.statistics import paired


def test_the_interval_is_that_of_student():
    found = paired([1.0, 2.0, 4.0], [0.0, 0.0, 1.0])  # differences 1, 2, 3: s = 1, t(0.975, 2) = 4.302653
    assert found.mean == 2.0 and found.n == 3
    assert found.half_width == pytest.approx(4.302652729911275 / math.sqrt(3))


def test_a_pair_that_is_not_finite_is_left_out():
    assert paired([1.0, math.nan, 3.0], [0.0, 0.0, 0.0]).n == 2


def test_one_pair_has_no_interval_and_none_no_mean():
    assert math.isnan(paired([1.0], [0.5]).half_width) and paired([1.0], [0.5]).mean == 0.5
    assert math.isnan(paired([math.inf], [0.0]).mean)
