"""Exponential-step device: the step depends exponentially on the state."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip, exp
from ..contract import draws, program
from .pulses import pulses, rounded_count, use


class ExpStep(NamedTuple):
    """w <- clip(w +- s y (1 + sigma xi)), y = max(1 - A exp(+-gamma z), 0), z = 2 a w / (upper - lower) + b (aihwkit ExpStepDevice).

    The mean path takes pulse by pulse; the cycle noise of a train is added at its end with the variance of its pulses: exact for
    one pulse.  Fit for ReRAM: Gong et al. 2018, doi:10.1038/s41467-018-04485-1.
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


draws.set(2, ExpStep)
use(ExpStep)


@pulses.fill(ExpStep)
def _pulses(device, dw, uniform):
    return rounded_count(dw, device.granule, device.most, uniform)


@program.fill(ExpStep)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    zero, one = dw - dw, device.granule / device.granule
    count = rounded_count(dw, device.granule, device.most, uniform)
    if not count > zero:
        return conductance
    is_up = dw > zero
    upper, lower = device.upper[r, c], device.lower[r, c]
    step = device.step_up[r, c] if is_up else -device.step_down[r, c]
    amplitude = device.amplitude_up if is_up else device.amplitude_down
    gamma = device.gamma_up if is_up else -device.gamma_down
    span = upper - lower
    stretch = (device.slope + device.slope) / (span if span > zero else one)
    w, variance = conductance, zero
    for _ in range(int(count)):
        w = clip(w, lower, upper)
        share = one - amplitude * exp(gamma * (stretch * w + device.shift))
        moved = step * (share if share > zero else zero)
        w = w + moved
        variance += moved * moved
    return clip(w + device.spread_ctoc * np.sqrt(variance) * normal, lower, upper)
