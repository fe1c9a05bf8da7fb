"""A run folder as a comparison of one group, so that both have the same report."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...scores import HIGHER_IS_BETTER, main_score
from ...toml import read_toml
from ..cost import mean_of
from .groups import KINDS
from .words import finite

CAVEAT = "Differences to yardsticks are means over the same seeds, without an interval; a comparison (neurosim compare) gives one."
COSTS = ("learning_J", "learning_s", "writes", "inference_J", "inference_s", "latency_s")


def as_comparison(run: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The record of ``run.json`` in the form of ``comparison.json``; differences are means of pairs, without an interval."""
    score = main_score(run.get("scores", {}))
    own = measured(run.get("scores", {}).get(score, {}))
    point = point_of(folder)
    status = str(run.get("status", "?"))
    group = {
        "point": point, "kind": "learn", "score": score, "is_higher_better": score in HIGHER_IS_BETTER, **own,
        "seeds": {seed: {"run": f"seed {seed}", "status": "diverged" if value is None else "complete", "value": value}
                  for seed, value in own["seeds"].items()},
        "predictors": run.get("predictors", {}), "scores": run.get("scores", {}), "cost": cost_of(run.get("cost", {})), "against": {},
        "warnings": []}
    yardsticks = []
    names = {name: kind for kind, name in KINDS.items()}
    for name, found in run.get("yardsticks", {}).items():
        scores = {"test_mse": found, **found.get("scores", {})}
        theirs = measured(scores.get(score, {}))
        yardsticks.append({
            "point": {}, "kind": names.get(name, name), "score": score, "is_higher_better": score in HIGHER_IS_BETTER, **theirs,
            "note": found.get("note", ""),
            "seeds": {seed: {"run": "", "status": "diverged" if value is None else "complete", "value": value}
                      for seed, value in theirs["seeds"].items()}})
        pairs = [mine - theirs["seeds"][seed] for seed, mine in own["seeds"].items()
                 if mine is not None and theirs["seeds"].get(seed) is not None]
        group["against"][name] = {"mean": sum(pairs) / len(pairs) if pairs else None, "n": len(pairs)}
    failures = [] if status == "complete" else [
        {"run": "", "kind": "learn", "point": point, "seed": "", "status": status, "message": run.get("message", "")}]
    provenance = run.get("provenance", {})
    return {
        "schema": 1, "kind": "run", "title": run.get("task", folder.name), "note": run.get("verdict", ""), "status": status,
        "axes": [{"name": name, "key": name, "values": [value]} for name, value in point.items()],
        "seeds": list(own["seeds"]) or provenance.get("seeds", []), "groups": [group], "yardsticks": yardsticks, "failures": failures,
        "caveats": [CAVEAT],
        "unverified": [{"chip": point.get("chip", ""), **one} for one in run.get("unverified", [])], "provenance": provenance}


def measured(score: Mapping[str, Any]) -> dict[str, Any]:
    """Mean, spread and number of seeds of what `report.summary.spread` wrote."""
    seeds = {str(seed): finite(value) for seed, value in score.get("seeds", {}).items()}
    return {"mean": finite(score.get("mean")), "sd": finite(score.get("sd")), "lo": None, "hi": None,
            "n": sum(value is not None for value in seeds.values()), "seeds": seeds}


def cost_of(costs: Mapping[str, Any]) -> dict[str, Any]:
    """Means over seeds; "unavailable" is kept."""
    found = {key: mean_of(costs, key) for key in COSTS} if costs and all(set(COSTS) <= set(one) for one in costs.values()) else {}
    first: Mapping[str, Any] = next(iter(costs.values()), {})
    return {**{key: "unavailable" if value is None else value for key, value in found.items()},
            "unavailable": first.get("unavailable", []), "is_bound": first.get("is_bound", False)}


def point_of(folder: Path) -> dict[str, Any]:
    """Rule and chip of the resolved experiment, as far as it can be read."""
    try:
        tables = read_toml(folder / "experiment.toml", ["rule", "chip"])
    except InputError:
        return {}
    rule, chip = (tables.get(name, {}) for name in ("rule", "chip"))
    found = {"rule": rule.get("name"), "chip": chip.get("profile")}
    return {name: value for name, value in found.items() if isinstance(value, str)}
