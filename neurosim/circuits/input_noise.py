"""Noise of the input lines: v_j <- v_j + sd xi_j, afresh at every read, on silent lines too (aihwkit `inp_noise`)."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import converts_input, encode
from ..random import Key, fill_normal
from ..reading import alone, prepare
from .wrapper import wraps

INPUT_STREAM = 96  # on top of the stream of the read: 96 + 256 k, of which no other noise of a read makes use


class InputNoise(NamedTuple):
    """Behind the DAC, in units of the activity as the lines carry it."""

    inner: tuple
    sd: float
    n: int              # true number of inputs
    normal: np.ndarray  # (lanes * width_pre,) scratch


wraps(InputNoise)


@converts_input.fill(InputNoise)
def _yes(circuit):
    return True


@alone.fill(InputNoise)
def _alone(part, l):
    width = (part.n + 63) // 64 * 64
    return InputNoise(alone(part.inner, l), part.sd, part.n, part.normal[l * width:(l + 1) * width])


@prepare.fill(InputNoise)
def _draw(circuit, key, turn, polarity, z):
    fill_normal(Key(key.seed, key.stream + INPUT_STREAM, key.step), 0, circuit.normal)
    prepare(circuit.inner, key, turn, polarity, z)


@encode.fill(InputNoise)
def _encode(circuit, z, lines):
    width = z.shape[1]
    for l in range(z.shape[0]):
        for j in range(circuit.n):
            lines[l, j] = z[l, j] + circuit.sd * circuit.normal[l * width + j]
        for j in range(circuit.n, width):
            lines[l, j] = z[l, j]
    encode(circuit.inner, lines, lines)
