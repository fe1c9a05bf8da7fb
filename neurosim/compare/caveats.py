"""What must stand beside the numbers of a comparison: in plain words, made from the plan and not by hand."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .grid import Grid
from .plan import LEARN, NAMES, Plan

FEW = 10


def caveats(grid: Grid, plan: Plan, groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sentences on seeds, budgets, rates and yardsticks."""
    found = []
    n = min((len(kinds[LEARN]) for kinds in plan.runs.values()), default=0)
    if n < FEW:
        found.append(f"{n} seed{'s' if n != 1 else ''} per combination: intervals of so few are wide")
    passes = {one["forward_passes"] for one in groups if one["forward_passes"] == one["forward_passes"]}
    if grid.options.budget is None and len(passes) > 1:
        found.append("no [compare.budget]: every rule trains for the same epochs, and rules with two passes used twice the forward passes")
    if grid.options.tune is None:
        found.append("no [compare.tune]: rates are those of the file, nobody searched for better ones")
    else:
        at = [axis for axis in grid.axes if axis.name not in grid.options.tune.per]
        if at:
            where = ", ".join(f"{axis.name} {grid.options.tune.at.get(axis.name, axis.labels[0])}" for axis in at)
            found.append(f"settings were searched at {where} and used for every other value of the axis")
    kinds = {kind for each in plan.runs.values() for kind in each}
    if "true_bptt" in kinds:
        found.append(f"{NAMES['true_bptt']} trains ideal weights in float64 off the chip: a yardstick of network and task")
    if not kinds - {LEARN}:
        found.append("no yardsticks were asked for")
    diverged = sum(seed["status"] == "diverged" for one in groups for seed in one["seeds"].values())
    if diverged:
        found.append(f"{diverged} run{'s' if diverged > 1 else ''} diverged: means are of the rest, which flatters what diverges")
    return found


def unverified(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every number that is no fact and stands behind a run, once per profile."""
    found: dict[tuple[str, str, float], dict[str, Any]] = {}
    for run, job in plan.jobs.items():
        if job.kind == LEARN and run in records:
            chip = job.experiment.chip.profile
            for one in records[run]["unverified"]:
                found.setdefault((chip, one["number"], one["v"]), {"chip": chip, **one})
    return list(found.values())
