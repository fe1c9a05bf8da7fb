"""Exponents are those of the numbers; memory and threads are measured; no time is asserted."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.bench import growth, threads
from neurosim.bench.growth import Growth
from neurosim.bench.timing import Spread


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_the_exponent_is_the_slope_of_the_logarithms():
    line = Growth("growth", "x", "N", (10, 20, 40), tuple(Spread(3.0 * n**1.5, 0.0, 0.0) for n in (10, 20, 40)), "us", 2.0)
    assert line.exponent == pytest.approx(1.5) and line.name == "growth: x in N, 10 to 40"
    assert line.as_json()["exponent"] == line.exponent and line.as_json()["costs"][1]["median"] == 3.0 * 20**1.5


def test_every_cost_is_measured():
    lines = growth.growth(1, (4, 8), (8, 12), (2, 4), (1, 2), (5, 10), 4, 4)
    assert [line.variable for line in lines] == ["N", "N", "steps", "batch", "spikes", "steps"]
    assert all(np.isfinite(line.exponent) for line in lines)


def test_memory_beside_the_data_is_flat_and_the_data_would_be_seen(monkeypatch):
    growth.peak(2, 4)
    short, long = growth.peak(10, 4), growth.peak(80, 4)
    assert long < 1.2 * short
    monkeypatch.setattr(growth, "learner", lambda network, update, x, y: lambda: np.zeros(1000 * x.size))
    assert growth.peak(80, 4) > 5 * growth.peak(10, 4)


def test_replicas_are_timed_by_both_clocks():
    lines = threads.threads(1, 8, 4)
    assert [line.ours.rpartition(", ")[2] for line in lines] == ["wall time", "CPU time"] and all(line.ratio > 0 for line in lines)
