"""Noise management: a digital unit scales every input vector to the range of the DAC, and the output back.

v = x / s on the way in, y s on the way out, with one s per lane and read (Gokmen, Onen, Haensch 2017, arXiv:1705.08014; the choices
and their order are those of aihwkit 1.2, `NoiseManagementType`, Rasch et al. 2021, arXiv:2104.02184).  A lane with s = 0 sends and
receives nothing.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import converts_input, converts_output, decode, encode
from ..lanes import clear
from ..reading import alone, prepare
from ..slots import shared, slot
from .wrapper import wraps


class NoiseManaged(NamedTuple):
    """Inputs divided and outputs multiplied by the factor that `rule` finds in them."""

    inner: tuple
    rule: tuple
    factor: np.ndarray  # (lanes,)
    work: np.ndarray    # (lanes, width_post) scratch


class AbsMax(NamedTuple):
    """s = max_j |x_j|, at most `threshold`."""

    threshold: float
    peak: np.ndarray  # (64,) scratch


class Constant(NamedTuple):
    """s = value."""

    value: float


class AbsMaxNPSum(NamedTuple):
    """s = max(a, min(a * most, share * max(sum_j max(x_j, 0), sum_j max(-x_j, 0)))) with a = max_j |x_j|.

    `share` is the assumed largest weight over the range of the output, in normalised units: an output that would clip if all weights
    of one sign were that large makes the inputs smaller; `most` keeps the largest input that many steps of the DAC long.
    """

    share: float
    most: float
    peak: np.ndarray      # (64,) scratch
    positive: np.ndarray  # (64,) scratch
    negative: np.ndarray  # (64,) scratch


class RunningMean(NamedTuple):
    """s = mean of max_j |x_j| over the past reads of the lane: mean <- (1 - rate) mean + rate max_j |x_j|; the first read starts it."""

    rate: float
    mean: np.ndarray  # (lanes,) state; 0 before the first read
    peak: np.ndarray  # (64,) scratch


@slot
def factor_of(rule, z, l):
    """The factor s of lane l of the activity `z` (lanes, width)."""


@shared
def largest(z, l, peak):
    """max_j |z[l, j]|; `peak` (64,) is workspace, so that the loop vectorises."""
    for k in range(64):
        peak[k] = abs(z[l, k])
    for base in range(64, z.shape[1], 64):
        for k in range(64):
            a = abs(z[l, base + k])
            peak[k] = a if a > peak[k] else peak[k]
    return highest(peak)


@shared
def highest(peak):
    """Largest of 64, by halving."""
    half = 32
    while half > 0:
        for k in range(half):
            a = peak[half + k]
            peak[k] = a if a > peak[k] else peak[k]
        half = half // 2
    return peak[0]


@shared
def added(partial):
    """Sum of 64, by halving."""
    half = 32
    while half > 0:
        for k in range(half):
            partial[k] = partial[k] + partial[half + k]
        half = half // 2
    return partial[0]


@factor_of.fill(AbsMax)
def _largest(rule, z, l):
    a = largest(z, l, rule.peak)
    return rule.threshold if a > rule.threshold else a


@factor_of.fill(Constant)
def _constant(rule, z, l):
    return rule.value


@factor_of.fill(AbsMaxNPSum)
def _by_sums(rule, z, l):
    zero = z.dtype.type(0)
    for k in range(64):
        rule.positive[k] = rule.negative[k] = zero
    for base in range(0, z.shape[1], 64):
        for k in range(64):
            a = z[l, base + k]
            rule.positive[k] = rule.positive[k] + (a if a > zero else zero)
            rule.negative[k] = rule.negative[k] + (-a if a < zero else zero)
    up, down, a = added(rule.positive), added(rule.negative), largest(z, l, rule.peak)
    wanted = rule.share * (up if up > down else down)
    wanted = wanted if wanted < a * rule.most else a * rule.most
    return wanted if wanted > a else a


@factor_of.fill(RunningMean)
def _running(rule, z, l):
    a, before = largest(z, l, rule.peak), rule.mean[l]
    rule.mean[l] = before + rule.rate * (a - before) if before > z.dtype.type(0) else a
    return rule.mean[l]


wraps(NoiseManaged)


@converts_input.fill(NoiseManaged)
@converts_output.fill(NoiseManaged)
def _yes(circuit):
    return True


@alone.fill(NoiseManaged)
def _alone(part, l):
    return NoiseManaged(alone(part.inner, l), alone(part.rule, l), part.factor[l:l + 1], part.work[l:l + 1])


@alone.fill(RunningMean)
def _alone_mean(part, l):
    return RunningMean(part.rate, part.mean[l:l + 1], part.peak)


@prepare.fill(NoiseManaged)
def _measure(circuit, key, turn, polarity, z):
    if turn == 0 and polarity == 0:
        for l in range(z.shape[0]):
            circuit.factor[l] = factor_of(circuit.rule, z, l)
    prepare(circuit.inner, key, turn, polarity, z)


@encode.fill(NoiseManaged)
def _encode(circuit, z, lines):
    zero = z.dtype.type(0)
    for l in range(z.shape[0]):
        s = circuit.factor[l]
        for j in range(z.shape[1]):
            lines[l, j] = z[l, j] / s if s > zero else zero
    encode(circuit.inner, lines, lines)


@decode.fill(NoiseManaged)
def _decode(circuit, collected, current):
    clear(circuit.work)
    if converts_output(circuit.inner):
        decode(circuit.inner, collected, circuit.work)
        for l in range(current.shape[0]):
            for i in range(current.shape[1]):
                current[l, i] = current[l, i] + circuit.factor[l] * circuit.work[l, i]
    else:
        for l in range(current.shape[0]):
            for i in range(current.shape[1]):
                current[l, i] = current[l, i] + circuit.factor[l] * collected[l, i]
