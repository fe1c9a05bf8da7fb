"""DAC in front of a crossbar and ADC behind it, each around any inner read path.

value = lsb * clip(rint(value / lsb), -top, top), half to even, quantised before clipping.  Levels are symmetric with zero among them:
b bits give 2 top = 2^b - 2 steps over [-top * lsb, top * lsb], as aihwkit's IOParameters and CrossSim's sign-magnitude converters have
it (Rasch et al. 2021, arXiv:2104.02184).
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import converts_input, converts_output, decode, disturb, encode, is_read_noisy, spread


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


@is_read_noisy.fill(InputConverter, OutputConverter)
def _needs_variance(circuit):
    return is_read_noisy(circuit.inner)


@converts_input.fill(InputConverter)
@converts_output.fill(OutputConverter)
def _yes(circuit):
    return True


@converts_output.fill(InputConverter)
def _inner_converts_output(circuit):
    return converts_output(circuit.inner)


@converts_input.fill(OutputConverter)
def _inner_converts_input(circuit):
    return converts_input(circuit.inner)


@encode.fill(InputConverter)
def _encode(circuit, z, lines):
    lsb, top = circuit.lsb, circuit.top
    for l in range(z.shape[0]):
        for j in range(z.shape[1]):
            lines[l, j] = lsb * clip(np.rint(z[l, j] / lsb), -top, top)


@encode.fill(OutputConverter)
def _encode_inner(circuit, z, lines):
    encode(circuit.inner, z, lines)


@disturb.fill(InputConverter, OutputConverter)
def _disturb(circuit, p, key, z, current):
    disturb(circuit.inner, p, key, z, current)


@decode.fill(InputConverter)
def _decode_inner(circuit, collected, current):
    decode(circuit.inner, collected, current)


@decode.fill(OutputConverter)
def _decode(circuit, collected, current):
    lsb, top = circuit.lsb, circuit.top
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            current[l, i] = current[l, i] + lsb * clip(np.rint(collected[l, i] / lsb), -top, top)


@spread.fill(InputConverter, OutputConverter)
def _spread_inner(circuit, weight):
    return spread(circuit.inner, weight)
