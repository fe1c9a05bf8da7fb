"""Likelihood of a trace: an extended Kalman filter around the mean step curve, for many devices and parameter sets at once.

The state w is what the device remembers; after pulse t

    w_t = clip(w_{t-1} +- s y(w_{t-1}) + q_t xi_t),    q_t = sigma s y (multiplicative) or sigma s (additive)
    z_t = w_t + write_std xi'_t + read_std xi''_t

Cycle noise xi accumulates; write noise xi' is drawn afresh by every pulse and shared by the readings that follow; read noise xi'' is
drawn by every reading.  The mean of n readings of one pulse has variance write_std^2 + read_std^2 / n around w_t.  The bounds act on
the mean and the variance of the filtered state as they do on those of a normal variable (rectified normal distribution).
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr

from .curves import Curve, Values, extent, pick, steps
from .traces import Traces

FAR = 7.0             # standard deviations from a bound at which it is not felt
LEAST_VARIANCE = 1e-15
PHI_0 = 1 / np.sqrt(2 * np.pi)
Moments = tuple[np.ndarray, np.ndarray]
"""Mean and variance of a normal variable, each (n_sets, n_devices)."""
Innovation = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Reading minus prediction v, its variance S, and what its log-density is above that of a normal variable: (n_sets, n_devices); 0, 1
and 0 for a device that was not read."""


class Belief(NamedTuple):
    """What is kept of the distribution of a state, in two numbers that a reading changes as the Kalman filter does."""

    pulse: Callable[[Curve, Values, np.ndarray, Any, np.ndarray, np.ndarray], Moments]
    seen: Callable[[Values, np.ndarray, np.ndarray, np.ndarray, Moments, Moments], Innovation]


def innovations(curve: Curve, values: Values, traces: Traces, read_std: float, belief: Belief | None = None) -> Iterator[Innovation]:
    """One-step prediction errors of the readings after the first of every device.

    Parameters
    ----------
    values : parameters by name, each (n_sets, n_devices); also ``sigma`` (cycle noise, of the step) and ``write_std`` (normalised)
    belief : `NORMAL` by default

    Notes
    -----
    The log-likelihood of a device is the sum of ``-1/2 (log 2 pi S + v^2 / S)`` and of the third number of every innovation, up to the
    part of repeated readings that depends on read_std alone.
    """
    belief = belief or NORMAL
    shape = values["step"].shape
    write, read = values["write_std"] ** 2, read_std**2
    mean, variance = np.zeros(shape), np.zeros(shape)
    is_known = np.zeros(shape[1], bool)
    upper = values["lower"] + extent(values)
    for t in range(len(traces.mean)):
        if t > 0:
            polarity = traces.polarity[t - 1]
            moved = belief.pulse(curve, values, upper, direction(polarity), mean, variance)
            is_pulsed = polarity != 0
            mean, variance = moved if is_pulsed.all() else tuple(
                np.where(is_pulsed, new, old) for new, old in zip(moved, (mean, variance)))
        is_read = traces.n_read[t] > 0
        if not is_read.any():
            continue
        noise = write + read / np.maximum(traces.n_read[t], 1)
        is_first, is_later = is_read & ~is_known, is_read & is_known
        total = variance + noise
        gap = traces.mean[t] - mean
        if is_later.any():
            gain = variance / total if is_later.all() else np.where(is_later, variance / total, 0.0)
            before, after = (mean, variance), (mean + gain * gap, (1 - gain) * variance)
            innovation = belief.seen(values, upper, traces.mean[t], noise, before, after)
            yield innovation if is_later.all() else tuple(  # type: ignore[misc]
                np.where(is_later, number, blank) for number, blank in zip(innovation, (0.0, 1.0, 0.0)))
            mean, variance = after
        if is_first.any():  # nothing is known of a device before its first reading
            mean, variance = np.where(is_first, traces.mean[t], mean), np.where(is_first, noise, variance)
            is_known = is_known | is_first


def direction(polarity: np.ndarray) -> Any:
    """True or False if all devices are pulsed that way, else an array; padding does not count."""
    is_up = polarity > 0
    return True if (is_up | (polarity == 0)).all() else False if not is_up.any() else is_up


def pulse(curve: Curve, values: Values, upper: np.ndarray, is_up: Any, mean: np.ndarray, variance: np.ndarray) -> Moments:
    """Mean and variance of the state after one pulse."""
    full = steps(values, is_up)
    share, slope = curve.share(values, is_up, mean)
    step = full * share
    noise = values["sigma"] * (step if curve.noise == "multiplicative" else full)
    gain = np.clip(1 + pick(is_up, full, -full) * slope, 0.0, 2.0)  # a pulse never turns two states around
    before = within(mean, variance, upper, values["lower"])
    mean = before[0] + pick(is_up, step, -step)
    variance = gain * gain * before[1] + noise * noise + LEAST_VARIANCE
    mean, variance = _below(mean, variance, upper, *before)
    mirrored, variance = _below(-mean, variance, -values["lower"], -before[0], before[1])
    return within(-mirrored, variance, upper, values["lower"])


def within(mean: np.ndarray, variance: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> Moments:
    """A mean beyond a bound put on it, and the variance with it: the further beyond, the surer it is that the state is at the bound."""
    inside = np.clip(mean, lower, upper)
    is_out = inside != mean
    if not is_out.any():
        return mean, variance
    away = -np.abs(mean - inside) / np.sqrt(variance)
    _, share, _ = rectified(away)
    return inside, np.where(is_out, np.maximum(variance * share / SHARE_0, LEAST_VARIANCE), variance)


def _below(mean: np.ndarray, variance: np.ndarray, bound: np.ndarray, old_mean: np.ndarray, old_variance: np.ndarray) -> Moments:
    """Mean and variance of the state after a bound has clipped what the pulse, and not the normal approximation, put beyond it.

    The state before the pulse was within the bound.  What its approximation had beyond is therefore not clipped a second time: the
    mean is lowered by the growth of the expected excess over the bound, the second moment about the bound by that of what is lost.
    Without this a state that diffuses at a bound would be pushed away from it by every pulse.
    """
    left, old_left = bound - mean, bound - old_mean
    if (left * np.abs(left) > FAR * FAR * variance).all():
        return mean, variance
    std, old_std = np.sqrt(variance), np.sqrt(old_variance)
    excess, _, lost = rectified(left / std)
    old_excess, _, old_lost = rectified(old_left / old_std)
    drop = np.maximum(std * excess - old_std * old_excess, 0.0)
    square = left * left + variance - np.maximum(variance * lost - old_variance * old_lost, 0.0)
    return mean - drop, np.maximum(square - (left + drop) ** 2, LEAST_VARIANCE)


def rectified(ratio: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of a standard normal variable x and a bound b = `ratio`: E[(x - b)+], the variance of min(x, b), E[(x - b)+ ^2]."""
    ratio = np.clip(ratio, -30.0, 30.0)
    density = PHI_0 * np.exp(-0.5 * ratio * ratio)
    above = ndtr(-ratio)
    excess = np.maximum(density - ratio * above, 0.0)
    lost = np.maximum((ratio * ratio + 1) * above - ratio * density, 0.0)
    short = ratio + excess                                   # E[b - min(x, b)]
    return excess, np.maximum(ratio * ratio + 1 - lost - short * short, 1e-6), lost


SHARE_0 = 0.5 - 0.5 / np.pi  # variance of min(x, 0), x standard normal


def seen(values: Values, upper: np.ndarray, reading: np.ndarray, noise: np.ndarray, before: Moments, after: Moments) -> Innovation:
    """Innovation of a reading under a normal belief."""
    gap = reading - before[0]
    return gap, before[1] + noise, np.zeros_like(gap)


NORMAL = Belief(pulse, seen)
