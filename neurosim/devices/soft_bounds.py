"""Soft-bounds device: a pulse moves the state by a step that shrinks linearly towards the bound it moves to."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip, exp
from ..contract import draws, program
from .pulses import pulses, rounded_count, use


class SoftBounds(NamedTuple):
    """w <- clip(w + s (1 - w / b + sigma xi)) per pulse, b the upper bound for up pulses and the lower one for down pulses.

    The additive-noise form of aihwkit's SoftBoundsReferenceDevice (Rasch et al. 2021, arXiv:2104.02184; fits: Gong et al. 2018,
    doi:10.1038/s41467-018-04485-1).  n pulses are merged with q = 1 - s / b:
    ``w_n = b + (w - b) q^n + s sigma sqrt((1 - q^2n) / (1 - q^2)) xi``, exact in distribution away from the clip.
    Arrays per cell are (rows, width); padding has step 0 and rate 0.
    """

    granule: float          # nominal step, in units of the weight
    most: float             # longest pulse train of one request
    step_up: np.ndarray     # s of up pulses, 0 for a stuck device
    step_down: np.ndarray
    rate_up: np.ndarray     # -ln q of up pulses
    rate_down: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    spread_ctoc: float      # sigma, relative to the step


draws.set(2, SoftBounds)
use(SoftBounds)


@pulses.fill(SoftBounds)
def _pulses(device, dw, uniform):
    return rounded_count(dw, device.granule, device.most, uniform)


@program.fill(SoftBounds)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    zero, one = dw - dw, device.granule / device.granule
    count = rounded_count(dw, device.granule, device.most, uniform)
    step_up, step_down = device.step_up[r, c], device.step_down[r, c]  # load both, then select, so that the loop vectorises
    rate_up, rate_down = device.rate_up[r, c], device.rate_down[r, c]
    upper, lower = device.upper[r, c], device.lower[r, c]
    is_up = dw > zero
    step = step_up if is_up else step_down
    rate = rate_up if is_up else rate_down
    bound = upper if is_up else lower
    q, q_all = exp(-rate), exp(-rate * count)
    left = one - q * q
    left = left if left > zero else one
    noise = step * device.spread_ctoc * np.sqrt((one - q_all * q_all) / left) * normal
    moved = clip(bound + (conductance - bound) * q_all + noise, lower, upper)
    return moved if count > zero else conductance
