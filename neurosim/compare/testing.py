"""Two sets of runs of the same seeds compared: difference, effect size, p value, and Holm's correction over many comparisons."""
from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import InputError
from .intervals import LEVEL, bootstrap
from .statistics import differences

EQUAL = 1e-12  # spread of differences, relative to the values, below which it is rounding


class Comparison(NamedTuple):
    """first - second over the seeds that both have.

    Attributes
    ----------
    mean, lo, hi, n : of the differences, see `intervals.Interval`
    effect : d_z, the mean difference in standard deviations of the differences, with Hedges' correction; NaN for fewer than three
        pairs, and where all differences are equal
    p : of the paired t test, two-sided; NaN for fewer than two pairs, and where all differences are equal
    """

    mean: float
    lo: float
    hi: float
    n: int
    effect: float
    p: float


def compare_pairs(first: Sequence[float], second: Sequence[float], level: float = LEVEL) -> Comparison:
    """Compare runs of the same seeds, pair by pair.

    With m the mean and s the standard deviation (n - 1) of the n differences, ``p = 2 P(T > |m| sqrt(n) / s)``, T of Student's
    distribution with n - 1 degrees of freedom, and ``effect = J(n - 1) m / s`` with
    ``J(f) = gamma(f / 2) / (sqrt(f / 2) gamma((f - 1) / 2))`` [1]_, which takes away the bias of m / s: 0.80 at five
    pairs, 0 at two, where there is no unbiased estimate and none is given.

    Parameters
    ----------
    first, second : one value per seed, in the same order of seeds; a pair of which one is not finite is left out
    level : confidence of the interval

    Returns
    -------
    If all differences are equal up to rounding (relative to the values, 1e-12), the interval is that difference alone, and effect and p
    are NaN: a spread of 0 over a handful of seeds tells of few distinct values, not of certainty, and m / s is infinite or 0 / 0.

    Raises
    ------
    InputError
        If the two are not of the same length.

    References
    ----------
    .. [1] Hedges, "Distribution theory for Glass's estimator of effect size", J. Educational Statistics 6 (1981), 107; d_z is that of
       Cohen, "Statistical Power Analysis for the Behavioral Sciences" (1988), section 2.3.5.
    """
    if len(first) != len(second):
        raise InputError("pairs", f"are of {len(first)} and {len(second)} values; both must have one per seed")
    found = differences(first, second)
    interval = bootstrap(found, level)
    n, scale = len(found), max((abs(value) for value in (*first, *second) if math.isfinite(value)), default=0.0)
    if n < 2:
        return Comparison(*interval, effect=math.nan, p=math.nan)
    spread = statistics.stdev(found)
    if spread <= EQUAL * scale:
        return Comparison(interval.mean, interval.mean, interval.mean, n, effect=math.nan, p=math.nan)
    from scipy.special import stdtr  # slow to load

    ratio = interval.mean / spread
    return Comparison(*interval, effect=_unbiased(n - 1) * ratio, p=2.0 * float(stdtr(n - 1, -abs(ratio) * math.sqrt(n))))


def _unbiased(freedom: int) -> float:
    """Hedges' J; NaN at one degree of freedom."""
    if freedom < 2:
        return math.nan
    return math.exp(math.lgamma(freedom / 2) - math.lgamma((freedom - 1) / 2)) / math.sqrt(freedom / 2)


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected for their number by Holm's step-down method: the chance of any false rejection in the family stays below alpha.

    With the m values sorted, ``p'(i) = min(1, max over j <= i of (m - j + 1) p(j))`` [1]_.

    Parameters
    ----------
    p_values : of the family; NaN (no test was possible) stays NaN and does not count in m

    Raises
    ------
    InputError
        If a value lies outside of [0, 1].

    References
    ----------
    .. [1] Holm, "A simple sequentially rejective multiple test procedure", Scandinavian J. Statistics 6 (1979), 65.
    """
    for value in p_values:
        if not (math.isnan(value) or 0.0 <= value <= 1.0):
            raise InputError("p", f"= {value}; must be between 0 and 1, or NaN")
    corrected, largest = [math.nan] * len(p_values), 0.0
    places = sorted((place for place, value in enumerate(p_values) if not math.isnan(value)), key=lambda place: p_values[place])
    for rank, place in enumerate(places):
        largest = min(1.0, max(largest, (len(places) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
