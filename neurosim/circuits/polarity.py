"""Inputs of the two signs are applied one after the other: two passes through the array per read, each with noise of its own.

y = f(W max(v, 0)) - f(W max(-v, 0)), f all that the analog side does.  `PositiveNegative` subtracts before the ADC, `DigitalSum` converts
each pass and subtracts then (aihwkit 1.2 `AnalogMVType.POS_NEG_SEPARATE` and `POS_NEG_SEPARATE_DIGITAL_SUM`).
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import converts_input, converts_output, decode, encode
from ..lanes import clear
from ..reading import alone, clips, gather, polarities, prepare
from .wrapper import hand_over, wraps


class PositiveNegative(NamedTuple):
    """One conversion of the difference."""

    inner: tuple
    sign: np.ndarray   # (1,) state: 1 while positive inputs are applied, -1 after
    total: np.ndarray  # (lanes, width_post) scratch


class DigitalSum(NamedTuple):
    """Two conversions."""

    inner: tuple
    sign: np.ndarray    # (1,) state
    total: np.ndarray   # (lanes, width_post) scratch
    work: np.ndarray    # (lanes, width_post) scratch
    beyond: np.ndarray  # (lanes,) int64, 1 where either conversion clipped


wraps(PositiveNegative, DigitalSum)


@converts_input.fill(PositiveNegative, DigitalSum)
@converts_output.fill(PositiveNegative, DigitalSum)
def _yes(circuit):
    return True


@polarities.fill(PositiveNegative, DigitalSum)
def _two(circuit):
    return 2


@alone.fill(PositiveNegative)
def _alone(part, l):
    return PositiveNegative(alone(part.inner, l), part.sign, part.total[l:l + 1])


@alone.fill(DigitalSum)
def _alone_digital(part, l):
    return DigitalSum(
        alone(part.inner, l), part.sign, part.total[l:l + 1], part.work[l:l + 1], part.beyond[l:l + 1])


@prepare.fill(PositiveNegative, DigitalSum)
def _turn_to(circuit, key, turn, polarity, z):
    circuit.sign[0] = z.dtype.type(1 - 2 * polarity)
    prepare(circuit.inner, key, turn, polarity, z)


@encode.fill(PositiveNegative, DigitalSum)
def _encode(circuit, z, lines):
    zero, sign = z.dtype.type(0), circuit.sign[0]
    for l in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = sign * z[l, j]
            lines[l, j] = v if v > zero else zero
    encode(circuit.inner, lines, lines)


@gather.fill(PositiveNegative)
def _gather(circuit, polarity, collected):
    if polarity == 0:
        clear(circuit.total)
    for l in range(collected.shape[0]):
        for i in range(collected.shape[1]):
            circuit.total[l, i] = circuit.total[l, i] + circuit.sign[0] * collected[l, i]


@decode.fill(PositiveNegative)
def _decode(circuit, collected, current):
    for l in range(collected.shape[0]):
        for i in range(collected.shape[1]):
            collected[l, i] = circuit.total[l, i]
    hand_over(circuit.inner, collected, current)


@gather.fill(DigitalSum)
def _gather_converted(circuit, polarity, collected):
    if polarity == 0:
        clear(circuit.total)
    clear(circuit.work)
    hand_over(circuit.inner, collected, circuit.work)
    for l in range(collected.shape[0]):
        circuit.beyond[l] = 1 if (polarity == 1 and circuit.beyond[l] == 1) or clips(circuit.inner, collected, l) else 0
        for i in range(collected.shape[1]):
            circuit.total[l, i] = circuit.total[l, i] + circuit.sign[0] * circuit.work[l, i]


@decode.fill(DigitalSum)
def _add(circuit, collected, current):
    for l in range(collected.shape[0]):
        for i in range(collected.shape[1]):
            current[l, i] = current[l, i] + circuit.total[l, i]


@clips.fill(DigitalSum)
def _clips(circuit, collected, l):
    return circuit.beyond[l] == 1
