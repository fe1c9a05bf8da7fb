"""Learning curves of several seeds: the mean with its band, and what it took to reach a score."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from .intervals import LEVEL, bootstrap

Rows = Sequence[tuple[float, float]]  # of one run: what was spent so far (passes, writes, joules), and the score measured then


class Curve(NamedTuple):
    """Mean over seeds with the confidence interval of the mean at every x; `n` seeds; no x where not all of them have data."""

    x: list[float]
    mean: list[float]
    lo: list[float]
    hi: list[float]
    n: int


class Reach(NamedTuple):
    """What it took to reach a score: `median` over the seeds, None if half of them or more did not; `reached` of `n` seeds did.

    Those that did not count as larger than all others, not as missing: left out, the hard seeds would make a rule look cheap.
    """

    median: float | None
    reached: int
    n: int


def mean_curve(runs: Sequence[Rows], points: int = 50, level: float = LEVEL) -> Curve:
    """Mean and band over runs that were measured at different x.

    A run is a straight line between its measurements: the score between two of them is unknown, and a step would put every gain
    at the measurement after it, which for runs that are measured at different x is a bias that depends on how often they are.

    Parameters
    ----------
    runs : rows (x, score) of each seed, x not decreasing; rows with a number that is not finite (not measured, diverged) are left out, and
        so is a run without any other; of rows with the same x the last counts
    points : of the grid, evenly spaced over the x that all seeds have; where all have the same x, these are the grid
    level : confidence of the band, at every x by itself, see `intervals.bootstrap`

    Returns
    -------
    Empty if there is no x that all seeds have.  A run that diverged ends the curve where it did: beyond it, the mean would be
    that of the survivors.

    Raises
    ------
    InputError
        If an x is smaller than the one before it, or points fewer than two.
    """
    if points < 2:
        raise InputError("points", f"= {points}; must be at least 2")
    curves = [curve for curve in map(_measured, runs) if curve]
    if not curves:
        return Curve([], [], [], [], 0)
    grid = _grid([[x for x, _ in curve] for curve in curves], points)
    values = np.array([np.interp(grid, [x for x, _ in curve], [y for _, y in curve]) for curve in curves]).reshape(len(curves), len(grid))
    found = [bootstrap(column, level) for column in values.T.tolist()]
    return Curve(grid, [one.mean for one in found], [one.lo for one in found], [one.hi for one in found], len(curves))


def _measured(rows: Rows) -> list[tuple[float, float]]:
    """Rows of finite numbers, one per x."""
    finite = [(float(x), float(y)) for x, y in rows if math.isfinite(x) and math.isfinite(y)]
    for (before, _), (x, _) in zip(finite, finite[1:], strict=False):
        if x < before:
            raise InputError("x", f"= {x} after {before}; must not decrease within a run")
    return list(dict(finite).items())


def _grid(places: Sequence[Sequence[float]], points: int) -> list[float]:
    """Where all seeds have data: the x of all if they are the same, otherwise evenly spaced."""
    first, last = max(x[0] for x in places), min(x[-1] for x in places)
    if all(list(x) == list(places[0]) for x in places):
        return list(places[0])
    if first >= last:
        return [first] if first == last else []
    return [float(x) for x in np.linspace(first, last, points)]


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
