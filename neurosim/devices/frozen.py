"""Weights that are only read, in fewer bytes than a float32: what a product streams from memory is what it waits for.

The array of the projection holds int8 or uint16 instead of the working precision; `neurosim.frozen` makes it.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import bits_float
from ..contract import program, sense

HALF = np.uint32(16)


class FrozenInt8(NamedTuple):
    """Levels -128 ... 127 in int8; the weight is level * lsb, in the precision of `lsb`: the very bits of a `FixedPoint`."""

    lsb: float


class FrozenBfloat16(NamedTuple):
    """The upper 16 bits of every float32 weight in uint16: bfloat16, 8 bits of precision."""


@sense.fill(FrozenInt8)
def _sense_int8(device, r, c, conductance):
    return conductance * device.lsb


@sense.fill(FrozenBfloat16)
def _sense_bfloat16(device, r, c, conductance):
    return bits_float(np.uint32(np.uint32(conductance) << HALF))


@program.fill(FrozenInt8, FrozenBfloat16)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    """Nothing: a sweep that writes is typed for them all the same."""
    return conductance
