"""Constant-step device: every pulse moves the state by the same amount, between hard bounds."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip, either
from ..contract import draws
from .pulses import fire
from .writing import use


class ConstantStep(NamedTuple):
    """w <- clip(w +- s (1 + sigma xi)) per pulse (Gokmen & Vlasov 2016, doi:10.3389/fnins.2016.00333).

    n pulses are merged where no bound can be met on the way: w +- s (n + sigma sqrt(n) xi), exact in distribution (a path that strays
    by more than 5 standard deviations is left out: probability below 1e-6).  Arrays per cell are (rows, width); padding has step 0
    and bounds 0.
    """

    granule: float       # nominal step, in units of the weight
    most: float          # longest pulse train of one request
    step_up: np.ndarray
    step_down: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    spread_ctoc: float   # sigma, relative to the step
    margin: float        # 5 sigma: what cycle noise may add before a bound counts as met


draws.set(2, ConstantStep)


def _is_clear(device, r, c, conductance, pulses):
    zero = pulses - pulses
    count = abs(pulses)
    up, down = device.step_up[r, c], device.step_down[r, c]
    step = either(pulses > zero, up, down)
    noise = device.margin * step * np.sqrt(count)
    end = conductance + step * pulses
    high = (end if end > conductance else conductance) + noise
    low = (end if end < conductance else conductance) - noise
    return ((high < device.upper[r, c]) & (low > device.lower[r, c])) | (count * count <= count)


use(ConstantStep, _is_clear)


@fire.fill(ConstantStep)
def _fire(device, r, c, conductance, pulses, normal, second):
    zero = pulses - pulses
    up, down = device.step_up[r, c], device.step_down[r, c]  # load both, then select: a conditional load would not vectorise
    upper, lower = device.upper[r, c], device.lower[r, c]
    step = either(pulses > zero, up, down)
    moved = clip(conductance + step * (pulses + device.spread_ctoc * np.sqrt(abs(pulses)) * normal), lower, upper)
    return moved if abs(pulses) > zero else conductance
