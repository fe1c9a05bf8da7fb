"""Digital weights that a write moves by one level at most, as ReckOn does."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import draws, program, roll, sense
from ..digital.reckon import stochastic_update
from ..random import fill_halves

FRACTION_BITS = 24  # of a request, in levels: all that a float32 has
MOST = 2.0**31      # of a request as a whole number
LR_P = 8            # makes a request of one level a chance of 1


class PlusMinusOne(NamedTuple):
    """Levels lower ... upper; a write adds or takes one, with a probability of ``|request| / lsb``, at most 1.

    The request becomes a whole number of 32 bits, is shifted left and right, and is compared with a random word of 32 bits, in the chip's
    arithmetic (`digital.reckon.stochastic_update`).  The mean change is the request as long as it is at most one level; what is beyond
    is lost.  A weight at the end of its range stays there.
    """

    lsb: float
    upper: float
    lower: float
    unit: float  # request of 1 as a whole number, in units of the weight
    most: float
    lr_p: int
    lr_r: int


def plus_minus_one(lsb, bits, real):
    """The device of weights of so many bits, of which one level is `lsb`."""
    top = 2 ** (bits - 1) - 1
    return PlusMinusOne(real(lsb), real(top), real(-top - 1), real(lsb / 2**FRACTION_BITS), real(MOST), LR_P, 0)


draws.set(2, PlusMinusOne)


@roll.fill(PlusMinusOne)
def _roll(device, key, first, scratch):
    fill_halves(key, first, scratch.uniform, scratch.normal)


@sense.fill(PlusMinusOne)
def _sense(device, r, c, conductance):
    return conductance * device.lsb


@program.fill(PlusMinusOne)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    """`uniform` and `normal` hold the upper and the lower half of the random word."""
    request = np.int64(clip(np.rint(dw / device.unit), -device.most, device.most))
    word = (np.int64(uniform) << 16) + np.int64(normal)
    level, one = np.int64(conductance), device.lsb / device.lsb
    moved = stochastic_update(level, request if request < 2**31 else 2**31 - 1, device.lr_p, device.lr_r, word) - level
    stepped = conductance + one if moved > 0 else conductance - one
    return stepped if moved != 0 and stepped <= device.upper and stepped >= device.lower else conductance
