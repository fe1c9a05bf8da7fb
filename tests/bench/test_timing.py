"""Medians of interleaved measurements."""
from __future__ import annotations

from neurosim.bench.timing import Ratio, interleaved


def test_medians_leave_the_first_round_out():
    seconds = iter([100.0, 1.0, 5.0, 3.0])
    found = interleaved({"a": lambda: next(seconds), "b": lambda: 2.0}, 3)
    assert found == {"a": 3.0, "b": 2.0}
    assert Ratio("x", "a", "b", "s", 2.0, 5.0, None).ratio == 2.5
