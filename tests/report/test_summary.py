"""The verdict says what the numbers say."""
from __future__ import annotations

import math

import pytest

from neurosim.report.summary import Outcome, joined, spread, summarise, verdict
from neurosim.yardsticks import Yardstick


def outcome(seed, mse, predictors=None, yardsticks=()):
    found = [Yardstick(name, value, {"nmse": 2 * value}, "how") for name, value in yardsticks]
    return Outcome(seed, {"test_mse": mse, "nmse": 1.0}, predictors or {}, found, "a task")


def test_the_spread_is_that_of_a_sample():
    assert spread({1: 1.0, 2: 3.0}) == {"mean": 2.0, "sd": math.sqrt(2), "seeds": {"1": 1.0, "2": 3.0}}


def test_one_seed_has_no_spread_rather_than_none_at_all():
    assert spread({7: 1.0}) == {"mean": 1.0, "sd": None, "seeds": {"7": 1.0}}


def test_what_diverged_is_none_and_does_not_enter_the_mean():
    assert spread({1: math.nan, 2: 3.0}) == {"mean": 3.0, "sd": None, "seeds": {"1": None, "2": 3.0}}
    assert spread({1: math.inf})["mean"] is None


def test_what_is_beaten_by_every_seed_is_beaten():
    summary = summarise([outcome(1, 0.1, {"persistence": 0.2}), outcome(2, 0.1, {"persistence": 0.3})])
    assert summary["verdict"] == "beats persistence"


def test_a_tie_is_not_a_win():
    assert summarise([outcome(1, 0.1, {"persistence": 0.1})])["verdict"] == (
        "beats nothing that it was compared with; does not beat persistence")


def test_seeds_are_compared_with_themselves():
    summary = summarise([
        outcome(1, 0.1, {"a": 0.2, "b": 0.05}, [("frozen recurrence, least-squares readout", 0.05), ("true BPTT", math.nan)]),
        outcome(2, 0.3, {"a": 0.4, "b": 0.05}, [("frozen recurrence, least-squares readout", 0.4), ("true BPTT", math.nan)])])
    assert summary["verdict"] == (
        "beats a; does not beat b; beats in part frozen recurrence with least-squares readout (1 of 2 seeds); "
        "true BPTT diverged")


def test_a_yardstick_has_its_scores_and_its_note():
    summary = summarise([outcome(1, 0.1, {}, [("y", 0.2)]), outcome(2, 0.1, {}, [("y", 0.4)])])
    found = summary["yardsticks"]["y"]
    assert found["mean"] == pytest.approx(0.3) and found["scores"]["nmse"]["mean"] == pytest.approx(0.6)
    assert found["note"] == "how"


def test_without_comparison_there_is_no_verdict():
    assert summarise([outcome(1, 0.1)])["verdict"] == "compared with nothing"


def test_a_seed_without_yardsticks_is_not_counted():
    summary = summarise([outcome(1, 0.1, {}, [("y", 0.2)]), outcome(2, 0.9)])
    assert summary["verdict"] == "beats y" and verdict(summary) == "beats y"


def test_names_are_joined_as_people_do():
    assert joined(["a"]) == "a"
    assert joined(["a", "b"]) == "a and b"
    assert joined(["a", "b, c", "d"]) == "a, b with c and d"
