"""Exponential-step device: the step depends exponentially on the state."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip, either, exp
from ..contract import draws
from .pulses import fire
from .writing import use


class ExpStep(NamedTuple):
    """w <- clip(w +- s y + sigma (|s y| + n0 + n1 |w|) xi) per pulse, y = max(1 - A exp(+-gamma z), 0), z = 2 a w / (upper - lower) + b.

    aihwkit ExpStepDevice (Rasch et al. 2021, arXiv:2104.02184).  Fits: ReRAM, Gong et al. 2018, doi:10.1038/s41467-018-04485-1 (n0 = n1
    = 0); PCM, Nandakumar et al. 2020, doi:10.3389/fnins.2020.00406.  A train is fired pulse by pulse.
    """

    granule: float         # nominal step at w = 0 (mean of both directions), in units of the weight
    most: float            # longest pulse train of one request
    step_up: np.ndarray    # (rows, width)
    step_down: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    spread_ctoc: float     # sigma, relative to the step
    amplitude_up: float    # A
    amplitude_down: float
    gamma_up: float
    gamma_down: float
    slope: float           # a
    shift: float           # b
    noise_abs: float       # n0, in units of the weight
    noise_slope: float     # n1


draws.set(2, ExpStep)
use(ExpStep)


@fire.fill(ExpStep)
def _fire(device, r, c, conductance, pulses, normal, second):
    zero, one = pulses - pulses, device.granule / device.granule
    is_up = pulses > zero
    up, down = device.step_up[r, c], device.step_down[r, c]
    upper, lower = device.upper[r, c], device.lower[r, c]
    step = either(is_up, up, -down)
    amplitude = device.amplitude_up if is_up else device.amplitude_down
    gamma = device.gamma_up if is_up else -device.gamma_down
    span = upper - lower
    stretch = (device.slope + device.slope) / (span if span > zero else one)
    share = one - amplitude * exp(gamma * (stretch * conductance + device.shift))
    moved = step * (share if share > zero else zero)
    is_alive = up + down > zero  # a stuck device takes no noise either
    noise = device.spread_ctoc * (abs(moved) + (device.noise_abs + device.noise_slope * abs(conductance) if is_alive else zero))
    return clip(conductance + moved + noise * normal, lower, upper) if abs(pulses) > zero else conductance
