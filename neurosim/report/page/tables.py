"""The rows of the report."""
from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .blocks import Cell, Column, Table
from .folder import RUN, Found
from .groups import BPTT, FROZEN, KINDS, Gap, Group, gap, judged, status
from .words import amount, chance, figure, finite, interval, score_name, value_text

TONES = {"learns": "better", "worse": "worse"}


def main_table(found: Found) -> Table:
    """One row per group: its score, what it has over frozen and over BPTT, what it costs."""
    groups = [group for group in found.groups if group.get("kind", "learn") == "learn"]
    scores = list(dict.fromkeys(score_name(group.get("score")) for group in groups))
    better = "higher is better" if groups and groups[0].get("is_higher_better") else "lower is better"
    score = scores[0] if len(scores) == 1 else "score"
    columns = [Column(axis, is_choice=True) for axis in found.axes]
    columns += [Column(score, True), Column("seeds", True), Column("minus frozen", True), Column("p", True), Column("minus BPTT", True),
                Column("energy", True), Column("writes", True), Column("status", is_choice=True)]
    rows = []
    for place, group in enumerate(found.groups):
        if group not in groups:
            continue
        frozen, bptt, cost = gap(group, FROZEN), gap(group, BPTT), group["cost"]
        own = interval(group.get("mean"), group.get("lo"), group.get("hi"))
        if len(scores) > 1:
            own += f" {score_name(group.get('score'))}"
        state = status(group)
        rows.append([
            *(Cell(value_text(group["point"].get(axis, "–"))) for axis in found.axes),
            Cell(own, finite(group.get("mean"))),
            Cell(f"{group.get('n', 0)} of {len(group['seeds'])}", finite(group.get("n")), href=f"#group-{place}"),
            difference(frozen, TONES.get(judged(group), "")),
            Cell(chance(frozen.p).removeprefix("p ").removeprefix("= ") or "–" if frozen else "–", frozen.p if frozen else None),
            difference(bptt, ""), Cell(amount(cost, "learning_J", "J"), finite(cost.get("learning_J"))),
            Cell(amount(cost, "writes"), finite(cost.get("writes"))), Cell(state, tone="" if state == "complete" else "failed")])
    caption = (f"Every combination: mean and 95 % interval over seeds ({better}), differences seed by seed with their interval, p "
               "corrected for the number of comparisons. “Frozen” never changes its recurrent weights; BPTT runs on ideal weights; energy "
               "and writes are those of learning.")
    return Table("main", caption, columns, rows, is_explorable=True)


def difference(found: Gap | None, tone: str) -> Cell:
    """A difference with its interval."""
    if found is None or found.mean is None:
        return Cell("–", tone="muted")
    return Cell(interval(found.mean, found.lo, found.hi, is_signed=True), found.mean, tone=tone)


def yardstick_table(found: Found) -> Table | None:
    """What the groups are compared with."""
    rows = []
    for place, one in enumerate(found.record["yardsticks"]):
        point = ", ".join(f"{name} {value_text(value)}" for name, value in one["point"].items()) or "all"
        rows.append([
            Cell(kind_name(one)), Cell(point), Cell(score_name(one.get("score"))),
            Cell(interval(one.get("mean"), one.get("lo"), one.get("hi")), finite(one.get("mean"))),
            Cell(f"{one.get('n', 0)} of {len(one['seeds'])}", finite(one.get("n")), href=f"#yardstick-{place}"),
            Cell(str(one.get("note", "")))])
    predictors: dict[str, float | None] = {}
    for group in found.groups:
        for name, one in group["predictors"].items():
            predictors.setdefault(str(name), finite(one.get("mean") if isinstance(one, Mapping) else one))
    rows += [[Cell(name), Cell("all"), Cell(score_name("test_mse")), Cell(figure(value), value), Cell("–"), Cell("a trivial predictor")]
             for name, value in predictors.items()]
    columns = [Column("yardstick"), Column("for"), Column("score"), Column("mean", True), Column("seeds", True), Column("how")]
    if not any(row[-1].text for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return Table("yardsticks", "What every result is held against.", columns, rows, is_explorable=True) if rows else None


def kind_name(one: Group) -> str:
    """A yardstick as people call it."""
    return KINDS.get(str(one.get("kind")), str(one.get("kind", "?")).replace("_", " "))


def run_table(found: Found, page: Path) -> Table:
    """Every run behind every number, with a link to its folder."""
    rows = []
    sets = [("group", "learn", place, one) for place, one in enumerate(found.groups)]
    sets += [("yardstick", kind_name(one), place, one) for place, one in enumerate(found.record["yardsticks"])]
    for what, kind, place, group in sets:
        for k, (seed, one) in enumerate(group["seeds"].items()):
            one = one if isinstance(one, Mapping) else {}
            run, state = str(one.get("run", "")), str(one.get("status", "?"))
            rows.append([
                Cell(kind if group.get("kind", "learn") == "learn" else kind_name(group), key=f"{what}-{place}" if k == 0 else ""),
                *(Cell(value_text(group["point"].get(axis, "–"))) for axis in found.axes),
                Cell(str(seed), finite_seed(seed)), Cell(figure(one.get("value"), 6), finite(one.get("value"))),
                Cell(state, tone="" if state == "complete" else "failed"),
                Cell(run or "–", href=link(found, run, page) if run else "")])
    columns = [Column("kind", is_choice=True), *(Column(axis, is_choice=True) for axis in found.axes), Column("seed", True),
               Column("score", True), Column("status", is_choice=True), Column("run")]
    caption = "Every run, and the folder with its settings, its results and its learning curve."
    return Table("runs", caption, columns, rows, is_explorable=True)


def finite_seed(seed: Any) -> float | None:
    """The seed as a number to sort by."""
    return float(seed) if str(seed).lstrip("-").isdigit() else None


def link(found: Found, run: str, page: Path) -> str:
    """Path from the page to the ``run.json`` of a run."""
    target = found.folder.resolve() / found.place(run) / RUN
    return quote(Path(os.path.relpath(target, page.resolve().parent)).as_posix())


def failure_table(found: Found, page: Path) -> Table | None:
    """What failed, and what it said."""
    rows = []
    for one in found.record["failures"]:
        run = str(one.get("run", ""))
        rows.append([
            Cell(str(one.get("kind", ""))), *(Cell(value_text(one["point"].get(axis, "–"))) for axis in found.axes),
            Cell(str(one.get("seed", "")), finite_seed(one.get("seed", ""))), Cell(str(one.get("status", "failed")), tone="failed"),
            Cell(str(one.get("message", ""))), Cell(run or "–", href=link(found, run, page) if run else "")])
    columns = [Column("kind"), *(Column(axis) for axis in found.axes), Column("seed", True), Column("status"), Column("message"),
               Column("run")]
    return Table("failed", "Runs that came to nothing, in their own words.", columns, rows) if rows else None


def unverified_table(found: Found) -> Table | None:
    """Numbers of the chips that nobody has looked up."""
    rows = [[Cell(str(one.get("chip", "–"))), Cell(str(one.get("number", ""))), Cell(plain(one.get("v")), finite(one.get("v"))),
             Cell(str(one.get("status", ""))), Cell(str(one.get("source", "")))] for one in found.record["unverified"]]
    columns = [Column("chip", is_choice=True), Column("number"), Column("value", True), Column("status", is_choice=True), Column("source")]
    caption = "Numbers behind these results that are unverified or assumed."
    return Table("unverified", caption, columns, rows, is_explorable=True) if rows else None


def pairs_table(key: str, caption: str, values: Mapping[str, Any]) -> Table:
    """A table of names and values."""
    rows = [[Cell(str(name).replace("_", " ")), Cell(plain(value))] for name, value in values.items() if value is not None]
    return Table(key, caption, [Column("what"), Column("value")], rows)


def tuning_table(tuning: Mapping[str, Any]) -> Table | None:
    """What tuning chose."""
    found: Sequence[Any] = [one for one in tuning.get("found") or [] if isinstance(one, Mapping)]
    rows = [[Cell(", ".join(f"{name} {value_text(value)}" for name, value in (one.get("point") or {}).items()) or "all"),
             Cell(", ".join(f"{name} = {plain(value)}" for name, value in (one.get("chosen") or {}).items()) or "–"),
             Cell(figure(one.get("value")), finite(one.get("value"))), Cell(str(len(one.get("tried") or [])))] for one in found]
    columns = [Column("for"), Column("chosen"), Column(score_name(tuning.get("score", "value")), True), Column("trials", True)]
    return Table("tuned", "What tuning chose, before the comparison and on seeds of its own.", columns, rows) if rows else None


def plain(value: Any) -> str:
    """A value of a file as text."""
    number = finite(value)
    if number is not None:
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
