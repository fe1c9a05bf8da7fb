"""Power-step device: the step is a power of the distance to the bound that the pulse moves to."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip, either, exp, log
from ..contract import draws
from .pulses import fire
from .writing import use


class PowStep(NamedTuple):
    """w <- clip(w +- s ((b - w) / (upper - lower))^gamma (1 + sigma xi)) per pulse, distances positive (Fusi & Abbott 2007, nn1859).

    aihwkit PowStepDevice (Rasch et al. 2021, arXiv:2104.02184).  A train is fired pulse by pulse.  Arrays per cell are (rows, width).
    """

    granule: float          # nominal step at the centre, in units of the weight
    most: float
    step_up: np.ndarray
    step_down: np.ndarray
    gamma_up: np.ndarray
    gamma_down: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    spread_ctoc: float


draws.set(2, PowStep)
use(PowStep)


@fire.fill(PowStep)
def _fire(device, r, c, conductance, pulses, normal, second):
    zero, one = pulses - pulses, device.granule / device.granule
    is_up = pulses > zero
    up, down = device.step_up[r, c], device.step_down[r, c]
    gamma_up, gamma_down = device.gamma_up[r, c], device.gamma_down[r, c]
    upper, lower = device.upper[r, c], device.lower[r, c]
    span = upper - lower
    distance = (upper - conductance if is_up else conductance - lower) / (span if span > zero else one)
    is_inside = distance > zero
    share = exp(either(is_up, gamma_up, gamma_down) * log(distance if is_inside else one))
    step = either(is_up, up, -down) * (share if is_inside else zero)
    moved = clip(conductance + step * (one + device.spread_ctoc * normal), lower, upper)
    return moved if abs(pulses) > zero else conductance
