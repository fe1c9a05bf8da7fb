"""DAC in front of a crossbar and ADC behind it, each around any inner read path.

value = lsb * clip(rint(value / lsb), -top, top), half to even, quantised before clipping.  Levels are symmetric with zero among them:
b bits give 2 top = 2^b - 2 steps over [-top * lsb, top * lsb], as aihwkit's IOParameters and CrossSim's sign-magnitude converters have
it (Rasch et al. 2021, arXiv:2104.02184).
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import converts_input, converts_output, decode, encode
from ..reading import alone, clips
from .wrapper import wraps


class InputConverter(NamedTuple):
    """DAC: the input lines carry quantised, clipped activity."""

    inner: tuple
    lsb: float
    top: float


class OutputConverter(NamedTuple):
    """ADC: what the columns collect, noise of the inner read path included, is quantised and clipped before it is added on."""

    inner: tuple
    lsb: float
    top: float


wraps(InputConverter, OutputConverter)


@converts_input.fill(InputConverter)
@converts_output.fill(OutputConverter)
def _yes(circuit):
    return True


@alone.fill(InputConverter)
def _alone_dac(part, l):
    return InputConverter(alone(part.inner, l), part.lsb, part.top)


@alone.fill(OutputConverter)
def _alone_adc(part, l):
    return OutputConverter(alone(part.inner, l), part.lsb, part.top)


@encode.fill(InputConverter)
def _encode(circuit, z, lines):
    lsb, top = circuit.lsb, circuit.top
    for l in range(z.shape[0]):
        for j in range(z.shape[1]):
            lines[l, j] = lsb * clip(np.rint(z[l, j] / lsb), -top, top)
    encode(circuit.inner, lines, lines)


@decode.fill(OutputConverter)
def _decode(circuit, collected, current):
    lsb, top = circuit.lsb, circuit.top
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            current[l, i] = current[l, i] + lsb * clip(np.rint(collected[l, i] / lsb), -top, top)


@clips.fill(OutputConverter)
def _clips(circuit, collected, l):
    beyond = 0  # counted: a loop that may stop early does not vectorise
    for i in range(collected.shape[1]):
        beyond += 1 if abs(np.rint(collected[l, i] / circuit.lsb)) > circuit.top else 0
    return beyond > 0
