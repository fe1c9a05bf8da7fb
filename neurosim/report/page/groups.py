"""What the groups of a comparison say beside their yardsticks."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .words import finite

LEVEL = 0.05
FROZEN, BPTT, ONE_STEP = "frozen", "bptt", "one-step"
KINDS = {
    "frozen_least_squares": "frozen recurrence, least-squares readout", "frozen_same_rule": "frozen recurrence, same readout rule",
    "true_bptt": "true BPTT", "one_step": "one-step backpropagation"}

Group = Mapping[str, Any]


class Gap(NamedTuple):
    """A group minus a yardstick, seed by seed.

    Attributes
    ----------
    mean, lo, hi : as measured
    gain, worst, best : the same with the sign that makes more better, `worst` <= `best`
    p : corrected for the number of comparisons if it is known so
    """

    name: str
    mean: float | None
    lo: float | None
    hi: float | None
    gain: float | None
    worst: float | None
    best: float | None
    p: float | None
    effect: float | None
    n: Any


def gap(group: Group, to: str) -> Gap | None:
    """The difference to the first yardstick whose name contains `to`; the fitted readout is the stronger of the frozen ones."""
    names = [name for name in group["against"] if to in str(name).lower()]
    names.sort(key=lambda name: "least" not in str(name).lower())
    if not names or not isinstance(group["against"][names[0]], Mapping):
        return None
    found = group["against"][names[0]]
    mean, lo, hi = (finite(found.get(key)) for key in ("mean", "lo", "hi"))
    sign = 1.0 if group.get("is_higher_better") else -1.0
    ends = sorted(sign * end for end in (lo, hi) if end is not None)
    worst, best = ends if len(ends) == 2 else (None, None)
    p = finite(found.get("p_corrected", found.get("p")))
    return Gap(
        str(names[0]), mean, lo, hi, None if mean is None else sign * mean, worst, best, p, finite(found.get("effect")), found.get("n"))


def judged(group: Group) -> str:
    """ "learns", "hint", "unclear", "worse" or "unknown" against the frozen network.

    It learns if the whole interval is on the better side and the corrected p is below `LEVEL`; "hint" is an interval without the p,
    "worse" an interval on the other side, "unknown" no interval.
    """
    found = gap(group, FROZEN)
    if found is None or found.worst is None or found.best is None:
        return "unknown"
    if found.worst > 0:
        return "learns" if found.p is None or found.p < LEVEL else "hint"
    return "worse" if found.best < 0 else "unclear"


def is_frozen(group: Group) -> bool:
    """Whether the rule is to leave the recurrent weights alone: there is nothing to judge."""
    return str(group["point"].get("rule", "")).lower() in ("frozen", "readout")


def status(group: Group) -> str:
    """What became of the seeds: "complete", or how many did what."""
    found = [str(seed.get("status", "?")) for seed in group["seeds"].values() if isinstance(seed, Mapping)]
    if not found:
        return "no run"
    counts = {name: found.count(name) for name in dict.fromkeys(found)}
    if set(counts) == {"complete"}:
        return "complete"
    return ", ".join(f"{n} of {len(found)} {name}" if n < len(found) else name for name, n in counts.items() if name != "complete")


def yardsticks_of(group: Group, yardsticks: list[Any]) -> list[Any]:
    """The yardsticks that stand beside a group: measured at the same values of the axes that they depend on."""
    point = group["point"]
    return [one for one in yardsticks if all(name in point and str(point[name]) == str(value) for name, value in one["point"].items())]


def predictors_of(group: Group) -> dict[str, float]:
    """Predictors in the score of the group; they are errors unless they say otherwise."""
    found = {}
    for name, one in group["predictors"].items():
        value = finite(one.get("mean") if isinstance(one, Mapping) else one)
        score = one.get("score", "test_mse") if isinstance(one, Mapping) else "test_mse"
        if value is not None and score == group.get("score"):
            found[str(name)] = value
    return found
