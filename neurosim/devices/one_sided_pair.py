"""Two devices that can only be pulsed up, one for each sign: the weight is their difference (phase-change memory)."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import age, draws, is_ageing, sense
from ..random import Key
from .firing import refresh_row
from .pulses import fire, granule, is_clear, longest, reset_to, upper_bound
from .writing import pulsed, verify_row

REWRITE = 31  # pulses of a refresh, at most: aihwkit's desired_bl
MINUS = 32    # offset of the streams of the ageing of minus devices from those of plus devices


class OneSidedPair(NamedTuple):
    """w = g_plus - g_minus; an up pulse goes to the plus device, a down pulse to the minus device, as an up pulse.

    aihwkit OneSidedUnitCell (Rasch et al. 2021, arXiv:2104.02184).  Refresh: if the fuller device of a pair is above `upper_share` of its
    range and the emptier above `lower_share`, both are reset and the difference is written anew, pulse by pulse until it is read within
    half a step (program and verify, at most 31 pulses); looked at after every write of a row.  Devices that age do so each for itself:
    `g_plus` and `g_minus` are what was programmed, read and refresh see what is there by now.
    """

    plus: tuple
    minus: tuple
    g_plus: np.ndarray   # (rows, width), state
    g_minus: np.ndarray
    reset_plus: np.ndarray   # what a reset leaves behind
    reset_minus: np.ndarray
    upper_share: float
    lower_share: float


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


@is_ageing.fill(OneSidedPair)
def _is_ageing(part):
    return is_ageing(part.plus)


@age.fill(OneSidedPair)
def _age(device, conductance, key, now_s):
    age(device.plus, device.g_plus, key, now_s)
    age(device.minus, device.g_minus, Key(key.seed, key.stream + MINUS, key.step), now_s)


@sense.fill(OneSidedPair)
def _sense(device, r, c, conductance):
    if is_ageing(device.plus):
        return sense(device.plus, r, c, device.g_plus[r, c]) - sense(device.minus, r, c, device.g_minus[r, c])
    return conductance


@refresh_row.fill(OneSidedPair)
def _refresh_row(device, outer, g, r, scratch, key):
    target, is_due, step, left = scratch.target, scratch.uniform, granule(device), 0
    plus, minus, none = device.g_plus, device.g_minus, step - step
    for c in range(g.shape[1]):
        now_plus, now_minus = sense(device.plus, r, c, plus[r, c]), sense(device.minus, r, c, minus[r, c])
        top_plus, top_minus = upper_bound(device.plus, r, c), upper_bound(device.minus, r, c)
        is_fuller_full = (now_plus > device.upper_share * top_plus) | (now_minus > device.upper_share * top_minus)
        is_other_used = (now_plus > device.lower_share * top_plus) & (now_minus > device.lower_share * top_minus)
        due = is_fuller_full & is_other_used
        target[c] = sense(outer, r, c, g[r, c])
        is_due[c] = step / step if due else none
        left += 1 if due else 0
    if left > 0:
        for c in range(g.shape[1]):
            if is_due[c] > none:
                plus[r, c] = reset_to(device.plus, r, c, plus[r, c], device.reset_plus[r, c])
                minus[r, c] = reset_to(device.minus, r, c, minus[r, c], device.reset_minus[r, c])
                g[r, c] = plus[r, c] - minus[r, c]
        verify_row(outer, g, r, step / (step / step + step / step), REWRITE, scratch, key)
