"""Negative signals come through weaker than positive ones: v (1 - a) for v < 0 (aihwkit `inp_asymmetry`, `out_asymmetry`)."""
from __future__ import annotations

from typing import NamedTuple

from ..contract import converts_input, converts_output, decode, disturb, encode
from ..reading import alone
from .wrapper import hand_over, wraps


class InputAsymmetry(NamedTuple):
    """Of the input lines, behind the DAC and the input noise."""

    inner: tuple
    keep: float  # 1 - a


class OutputAsymmetry(NamedTuple):
    """Of the outputs, before their own noise and the ADC."""

    inner: tuple
    keep: float  # 1 - a


wraps(InputAsymmetry, OutputAsymmetry)


@converts_input.fill(InputAsymmetry)
@converts_output.fill(OutputAsymmetry)
def _yes(circuit):
    return True


@alone.fill(InputAsymmetry)
def _alone_input(part, l):
    return InputAsymmetry(alone(part.inner, l), part.keep)


@alone.fill(OutputAsymmetry)
def _alone_output(part, l):
    return OutputAsymmetry(alone(part.inner, l), part.keep)


@encode.fill(InputAsymmetry)
def _encode(circuit, z, lines):
    zero = z.dtype.type(0)
    for l in range(z.shape[0]):
        for j in range(z.shape[1]):
            lines[l, j] = z[l, j] * circuit.keep if z[l, j] < zero else z[l, j]
    encode(circuit.inner, lines, lines)


@disturb.fill(OutputAsymmetry)
def _disturb(circuit, p, key, z, current):
    disturb(circuit.inner, p, key, z, current)
    zero = current.dtype.type(0)
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            current[l, i] = current[l, i] * circuit.keep if current[l, i] < zero else current[l, i]


@decode.fill(OutputAsymmetry)
def _decode(circuit, collected, current):
    hand_over(circuit.inner, collected, current)
