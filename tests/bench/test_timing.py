"""Medians of interleaved measurements."""
from __future__ import annotations

import math

from neurosim.bench.timing import Ratio, Spread, interleaved, missing


def test_medians_leave_the_first_round_out():
    seconds = iter([100.0, 1.0, 5.0, 3.0])
    found = interleaved({"a": lambda: next(seconds), "b": lambda: 2.0}, 3)
    assert found == {"a": Spread(3.0, 1.0, 5.0), "b": Spread(2.0, 2.0, 2.0)}
    assert Ratio("x", "a", "b", "s", Spread(2.0, 1.0, 9.0), Spread(5.0, 5.0, 5.0), None).ratio == 2.5


def test_a_spread_changes_its_unit():
    assert 2 * Spread(3.0, 1.0, 5.0) == Spread(6.0, 2.0, 10.0) and Spread(4.0, 2.0, 6.0) / 2 == Spread(2.0, 1.0, 3.0)
    assert str(Spread(3.0, 1.0, 5.0)) == "3 (1 - 5)" and math.isnan(Spread.of(()).median)


def test_a_peer_that_is_missing_has_no_number():
    line = missing("x", "a", "b", "not here")
    assert line.note == "unavailable: not here" and line.as_json()["ratio"] is None and line.as_json()["peer_time"] is None
    assert line.name == "x: a / b"
