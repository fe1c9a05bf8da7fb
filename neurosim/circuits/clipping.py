"""Limits without steps: lines and outputs that saturate, converters too fine to matter."""
from __future__ import annotations

from typing import NamedTuple

from ..arithmetic import clip
from ..contract import converts_input, converts_output, decode, encode
from ..reading import alone, clips
from .wrapper import wraps


class InputClip(NamedTuple):
    """The input lines carry the activity, limited to +- limit."""

    inner: tuple
    limit: float


class OutputClip(NamedTuple):
    """What the columns collect is limited to +- limit before it is added on."""

    inner: tuple
    limit: float  # in units of the weight


wraps(InputClip, OutputClip)


@converts_input.fill(InputClip)
@converts_output.fill(OutputClip)
def _yes(circuit):
    return True


@alone.fill(InputClip)
def _alone_input(part, l):
    return InputClip(alone(part.inner, l), part.limit)


@alone.fill(OutputClip)
def _alone_output(part, l):
    return OutputClip(alone(part.inner, l), part.limit)


@encode.fill(InputClip)
def _encode(circuit, z, lines):
    for l in range(z.shape[0]):
        for j in range(z.shape[1]):
            lines[l, j] = clip(z[l, j], -circuit.limit, circuit.limit)
    encode(circuit.inner, lines, lines)


@decode.fill(OutputClip)
def _decode(circuit, collected, current):
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            current[l, i] = current[l, i] + clip(collected[l, i], -circuit.limit, circuit.limit)


@clips.fill(OutputClip)
def _clips(circuit, collected, l):
    beyond = 0  # counted: a loop that may stop early does not vectorise
    for i in range(collected.shape[1]):
        beyond += 1 if abs(collected[l, i]) > circuit.limit else 0
    return beyond > 0
