"""Belief about a state that diffuses along a hard bound: a normal distribution cut off there.

A device whose cycle noise is larger than its step wanders in front of a bound instead of lying at it: its state is about half-normal,
and a normal belief of the same mean and variance has a third of the density at the bound, so that the bound comes out too close.
Here ``x``, the distance of the state from the nearer bound, is a normal variable of mean m and variance v given x > 0:

    alpha = m / sqrt(v),  lambda = phi(alpha) / Phi(alpha)
    E[x] = m + sqrt(v) lambda,  Var[x] = v (1 - alpha lambda - lambda^2),  p(0) = lambda / sqrt(v)

A reading z of w with normal noise leaves the belief in this family: m and v become those of the Kalman filter, and

    log p(z) = log N(z; m, v + noise) + log Phi(alpha after) - log Phi(alpha before).

A pulse moves the state by a step of which a(0) is taken at the bound, and by noise of standard deviation q.  What would go beyond is
reflected, which is what clipping does in many small steps: E[x] gains p(0) E[(a(0) + q xi)+ ^2], E[x^2] gains q^2.  The mean and the
variance after it are those of the belief after it.

References
----------
.. [1] Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, vol. 1, 2nd ed., 1994, sec. 13.10.1: moments of the truncated
   normal distribution
.. [2] Harrison, Brownian Motion and Stochastic Flow Systems, 1985, ch. 5: reflected Brownian motion, its push q^2 p(0) / 2 at a bound
"""
from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import log_ndtr, ndtr

from .curves import Curve, Values, pick, steps
from .kalman import LEAST_VARIANCE, PHI_0, Belief, Innovation, Moments

FAR = 7.0          # standard deviations from a bound at which it is not felt
CLOSEST = -8.0     # alpha; what is closer to a bound is taken for an exponential distribution of the same mean
N_TABLE = 6001     # alpha in steps of 0.0025


def cut(alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """lambda = phi(alpha) / Phi(alpha) and 1 - alpha lambda - lambda^2, the variance in units of v."""
    rate = PHI_0 * np.exp(-0.5 * alpha * alpha - log_ndtr(alpha))
    return rate, 1 - alpha * rate - rate * rate


def _table() -> tuple[np.ndarray, np.ndarray]:
    """E[x] / std[x], which grows with alpha, and alpha."""
    alpha = np.linspace(CLOSEST, FAR, N_TABLE)
    rate, share = cut(alpha)
    return (alpha + rate) / np.sqrt(share), alpha


RATIOS, ALPHAS = _table()


def uncut(mean: np.ndarray, variance: np.ndarray) -> Moments:
    """m and v of the belief with that E[x] and Var[x]; only E[x] where no m and v have both (E[x] < std[x])."""
    ratio = mean / np.sqrt(variance)
    alpha = np.interp(ratio, RATIOS, ALPHAS)
    std = mean / (alpha + cut(alpha)[0])
    is_far = ratio >= RATIOS[-1]
    return np.where(is_far, mean, alpha * std), np.where(is_far, variance, std * std)


def nearer(values: Values, upper: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Side (1 upper, -1 lower) and place of the bound that is nearer to `mean`."""
    side = np.where(2 * mean > upper + values["lower"], 1.0, -1.0)
    return side, np.where(side > 0, upper, values["lower"])


def pulse(curve: Curve, values: Values, upper: np.ndarray, is_up: Any, mean: np.ndarray, variance: np.ndarray) -> Moments:
    """The belief after one pulse."""
    side, bound = nearer(values, upper, mean)
    std = np.sqrt(variance)
    alpha = np.maximum(side * (bound - mean) / std, CLOSEST)
    rate, share_left = cut(np.minimum(alpha, FAR))
    is_near = alpha < FAR
    distance = np.where(is_near, (alpha + rate) * std, side * (bound - mean))
    spread = np.where(is_near, share_left, 1.0) * variance

    full = steps(values, is_up)
    share, slope = curve.share(values, is_up, bound - side * distance)
    sign = pick(is_up, 1.0, -1.0) * side                 # 1 where the pulse moves towards the bound
    move = sign * full * share
    gain = np.clip(1 + pick(is_up, full, -full) * slope, 0.0, 2.0)
    noise = values["sigma"] * full * (share if curve.noise == "multiplicative" else 1.0)
    moved, grown = distance - move, gain * gain * spread + noise * noise + LEAST_VARIANCE
    if is_near.any():
        at_bound = move + sign * full * slope * side * distance
        push = np.where(is_near, pushed(at_bound, noise, rate / std), 0.0)
        square = moved * moved + grown
        moved = np.maximum(moved + push, 1e-3 * np.sqrt(grown))
        near = uncut(moved, np.maximum(square - moved * moved, 0.01 * grown))
        moved, grown = np.where(is_near, near[0], moved), np.where(is_near, near[1], grown)
    return bound - side * moved, grown


def pushed(step: np.ndarray, noise: np.ndarray, density: np.ndarray) -> np.ndarray:
    """What a bound adds to E[x]: p(0) E[(step + noise xi)+ ^2], at most E[(step + noise xi)+] as of a state that is at the bound."""
    noise = np.maximum(noise, 1e-12)
    t = np.clip(step / noise, -30.0, 30.0)
    below, hill = ndtr(t), PHI_0 * np.exp(-0.5 * t * t)
    return np.minimum(density * noise * noise * ((1 + t * t) * below + t * hill), noise * (t * below + hill))


def seen(values: Values, upper: np.ndarray, reading: np.ndarray, noise: np.ndarray, before: Moments, after: Moments) -> Innovation:
    """Innovation of a reading: its mean and its variance as the belief has them, and what its log-density is above a normal one."""
    mean, variance = before
    side, bound = nearer(values, upper, mean)
    alpha = side * (bound - mean) / np.sqrt(variance)
    total = variance + noise
    gap = reading - mean
    if (alpha >= FAR).all():
        return gap, total, np.zeros_like(gap)
    held = np.clip(alpha, CLOSEST, FAR)
    rate, share = cut(held)
    is_near = alpha < FAR
    std = np.where(alpha < CLOSEST, side * (bound - mean) / held, np.sqrt(variance))
    expected = np.where(is_near, reading - bound + side * (held + rate) * std, gap)
    spread = np.where(is_near, share * std * std, variance) + noise
    mass = log_ndtr(side * (bound - after[0]) / np.sqrt(after[1])) - log_ndtr(alpha)
    density = np.where(is_near, mass, 0.0) - 0.5 * (np.log(total) + gap * gap / total)
    return expected, spread, density + 0.5 * (np.log(spread) + expected * expected / spread)


TRUNCATED = Belief(pulse, seen)
