"""Differences between runs of the same seeds."""
from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

LEVEL = 0.95


class Difference(NamedTuple):
    """Mean over seeds, half of its confidence interval (`LEVEL`, Student's t), and how many pairs there are.

    The half width is NaN for fewer than two pairs, the mean NaN for none.
    """

    mean: float
    half_width: float
    n: int


def differences(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """first - second, pair by pair; a pair of which one value is not finite (a run that diverged) is left out."""
    return [a - b for a, b in zip(first, second, strict=True) if math.isfinite(a) and math.isfinite(b)]


def paired(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Mean of the differences of the pairs with Student's interval.

    The half width is ``t(0.975, n - 1) s / sqrt(n)``, s the standard deviation of the differences.
    """
    found = differences(first, second)
    n = len(found)
    if n < 2:
        return Difference(found[0] if found else math.nan, math.nan, n)
    from scipy.special import stdtrit  # slow to load

    t = float(stdtrit(n - 1, 0.5 + LEVEL / 2))
    return Difference(statistics.fmean(found), t * statistics.stdev(found) / math.sqrt(n), n)
