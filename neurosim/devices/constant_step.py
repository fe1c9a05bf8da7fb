"""Constant-step device: every pulse moves the state by the same amount, between hard bounds."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import draws, program
from .pulses import pulses, rounded_count, use


class ConstantStep(NamedTuple):
    """w <- clip(w +- s (1 + sigma xi)) per pulse (Gokmen & Vlasov 2016, doi:10.3389/fnins.2016.00333).

    n pulses are merged: w +- s (n + sigma sqrt(n) xi), exact in distribution as long as no bound is met on the way.
    Arrays per cell are (rows, width); padding has step 0 and bounds 0.
    """

    granule: float       # nominal step, in units of the weight
    most: float          # longest pulse train of one request
    step_up: np.ndarray
    step_down: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    spread_ctoc: float   # sigma, relative to the step


draws.set(2, ConstantStep)
use(ConstantStep)


@pulses.fill(ConstantStep)
def _pulses(device, dw, uniform):
    return rounded_count(dw, device.granule, device.most, uniform)


@program.fill(ConstantStep)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    count = rounded_count(dw, device.granule, device.most, uniform)
    up, down = device.step_up[r, c], -device.step_down[r, c]  # load both, then select: a conditional load would not vectorise
    upper, lower = device.upper[r, c], device.lower[r, c]
    step = up if dw > dw - dw else down
    moved = clip(conductance + step * (count + device.spread_ctoc * np.sqrt(count) * normal), lower, upper)
    return moved if count > count - count else conductance
