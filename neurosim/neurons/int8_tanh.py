"""Rate neurons in 8-bit integers in the learning loop; digital/int8_rnn.py has the arithmetic."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import slope, step
from ..digital.int8_rnn import HIGH, LOW, tanh_table
from ..digital.integers import half_even, saturate
from ..storage import aligned
from .whole_numbers import MOST, nearest

BITS = 8


class Int8Tanh(NamedTuple):
    """What arrives is rounded to a whole number of `lsb`, to z half to even by a shift, clipped to 8 bits; sends table[z + 128].

    With weights, inputs and bias on their grids the sum is whole already, and the activity is that of a `digital.int8_rnn.run` in every bit
    (in float32 as long as it stays below 2^24 steps).  What is injected is rounded to a step of the accumulator.  Leaves the sum as it
    was rounded in `current`; the slope is that of tanh at the activity that was sent, 0 where z is clipped.
    """

    lsb: float         # of the accumulator, in units of weight x activity
    most: float        # `MOST`
    shift: int         # from the accumulator to z
    table: np.ndarray  # (256,) activity


def int8_tanh(q_accumulator: int = 13, q_state: int = 7, q_table: int = 5, dtype: Any = np.float32) -> Int8Tanh:
    """The neurons for numbers with so many fractional bits, as in `digital.int8_rnn`."""
    real = np.dtype(dtype).type
    table = aligned(tanh_table(q_table, q_state) / 2.0**q_state, dtype)
    return Int8Tanh(real(2.0**-q_accumulator), real(MOST), q_accumulator - q_table, table)


@step.fill(Int8Tanh)
def _step(neuron, key, current, z):
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            held = nearest(current[l, i], neuron.lsb, neuron.most)
            current[l, i] = current.dtype.type(held) * neuron.lsb
            z[l, i] = neuron.table[saturate(half_even(held, neuron.shift), BITS) - LOW]


@slope.fill(Int8Tanh)
def _slope(neuron, current, z, out):
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            one = neuron.lsb / neuron.lsb
            rounded = half_even(nearest(current[b, i], neuron.lsb, neuron.most), neuron.shift)
            inside = rounded >= LOW and rounded <= HIGH
            out[b, i] = clip(one - z[b, i] * z[b, i], one - one, one) if inside else one - one
