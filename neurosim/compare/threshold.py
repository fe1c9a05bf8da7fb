"""The level of an axis (noise, say) at which a rule breaks: where it has lost half of what it is better than the frozen network."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from .intervals import LEVEL, Interval, bootstrap


class Threshold(NamedTuple):
    """Where a rule breaks, with its confidence interval.

    Attributes
    ----------
    level : None if it does not break up to the highest level, or has no advantage to lose
    lo, hi : the interval; hi is infinite where no break up to the highest level is compatible with the runs; lo is infinite too if
        a break at or below the highest level is not.  NaN for fewer than two seeds, and where there is no advantage
    n : seeds
    says : the same in one sentence
    """

    level: float | None
    lo: float
    hi: float
    n: int
    says: str


def threshold(
    levels: Sequence[float], scores: Sequence[Sequence[float]], frozen: Sequence[Sequence[float]], is_higher_better: bool,
    keep: float = 0.5, is_logarithmic: bool = False, of: str = "", confidence: float = LEVEL,
) -> Threshold:
    """The first level at which the mean advantage over the frozen network falls below `keep` of that at the lowest level.

    The advantage of seed s at level l is ``a_s(l) = score - frozen``, its sign turned where less is better.  What decides is the
    contrast ``c_s(l) = a_s(l) - keep a_s(lowest)``: the rule breaks where its mean over the seeds first is below 0, with a straight line
    between levels.  The interval is that of Fieller's argument: a level is compatible with being the crossing where the interval of the
    mean contrast (`intervals.bootstrap`: the same whole seeds are resampled at every level, with the correction for few seeds)
    contains 0; lo is where the lower end of it first is below 0, hi where the upper end is.  Other than quantiles of the
    crossings of resampled curves, this needs no crossing in every resample, and holds the true level as often as it says.

    Parameters
    ----------
    levels : increasing
    scores, frozen : (seeds, levels), of the rule and of the frozen network that it must stay above.  A run that diverged (not finite) has
        the worst outcome: no advantage at all, or, if another seed's run at this level does worse than the frozen network, the worst
        of these.  A seed whose frozen network has no score at every level is left out.
    keep : share of the advantage that must remain, at least 0 and below 1
    is_logarithmic : the straight line is over the logarithm of the level: for levels that are spaced by factors.  Not the default
        because noise-free, 0, mostly is one of them
    of : what follows a level in the sentence, for instance ``x the noise``

    Raises
    ------
    InputError
        If the levels do not increase, are fewer than two or, for a logarithm, not above 0; if a table has another shape; if keep is not
        at least 0 and below 1.

    Notes
    -----
    There is nothing to lose, and no level, unless the interval of the advantage at the lowest level is above 0 (for a single seed:
    its value).  Otherwise chance would give a small "advantage", and the next level the break.

    Share of made-up sets of curves whose 95 % interval holds the true break, in per cent: advantages of 1, 0.9, 0.7, 0.3 and 0 at levels
    0, 1, 2, 4 and 8, so that the break is at 3; normal spread of 10 % of the advantage, shared by the levels of a seed, and of 0.1 of
    every run by itself: 95.1, 95.0, 93.7 and 94.6 at 5, 8, 10 and 20 seeds (of 2000, 2000, 1000 and 1000 sets: standard error
    0.5 to 0.8); no shared spread and 0.3 of every run: 96.6, 95.5, 93.7 and 94.6.  Plain quantiles of the crossings of
    resampled curves: 85 at 5 seeds.

    References
    ----------
    Fieller, "Some problems in interval estimation", J. Royal Statistical Society B 16 (1954), 175.
    """
    advantage = _advantage(levels, scores, frozen, 1.0 if is_higher_better else -1.0)
    _check(levels, keep, is_logarithmic)
    n = len(advantage)
    if not n:
        return Threshold(None, math.nan, math.nan, 0, "no seed has a score of the frozen network at every level")
    first = bootstrap(advantage[:, 0].tolist(), confidence)
    if (first.lo if n > 1 else first.mean) <= 0.0:
        what = "has nothing to lose" if first.mean <= 0.0 else "has no advantage to lose that these seeds can show"
        return Threshold(None, math.nan, math.nan, n, f"{what}: at {_shown(levels[0], of)}, the lowest level, it is {_interval(first)} "
                         "better than the frozen network")
    contrasts = advantage - keep * advantage[:, :1]
    axis = [math.log(level) if is_logarithmic else float(level) for level in levels]
    level, lo, hi = (_level(_crossing(axis, contrasts, end, confidence), is_logarithmic) for end in ("mean", "lo", "hi"))
    lo, hi = (min(lo, level), max(hi, level)) if n > 1 else (math.nan, math.nan)  # equal up to rounding where seeds do not differ
    return Threshold(level if math.isfinite(level) else None, lo, hi, n, _sentence(level, lo, hi, levels[-1], of))


def _check(levels: Sequence[float], keep: float, is_logarithmic: bool) -> None:
    if len(levels) < 2 or any(not b > a for a, b in zip(levels, levels[1:], strict=False)) or not all(map(math.isfinite, levels)):
        raise InputError("levels", f"= {list(levels)}; must be two or more finite numbers that increase")
    if is_logarithmic and levels[0] <= 0:
        raise InputError("levels", f"= {list(levels)}; must be above 0 for a logarithm")
    if not 0.0 <= keep < 1.0:
        raise InputError("keep", f"= {keep}; must be at least 0 and below 1")


def _advantage(levels: Sequence[float], scores: Sequence[Sequence[float]], frozen: Sequence[Sequence[float]], sign: float) -> np.ndarray:
    """a_s(l), (seeds, levels), of the seeds that have a frozen network at every level."""
    if len(scores) != len(frozen) or any(len(row) != len(levels) for row in (*scores, *frozen)):
        raise InputError("scores", f"and frozen must both be seeds x {len(levels)} levels; there are {len(scores)} and {len(frozen)} seeds")
    shape = (len(scores), len(levels))
    reference = np.array(frozen, dtype=np.float64).reshape(shape)
    has_reference = np.isfinite(reference).all(axis=1)
    ours = np.array(scores, dtype=np.float64).reshape(shape)[has_reference]
    is_finite = np.isfinite(ours)
    advantage = np.where(is_finite, sign * (np.where(is_finite, ours, 0.0) - reference[has_reference]), np.inf)
    worst = np.minimum(advantage.min(axis=0, initial=np.inf), 0.0)  # of those that did not diverge, or no advantage
    return np.where(is_finite, advantage, worst)


def _crossing(axis: Sequence[float], contrasts: np.ndarray, end: str, confidence: float) -> float:
    """Where the mean of the contrasts, or an end of its interval, first is below 0, straight between the levels; infinite if nowhere."""
    from scipy.optimize import brentq  # slow to load

    def at(column: np.ndarray) -> float:
        return getattr(bootstrap(column.tolist(), confidence), end)

    below = next((place for place, column in enumerate(contrasts.T) if at(column) < 0.0), None)
    if not below:  # never, or, by the rounding of an advantage that is next to nothing, at once
        return math.inf if below is None else axis[0]
    left, right = contrasts[:, below - 1], contrasts[:, below]
    share = brentq(lambda share: at((1.0 - share) * left + share * right), 0.0, 1.0, xtol=1e-12)
    return axis[below - 1] + share * (axis[below] - axis[below - 1])


def _level(place: float, is_logarithmic: bool) -> float:
    """A level from its place on the axis."""
    return math.exp(place) if is_logarithmic and math.isfinite(place) else place


def _shown(level: float, of: str) -> str:
    return f"{level:.3g} {of}".rstrip()


def _interval(value: Interval) -> str:
    return f"{value.mean:.3g}" + (f" ({value.lo:.3g} to {value.hi:.3g})" if value.n > 1 else "")


def _sentence(level: float, lo: float, hi: float, highest: float, of: str) -> str:
    """Where it breaks, and what else the runs are compatible with."""
    if math.isinf(level):
        beyond = f"does not break up to {_shown(highest, of)}, the highest level"
        if math.isnan(lo):
            return f"{beyond} (one seed)"
        return beyond + (f", but a break from {lo:.3g} on cannot be ruled out" if math.isfinite(lo) else "")
    if math.isnan(lo):
        return f"breaks at {_shown(level, of)} (one seed)"
    return f"breaks at {level:.3g} ({lo:.3g} to {'beyond ' if math.isinf(hi) else ''}{min(hi, highest):.3g}) {of}".rstrip()
