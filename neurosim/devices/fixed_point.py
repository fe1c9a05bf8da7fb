"""Digital weights on a grid: the stored number is the level, the weight is level * lsb."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import draws, program, roll, sense
from ..random import fill_uniform


class FixedPoint(NamedTuple):
    """Levels -top ... top, written with stochastic rounding: a request is met in the mean, however small it is."""

    lsb: float
    top: float


class FixedPointNearest(NamedTuple):
    """Levels -top ... top, written with rounding to nearest: a request below half an lsb is lost."""

    lsb: float
    top: float


draws.set(1, FixedPoint)


@roll.fill(FixedPoint)
def _roll(device, key, first, scratch):
    fill_uniform(key, first, scratch.uniform)


@sense.fill(FixedPoint, FixedPointNearest)
def _sense(device, r, c, conductance):
    return conductance * device.lsb


@program.fill(FixedPoint)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    """level + floor(dw / lsb + u), saturating; the sum is rounded apart from the level, so that dw = 0 changes nothing."""
    return clip(conductance + np.floor(dw / device.lsb + uniform), -device.top, device.top)


@program.fill(FixedPointNearest)
def _program_nearest(device, r, c, conductance, dw, uniform, normal, second):
    return clip(conductance + np.rint(dw / device.lsb), -device.top, device.top)
