"""What a comparison says, as a table and notes for the terminal."""
from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .cost import shown

FROZEN = ("frozen, same readout rule", "frozen, least-squares readout")
MOST_NOTES = 12


def header_of(record: Mapping[str, Any]) -> list[str]:
    """The columns."""
    axes = [axis["name"] for axis in record["axes"]]
    return [*axes, "score", "mean", "95 % interval", "n", "minus frozen", "minus BPTT", "learning", "writes"]


def rows_of(record: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row per combination, in the order of the grid; a star marks what differs after the correction for many comparisons (p < .05)."""
    rows = []
    for one in record["groups"]:
        interval = f"{number(one['lo'])} to {number(one['hi'])}" if known(one["lo"]) else "-"
        frozen = next((one["against"][name] for name in FROZEN if name in one["against"]), None)
        cost = one["cost"]
        rows.append((
            *one["point"].values(), one["score"], number(one["mean"]) if known(one["mean"]) else state(one), interval, str(one["n"]),
            difference(frozen), difference(one["against"].get("true BPTT")), amount(cost, "learning_J", "J"), amount(cost, "writes")))
    return rows


def known(value: float | None) -> bool:
    """Whether there is a number."""
    return value is not None and math.isfinite(value)


def number(value: float | None) -> str:
    """Four digits."""
    return f"{value:.4g}" if value is not None and math.isfinite(value) else "-"


def state(one: Mapping[str, Any]) -> str:
    """Why there is no mean."""
    return next((seed["status"] for seed in one["seeds"].values() if seed["status"] != "complete"), "missing")


def difference(found: Mapping[str, Any] | None) -> str:
    """A paired difference; a star where it is beyond chance."""
    if found is None or not known(found["mean"]):
        return "-"
    sure = known(found["p_corrected"]) and found["p_corrected"] < 0.05
    return f"{found['mean'] + 0.0:+.3g}{'*' if sure else ''}"


def amount(cost: Mapping[str, Any], key: str, unit: str = "") -> str:
    """A cost; at least or at most what is shown where something has no price, or only an upper bound is known."""
    value = cost.get(key)
    if value is None or isinstance(value, str):
        return "unavailable"
    word = ""
    if unit == "J":
        word = "<= " if cost["is_bound"] else ">= " if cost["unavailable"] else ""
    return word + shown(value, unit)


def notes_of(record: Mapping[str, Any]) -> list[str]:
    """Thresholds, transfer, what was tuned, what failed and what must be kept in mind."""
    def at(point: Mapping[str, str]) -> str:
        return ", ".join(point.values())

    notes = [f"{at(one['point'])}: {one['says']}" for one in record["thresholds"]]
    notes += [f"{at(one['point'])}: {reach_text(one)}" for one in record["groups"] if "reach" in one]
    notes += [f"{at(one['point'])}, to {one['to']}: {one['says']}" for one in record["transfer"]]
    if record["tuning"]:
        notes += [f"chosen for {at(one['point'])}: " + (", ".join(f"{key} = {value:.3g}" if isinstance(value, float) else f"{key} = {value}"
                  for key, value in one["chosen"].items()) or "nothing to vary") for one in record["tuning"]["found"]]
    notes += [f"{one['status']}: {at(one['point'])}, seed {one['seed']}: {one['message']}" for one in record["failures"][:MOST_NOTES]]
    notes += [f"and {len(record['failures']) - MOST_NOTES} more"] if len(record["failures"]) > MOST_NOTES else []
    notes += [f"warning: {text}" for text in dict.fromkeys(text for one in record["groups"] for text in one["warnings"])]
    return notes + [f"note: {text}" for text in record["caveats"]]


def reach_text(one: Mapping[str, Any]) -> str:
    """What it took to reach a score, in words: medians over seeds."""
    found = one["reach"]
    passes = found["forward_passes"]
    if isinstance(passes, str) or passes["median"] is None:
        reached = 0 if isinstance(passes, str) else passes["reached"]
        return f"{one['score']} {found['level']:g} is reached by {reached} of {len(one['seeds'])} seeds"
    spent = [f"{shown(passes['median'])} forward passes"]
    for name, unit, word in (("writes", "", " writes"), ("energy_J", "J", "")):
        each = found[name]
        spent.append(f"{name.removesuffix('_J')} unavailable" if isinstance(each, str) else f"{shown(each['median'], unit)}{word}")
    return f"{one['score']} {found['level']:g} takes {', '.join(spent)} (medians; {passes['reached']} of {passes['n']} seeds reach it)"
