"""From finished runs to what a comparison says: groups over seeds beside their yardsticks, thresholds, transfer, and what failed."""
from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..numbers import SCALE
from ..report.provenance import provenance
from ..scores import HIGHER_IS_BETTER, main_score
from .caveats import caveats, unverified
from .grid import Axis, Grid, text_of
from .intervals import bootstrap
from .plan import LEARN, NAMES, Job, Plan
from .testing import compare_pairs, holm
from .threshold import threshold
from .transfers import transfers
from .working import COMPLETE, FAILED

SAME_READOUT = NAMES["frozen_same_rule"]
UNAVAILABLE = "unavailable"
PAIRING = "runs of the same seed share their data, initial weights, mismatch and noise"
Records = Mapping[str, Mapping[str, Any]]


def summarise(
    grid: Grid, plan: Plan, records: Records, failed: Mapping[str, str], tuning: Mapping[str, Any] | None, status: str
) -> dict[str, Any]:
    """What ``comparison.json`` holds; the same runs give the same bytes.

    Parameters
    ----------
    records : of every finished run
    failed : why others failed
    status : "complete", "incomplete" (some failed) or "interrupted"
    """
    groups = [group(point.labels, LEARN, plan.runs[place], records, failed, plan)
              for point in plan.points if (place := tuple(point.labels.values())) in plan.runs]
    beside(groups, grid, plan, records, failed)
    axes = [{"name": axis.name, "key": axis.key, "values": list(axis.labels)} for axis in grid.axes]
    seeds = sorted({seed for kinds in plan.runs.values() for seed in kinds[LEARN]})
    budget = grid.options.budget
    (of, amount), = budget.chosen.items() if budget is not None else [("epochs", None)]
    first = plan.points[0].experiment
    return {
        "schema": 1, "kind": "grid", "title": grid.options.title or grid.path.stem, "note": grid.options.note or "", "status": status,
        "axes": axes, "seeds": seeds, "budget": {"of": of, "amount": first.train.epochs if amount is None else amount},
        "tuning": tuning, "groups": groups, "yardsticks": yardsticks(plan, records, failed),
        "thresholds": thresholds(grid, groups, plan, records), "transfer": transfers(plan, records),
        "diagnostics": diagnoses(plan, records), "failures": failures(plan, records, failed), "caveats": caveats(grid, plan, groups),
        "unverified": unverified(plan, records), "provenance": {**provenance(), "pairing": PAIRING}}


def group(
    labels: Mapping[str, str], kind: str, kinds: Mapping[str, Mapping[int, str]], records: Records, failed: Mapping[str, str], plan: Plan
) -> dict[str, Any]:
    """The runs of one combination and kind over its seeds."""
    runs = kinds[kind]
    found = {seed: records.get(run) for seed, run in runs.items()}
    names = [name for record in found.values() if record for name in record["scores"]]
    score = main_score(names)
    values = {seed: value_of(record, score) for seed, record in found.items()}
    own, finite = bootstrap(list(values.values())), [value for value in values.values() if math.isfinite(value)]
    present = [record for record in found.values() if record]
    states = {seed: record["status"] if record else FAILED if runs[seed] in failed else "missing" for seed, record in found.items()}
    return {
        "point": dict(labels), "kind": kind, "score": score, "is_higher_better": score in HIGHER_IS_BETTER,
        "mean": own.mean, "lo": own.lo, "hi": own.hi, "sd": statistics.stdev(finite) if len(finite) > 1 else math.nan, "n": own.n,
        "seeds": {str(seed): {"run": run, "status": states[seed], "value": values[seed]} for seed, run in runs.items()},
        "against": {}, "predictors": over([record["predictors"] for record in present]),
        "scores": over([record["scores"] for record in present]),
        "cost": cost_over([record["cost"] for record in present if record.get("cost")]),
        "forward_passes": mean([record["forward_passes"] for record in present if "forward_passes" in record]),
        "note": next((record["note"] for record in present if record.get("note")), ""),
        "warnings": list(dict.fromkeys(text for record in present for text in record.get("warnings", [])))}


def value_of(record: Mapping[str, Any] | None, score: str) -> float:
    """A score of a run that ended well; NaN otherwise."""
    if record is None or record["status"] != COMPLETE:
        return math.nan
    value = record["scores"].get(score)
    return math.nan if value is None else float(value)


def mean(values: Iterable[float]) -> float:
    """Mean of what is finite; NaN of nothing."""
    finite = [value for value in values if value is not None and math.isfinite(value)]
    return statistics.fmean(finite) if finite else math.nan


def over(found: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation over seeds of everything that has a name."""
    result = {}
    for name in dict.fromkeys(name for one in found for name in one):
        values = [one[name] for one in found if one.get(name) is not None]
        result[name] = {"mean": mean(values), "sd": statistics.stdev(values) if len(values) > 1 else math.nan}
    return result


def cost_over(costs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A cost in the mean over seeds; what is unavailable for one is so for all."""
    if not costs:
        return {}
    result: dict[str, Any] = {}
    for key in costs[0]:
        values = [one[key] for one in costs]
        if key in ("is_bound", "unavailable"):
            result[key] = values[0]
        else:
            result[key] = UNAVAILABLE if any(isinstance(value, str) for value in values) else statistics.fmean(values)
    return result


def beside(groups: list[dict[str, Any]], grid: Grid, plan: Plan, records: Records, failed: Mapping[str, str]) -> None:
    """Compare every group with its yardsticks, seed by seed, in place; p values are corrected over the whole comparison."""
    tests: list[dict[str, Any]] = []
    for one in groups:
        kinds = plan.runs[tuple(one["point"].values())]
        others = {NAMES[kind]: group(one["point"], kind, kinds, records, failed, plan) for kind in kinds if kind != LEARN}
        row = readout_row(one, groups, grid, plan)
        if row is not None:
            others.setdefault(SAME_READOUT, row)
        for name, other in others.items():
            first, second = paired_values(one, other, records)
            if not second:
                continue
            found = compare_pairs(first, second)
            one["against"][name] = {**found._asdict(), "p_corrected": math.nan, "other": mean(second)}
            tests.append(one["against"][name])
    for test, corrected in zip(tests, holm([test["p"] for test in tests]), strict=True):
        test["p_corrected"] = corrected


def paired_values(one: Mapping[str, Any], other: Mapping[str, Any], records: Records) -> tuple[list[float], list[float]]:
    """The main score of both, of the seeds that both have."""
    both = [seed for seed in one["seeds"] if seed in other["seeds"]]
    return [[value_of(records.get(each["seeds"][seed]["run"]), one["score"]) for seed in both] for each in (one, other)]  # type: ignore[return-value]


def readout_row(one: Mapping[str, Any], groups: Sequence[dict[str, Any]], grid: Grid, plan: Plan) -> dict[str, Any] | None:
    """The row of the grid that trains the readout alone and differs in the rule only, if there is one, and `one` is not it."""
    rules = [axis.name for axis in grid.axes if axis.key.partition(".")[0] == "rule"]
    frozen = {tuple(point.labels.values()) for point in plan.points if getattr(point.experiment.rule, "name", "") == "readout"}
    if tuple(one["point"].values()) in frozen:
        return None
    return next((other for other in groups if tuple(other["point"].values()) in frozen and all(
        other["point"][name] == label for name, label in one["point"].items() if name not in rules)), None)


def yardsticks(plan: Plan, records: Records, failed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every yardstick once, at the first combination that it stands beside; its point has the labels in which all of those agree."""
    users: dict[tuple[str, tuple[str, ...]], list[dict[str, str]]] = {}
    for point in plan.points:
        for kind, runs in plan.runs.get(tuple(point.labels.values()), {}).items():
            if kind != LEARN:
                users.setdefault((kind, tuple(runs.values())), []).append(point.labels)
    found = []
    for (kind, _), points in users.items():
        one = group(points[0], kind, plan.runs[tuple(points[0].values())], records, failed, plan)
        shared = {name: label for name, label in points[0].items() if all(other[name] == label for other in points)}
        found.append({**one, "point": shared, "name": NAMES[kind]})
    return found


def thresholds(grid: Grid, groups: Sequence[dict[str, Any]], plan: Plan, records: Records) -> list[dict[str, Any]]:
    """Where every rule breaks along the axis that is asked for, with everything else equal."""
    asked = grid.options.threshold
    if asked is None:
        return []
    axis = next(axis for axis in grid.axes if axis.name == asked.axis)
    levels = levels_of(axis)
    lines: dict[tuple[tuple[str, str], ...], dict[str, dict[str, Any]]] = {}
    for one in groups:
        rest = tuple((name, label) for name, label in one["point"].items() if name != axis.name)
        lines.setdefault(rest, {})[one["point"][axis.name]] = one
    found = []
    for rest, line in lines.items():
        if len(line) < len(levels) or any(not one["against"] for one in line.values()):
            continue
        row = [line[text_of(level)] for level in levels]
        name = SAME_READOUT if all(SAME_READOUT in one["against"] for one in row) else next(iter(row[0]["against"]))
        seeds = [seed for seed in row[0]["seeds"] if all(seed in one["seeds"] for one in row)]
        ours = [[value_of(records.get(one["seeds"][seed]["run"]), row[0]["score"]) for one in row] for seed in seeds]
        frozen = [[reference(one, name, seed, groups, grid, plan, records) for one in row] for seed in seeds]
        of = "x the noise" if axis.key == SCALE else axis.name
        result = threshold(levels, ours, frozen, row[0]["is_higher_better"], asked.keep, of=of)
        about = {"point": dict(rest), "axis": axis.name, "keep": asked.keep, "reference": name, "is_open": result.hi == math.inf}
        found.append({**about, **result._asdict()})
    return found


def levels_of(axis: Axis) -> list[float]:
    """The values of an axis of numbers, increasing."""
    return sorted(float(change[axis.key]) for change in axis.changes)


def reference(
    one: Mapping[str, Any], name: str, seed: str, groups: Sequence[dict[str, Any]], grid: Grid, plan: Plan, records: Records
) -> float:
    """The score of the frozen network that a run is compared with."""
    kinds = plan.runs[tuple(one["point"].values())]
    kind = next((kind for kind, text in NAMES.items() if text == name and kind in kinds), None)
    if kind is not None:
        return value_of(records.get(kinds[kind][int(seed)]), one["score"])
    row = readout_row(one, groups, grid, plan)
    return math.nan if row is None else value_of(records.get(row["seeds"][seed]["run"]), one["score"])


def diagnoses(plan: Plan, records: Records) -> list[dict[str, Any]]:
    """Every diagnostic of every combination, its numbers in the mean over seeds."""
    found = []
    for point in plan.points:
        runs = plan.runs.get(tuple(point.labels.values()), {}).get(LEARN, {})
        each = [records[run]["diagnostics"] for run in runs.values() if run in records and records[run].get("diagnostics")]
        for name in dict.fromkeys(name for one in each for name in one):
            parts = [one[name] for one in each if name in one]
            why = next((part["why"] for part in parts if isinstance(part.get("why"), str)), None)
            values = over([{key: value for key, value in part.items() if is_number(value)} for part in parts])
            found.append({"point": point.labels, "name": name, "values": values, **({"why": why} if why else {})})
    return found


def is_number(value: Any) -> bool:
    """Whether a value can be averaged."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def failures(plan: Plan, records: Records, failed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every run that did not end well, and every combination that its chip cannot take."""
    def row(job: Job, status: str, message: str) -> dict[str, Any]:
        return {"run": job.run, "kind": job.kind, "point": job.labels, "seed": job.seed, "status": status, "message": message}

    found = [row(job, FAILED, failed[run]) for run, job in plan.jobs.items() if run in failed]
    found += [row(job, records[run]["status"], records[run]["message"]) for run, job in plan.jobs.items()
              if run in records and records[run]["status"] != COMPLETE]
    for point in plan.points:
        place = tuple(point.labels.values())
        if place in plan.refused:
            found.append({
                "run": "", "kind": LEARN, "point": point.labels, "seed": None, "status": "refused", "message": plan.refused[place]})
    return found
