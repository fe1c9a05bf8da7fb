"""Laws of random effects: where a sample lies in its law, and whether many of them are further from it than chance takes them.

A sample x of a law with the distribution function F lies at the place u = F(x), which is uniform on [0, 1] whatever the law: samples of
devices in different states, or of different directions, can be looked at together.  Where a law has an atom, because a bound holds what
would go beyond it, the place within the atom is drawn evenly.  Two tests of the places::

    shape   Kolmogorov-Smirnov of u against the uniform law
    spread  sum of z^2, z = Phi^-1(u), which is chi-square of n degrees of freedom; both tails

The second finds a spread that is off by a few per cent, to which the first is nearly blind.  Counts have a chi-square test of their own.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import chi2, kstest

from ..generators import generator

STREAM = 7101  # of the places within atoms
TINY = 1e-9    # distance from a bound, in normalised units, at which a state is taken to lie at it

Function = Callable[[np.ndarray], np.ndarray]


class Counted(NamedTuple):
    """How often each outcome was seen, its probability, and how often something else was, which should never be."""

    seen: np.ndarray
    chances: np.ndarray
    others: int = 0


Sample = np.ndarray | Counted
"""Places in a law, or counts of outcomes."""


def normal(mean: np.ndarray | float, sd: np.ndarray | float) -> Function:
    """Distribution function of ``mean + sd xi``."""
    return lambda x: ndtr((x - mean) / sd)


def folded(mean: np.ndarray | float, sd: np.ndarray | float) -> Function:
    """Distribution function of ``|mean + sd xi|``."""
    return lambda x: np.where(x > 0, ndtr((x - mean) / sd) - ndtr((-x - mean) / sd), 0.0)


def lognormal(shift: np.ndarray | float, sd: float) -> Function:
    """Distribution function of ``|shift + exp(sd xi)|``."""
    def up_to(y: np.ndarray) -> np.ndarray:
        return ndtr(np.log(np.maximum(y, 1e-300)) / sd)
    return lambda x: np.where(x > 0, up_to(x - shift) - np.where(-x > shift, up_to(-x - shift), 0.0), 0.0)


def bound(mean: float, sd: float, other: float) -> Function:
    """Distribution function of ``|max(mean + sd xi, other)|``: a bound that never passes the opposite one, `other` <= 0."""
    return lambda x: np.where(
        x < -other, np.where(x > 0, ndtr((x - mean) / sd) - ndtr((-x - mean) / sd), 0.0), ndtr((x - mean) / sd))


def uniform(low: float, high: float) -> Function:
    """Distribution function of what lies evenly between two numbers."""
    return lambda x: np.clip((x - low) / (high - low), 0.0, 1.0)


def counted(values: np.ndarray, outcomes: dict[int, float]) -> Counted:
    """Counts of whole numbers, of which these have these probabilities."""
    seen = np.array([(values == outcome).sum() for outcome in outcomes])
    return Counted(seen, np.array(list(outcomes.values())), int(values.size - seen.sum()))


def evenly(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Places within atoms."""
    return generator(seed, STREAM).random(shape)


def places(
    law: Function, x: np.ndarray, seed: int, low: np.ndarray | float = -np.inf, high: np.ndarray | float = np.inf
) -> np.ndarray:
    """Places of samples in a law of which what is beyond `low` and `high` lies at them."""
    draw = evenly(x.shape, seed)
    below, above = law(np.broadcast_to(low, x.shape)), law(np.broadcast_to(high, x.shape))
    found = np.where(x >= high - TINY, above + draw * (1 - above), law(x))
    return np.where(x <= low + TINY, draw * below, found).ravel()


def tests(sample: Sample) -> Iterator[tuple[str, float]]:
    """(which test, its p-value) of a sample."""
    if isinstance(sample, Counted):
        wanted = sample.seen.sum() * sample.chances
        far = float(((sample.seen - wanted) ** 2 / wanted).sum())
        yield "counts", 0.0 if sample.others else float(chi2.sf(far, sample.seen.size - 1))
        return
    square = float(np.square(ndtri(sample)).sum())
    yield "shape", float(kstest(sample, "uniform").pvalue)
    yield "spread", float(min(1.0, 2 * min(chi2.sf(square, sample.size), chi2.cdf(square, sample.size))))
