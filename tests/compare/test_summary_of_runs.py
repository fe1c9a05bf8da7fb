"""From runs to what a comparison says, on runs that are made up."""
from __future__ import annotations

import json
import math
import pathlib

import pytest
from compare.small_grid import tables

from neurosim.compare.grid import grid_of
from neurosim.compare.intervals import bootstrap
from neurosim.compare.plan import LEARN, plan_of
from neurosim.compare.summary import summarise
from neurosim.report.comparison_table import header_of, notes_of, rows_of
from neurosim.report.text import json_text

COST = {"learning_J": 2e-3, "writes": 100, "inference_J": "unavailable", "is_bound": False, "unavailable": ["static power"]}
UNSURE = [{"number": "io.out_noise", "v": 0.06, "status": "assumed", "source": "a guess"}]


def made_up(accuracy, seeds=(1, 2, 3), **compare):
    """Plan and records of a grid; `accuracy` of (kind, labels, seed), None for a run that diverged."""
    found = tables(**compare)
    found["train"]["seeds"] = list(seeds)
    grid = grid_of(found, pathlib.Path("grid.toml"))
    plan, records = plan_of(grid), {}
    for run, job in plan.jobs.items():
        value = accuracy(job.kind, job.labels, job.seed)
        scores = {} if value is None else {"test_mse": 0.1, "accuracy": value}
        records[run] = {
            "run": run, "kind": job.kind, "status": "complete" if scores else "diverged", "message": "" if scores else "diverged at step 3",
            "point": job.labels, "seed": job.seed, "scores": scores, "predictors": {"constant": 0.2}, "unverified": UNSURE,
            **({"cost": COST, "forward_passes": 1000 if job.labels["rule"] == "frozen" else 2000} if job.kind == LEARN else {})}
    return grid, plan, records


def usual(kind, labels, seed):
    """Trace is 0.2 above frozen on the ideal chip, and 0.1 below on fixed8; BPTT is perfect."""
    base = 0.5 + 0.01 * seed
    if kind != LEARN:
        return 1.0 if kind == "true_bptt" else base - 0.05
    return base + (0.0 if labels["rule"] == "frozen" else 0.2 + 0.001 * seed if labels["chip"] == "ideal" else -0.1)


def test_differences_are_those_of_pairs_of_seeds():
    record = summarise(*made_up(usual), {}, None, "complete")
    trace = next(one for one in record["groups"] if one["point"] == {"chip": "ideal", "rule": "trace"})
    assert trace["mean"] == pytest.approx(0.722) and trace["score"] == "accuracy" and trace["n"] == 3
    assert (trace["lo"], trace["hi"]) == pytest.approx(tuple(bootstrap([0.711, 0.722, 0.733]))[1:3])
    frozen = trace["against"]["frozen, same readout rule"]
    assert frozen["mean"] == pytest.approx(0.202) and frozen["hi"] - frozen["lo"] < 0.01 < trace["hi"] - trace["lo"]
    assert trace["against"]["frozen, least-squares readout"]["mean"] == pytest.approx(0.252)
    assert trace["against"]["true BPTT"]["mean"] == pytest.approx(-0.278)


def test_p_values_are_corrected_over_the_whole_comparison():
    record = summarise(*made_up(usual), {}, None, "complete")
    tests = [test for one in record["groups"] for test in one["against"].values() if math.isfinite(test["p"])]
    assert len(tests) > 1 and all(test["p_corrected"] >= test["p"] for test in tests)
    smallest = min(tests, key=lambda test: test["p"])
    assert smallest["p_corrected"] == pytest.approx(min(1.0, smallest["p"] * len(tests)))


def test_what_diverged_is_left_out_told_and_counted():
    record = summarise(*made_up(lambda kind, labels, seed: None if (kind, labels["rule"], seed) == (LEARN, "trace", 2) else usual(
        kind, labels, seed)), {}, None, "complete")
    trace = record["groups"][1]
    assert trace["n"] == 2 and trace["seeds"]["2"]["status"] == "diverged" and trace["against"]["true BPTT"]["n"] == 2
    assert [one["message"] for one in record["failures"]] == ["diverged at step 3"] * 2
    assert any(text.startswith("2 runs diverged: means are of the rest") for text in record["caveats"])


def test_what_failed_or_is_missing_is_no_number():
    grid, plan, records = made_up(usual)
    failed = {plan.runs["ideal", "trace"][LEARN][1]: "no memory"}
    gone = {plan.runs["ideal", "trace"][LEARN][seed] for seed in (1, 2)}
    record = summarise(grid, plan, {run: one for run, one in records.items() if run not in gone}, failed, None, "incomplete")
    trace = record["groups"][1]
    assert [trace["seeds"][seed]["status"] for seed in "123"] == ["failed", "missing", "complete"] and trace["n"] == 1
    assert record["failures"][0]["message"] == "no memory" and record["status"] == "incomplete"


def test_a_yardstick_stands_once_with_the_labels_that_it_depends_on():
    record = summarise(*made_up(usual), {}, None, "complete")
    assert [(one["name"], one["point"]) for one in record["yardsticks"]] == [
        ("frozen, least-squares readout", {"chip": "ideal"}), ("true BPTT", {}), ("frozen, least-squares readout", {"chip": "fixed8"})]


def test_the_level_at_which_a_rule_breaks_is_found_on_the_axis_that_was_asked_for():
    levels = [0.0, 1.0, 2.0, 4.0]

    def falling(kind, labels, seed):
        if kind != LEARN or labels["rule"] == "frozen":
            return 0.5
        return 0.9 - 0.1 * float(labels["noise_scale"]) + 0.001 * seed
    axes = {"chip.profile": ["pcm"], "chip.noise_scale": levels, "threshold": {"axis": "noise_scale"}}
    record = summarise(*made_up(falling, **axes), {}, None, "complete")
    found = {one["point"]["rule"]: one for one in record["thresholds"]}
    trace = found["trace"]
    assert trace["level"] == pytest.approx(2.0, abs=0.05) and trace["lo"] <= trace["level"] <= trace["hi"]
    assert "x the noise" in trace["says"]
    assert any(note.startswith("pcm, trace: ") for note in notes_of(record))


def test_transfer_is_a_matrix_of_chips_by_age():
    grid, plan, records = made_up(usual, transfer={"ages_s": [0.0, 86400.0]})
    for run, job in plan.jobs.items():
        if job.kind == LEARN:
            records[run]["transfer"] = [
                {"profile": job.labels["chip"], "chip": chip, "age_s": age, "test_mse": 0.1, "accuracy": job.seed + chip / 10 + (age > 0)}
                for age in (0.0, 86400.0) for chip in (1, 2, 3)]
    record = summarise(grid, plan, records, {}, None, "complete")
    one = record["transfer"][1]
    assert one["point"] == {"chip": "ideal", "rule": "trace"} and one["chips"] == [1, 2, 3]
    assert [age["age_s"] for age in one["ages"]] == [0.0, 86400.0]
    assert one["ages"][0]["matrix"][1] == [2.1, 2.2, 2.3]
    assert one["says"] == "accuracy at once: on the same chip 2.2, on another 2.2; after 1 day: on the same chip 3.2, on another 3.2"


def test_diagnostics_are_averaged_and_keep_the_reason_of_what_is_missing():
    grid, plan, records = made_up(usual, diagnostics=[])
    for run, job in plan.jobs.items():
        if job.kind == LEARN:
            records[run]["diagnostics"] = {"units": {"dead": 0.1 * job.seed}, "gradient": {"cosine": "unavailable", "why": "it spikes"}}
    found = summarise(grid, plan, records, {}, None, "complete")["diagnostics"]
    assert found[0]["name"] == "units" and found[0]["values"]["dead"]["mean"] == pytest.approx(0.2)
    assert found[1] == {"point": found[0]["point"], "name": "gradient", "values": {}, "why": "it spikes"}


def test_rules_that_spent_more_are_named_unless_a_budget_makes_them_equal():
    loose = summarise(*made_up(usual), {}, None, "complete")["caveats"]
    even = summarise(*made_up(usual, budget={"forward_passes": 1e6}), {}, None, "complete")
    assert any("no [compare.budget]" in text for text in loose) and not any("no [compare.budget]" in text for text in even["caveats"])
    assert even["budget"] == {"of": "forward_passes", "amount": 1e6}


def test_numbers_that_are_no_facts_are_listed_once_per_chip():
    found = summarise(*made_up(usual), {}, None, "complete")["unverified"]
    assert [(one["chip"], one["number"], one["status"]) for one in found] == [
        ("ideal", "io.out_noise", "assumed"), ("fixed8", "io.out_noise", "assumed")]


def test_the_table_of_the_terminal():
    record = json.loads(json_text(summarise(*made_up(usual), {}, {"found": [{"point": {"rule": "trace"}, "chosen": {
        "rule.learning_rate": 0.0123}}]}, "complete")))
    rows = {row[:2]: dict(zip(header_of(record), row, strict=True)) for row in rows_of(record)}
    one = rows["ideal", "trace"]
    assert one["mean"] == "0.722" and one["minus frozen"] == "+0.202*" and one["minus BPTT"] == "-0.278*"
    assert one["learning"] == ">= 2 mJ" and one["writes"] == "100"
    assert rows["ideal", "frozen"]["minus frozen"] == "+0.05"
    assert "chosen for trace: rule.learning_rate = 0.0123" in notes_of(record)
