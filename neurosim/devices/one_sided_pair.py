"""Two devices that can only be pulsed up, one for each sign: the weight is their difference (phase-change memory)."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import draws
from .pulses import fire, granule, is_clear, longest
from .writing import pulsed


class OneSidedPair(NamedTuple):
    """w = g_plus - g_minus; an up pulse goes to the plus device, a down pulse to the minus device, as an up pulse.

    aihwkit OneSidedUnitCell (Rasch et al. 2021, arXiv:2104.02184).  Devices that are both nearly full are reset and written anew, see
    `refresh.py`.
    """

    plus: tuple
    minus: tuple
    g_plus: np.ndarray   # (rows, width), state
    g_minus: np.ndarray


draws.set(2, OneSidedPair)
pulsed(OneSidedPair)


@granule.fill(OneSidedPair)
def _granule(device):
    return granule(device.plus)


@longest.fill(OneSidedPair)
def _longest(device):
    return longest(device.plus)


@is_clear.fill(OneSidedPair)
def _is_clear(device, r, c, conductance, pulses):
    zero = pulses - pulses
    up, down = (pulses if pulses > zero else zero), (-pulses if pulses < zero else zero)
    return is_clear(device.plus, r, c, device.g_plus[r, c], up) & is_clear(device.minus, r, c, device.g_minus[r, c], down)


@fire.fill(OneSidedPair)
def _fire(device, r, c, conductance, pulses, normal, second):
    zero = pulses - pulses
    up, down = (pulses if pulses > zero else zero), (-pulses if pulses < zero else zero)
    g_plus = fire(device.plus, r, c, device.g_plus[r, c], up, normal, second)
    g_minus = fire(device.minus, r, c, device.g_minus[r, c], down, normal, second)
    device.g_plus[r, c] = g_plus
    device.g_minus[r, c] = g_minus
    return g_plus - g_minus if abs(pulses) > zero else conductance
