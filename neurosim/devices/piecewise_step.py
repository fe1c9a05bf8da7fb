"""Piecewise-linear step device: the step is interpolated between measured nodes."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip, either
from ..contract import draws
from .pulses import fire
from .writing import use


class PiecewiseStep(NamedTuple):
    """w <- clip(w +- s p(w) (1 + sigma xi)) per pulse; p linear between nodes at equal distances from the lower to the upper bound.

    aihwkit PiecewiseStepDevice (Rasch et al. 2021, arXiv:2104.02184).  A train is fired pulse by pulse.
    """

    granule: float         # nominal step at the centre, in units of the weight
    most: float
    step_up: np.ndarray    # (rows, width)
    step_down: np.ndarray
    nodes_up: np.ndarray   # (nodes,) relative step
    nodes_down: np.ndarray
    last: float            # nodes - 1
    upper: np.ndarray
    lower: np.ndarray
    spread_ctoc: float


draws.set(2, PiecewiseStep)
use(PiecewiseStep)


@fire.fill(PiecewiseStep)
def _fire(device, r, c, conductance, pulses, normal, second):
    zero, one = pulses - pulses, device.granule / device.granule
    is_up = pulses > zero
    upper, lower = device.upper[r, c], device.lower[r, c]
    span, last = upper - lower, device.last
    place = last * clip((conductance - lower) / (span if span > zero else one), zero, one)
    base = np.floor(place)
    base = base if base < last else last - one
    node, share = int(base), place - base
    below = either(is_up, device.nodes_up[node], device.nodes_down[node])
    above = either(is_up, device.nodes_up[node + 1], device.nodes_down[node + 1])
    step = either(is_up, device.step_up[r, c], -device.step_down[r, c]) * (below + (above - below) * share)
    moved = clip(conductance + step * (one + device.spread_ctoc * normal), lower, upper)
    return moved if abs(pulses) > zero else conductance
