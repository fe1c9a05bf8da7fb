"""What it took to reach a score: forward passes, writes or joules, from the learning curves of several seeds."""
from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from .store import curve_of
from .working import COMPLETE

SPENT = ("forward_passes", "writes", "energy_J")
UNAVAILABLE = "unavailable"
Rows = Sequence[tuple[float, float]]  # of one run: what was spent so far (passes, writes, joules), and the score measured then


class Reach(NamedTuple):
    """What it took to reach a score: `median` over the seeds, None if half of them or more did not; `reached` of `n` seeds did.

    Those that did not count as larger than all others, not as missing: left out, the hard seeds would make a rule look cheap.
    """

    median: float | None
    reached: int
    n: int


def _measured(rows: Rows) -> list[tuple[float, float]]:
    """Rows of finite numbers, one per x."""
    finite = [(float(x), float(y)) for x, y in rows if math.isfinite(x) and math.isfinite(y)]
    for (before, _), (x, _) in zip(finite, finite[1:], strict=False):
        if x < before:
            raise InputError("x", f"= {x} after {before}; must not decrease within a run")
    return list(dict(finite).items())


def reached(rows: Rows, level: float, is_higher_better: bool = True) -> float | None:
    """The first x at which a score is as good as `level`, on a straight line between the measurements; None if it never is.

    Parameters
    ----------
    rows : (x, score), x not decreasing; rows with a number that is not finite are left out

    Raises
    ------
    InputError
        If an x is smaller than the one before it.
    """
    sign = 1.0 if is_higher_better else -1.0
    before = None
    for x, y in _measured(rows):
        missing = sign * (level - y)
        if missing <= 0.0:
            if before is None:
                return x
            return before[0] + (x - before[0]) * before[1] / (before[1] - missing)
        before = x, missing
    return None


def reach(runs: Sequence[Rows], level: float, is_higher_better: bool = True) -> Reach:
    """`reached` of every seed, as its median and how many of them did; a run without rows is one that did not."""
    found = [reached(rows, level, is_higher_better) for rows in runs]
    places = sorted(math.inf if place is None else place for place in found)
    n = len(places)
    median = (places[(n - 1) // 2] + places[n // 2]) / 2.0 if n else math.inf
    return Reach(median if math.isfinite(median) else None, sum(place is not None for place in found), n)


def took(groups: Sequence[dict[str, Any]], level: float | None, folder: Path) -> None:
    """Add what it took to reach a level of its score to every group, in place: ``reach``, by what was spent (`SPENT`)."""
    for one in groups if level is not None else ():
        runs = [seed["run"] for seed in one["seeds"].values() if seed["status"] == COMPLETE]
        lost = len(one["seeds"]) - len(runs)
        one["reach"] = {"level": level}
        for spent in SPENT:
            curves = [curve_of(folder, run, spent, one["score"]) for run in runs]
            is_counted = any(math.isfinite(x) for curve in curves for x, _ in curve)
            found = reach([*curves, *([[]] * lost)], float(level or 0.0), one["is_higher_better"])
            one["reach"][spent] = found._asdict() if is_counted else UNAVAILABLE
