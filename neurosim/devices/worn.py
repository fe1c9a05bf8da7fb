"""Counts around any pulsed device: what an array of devices has gone through, device by device, and what was asked of it in vain."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import age, draws, is_ageing, sense
from ..slots import inlined
from .firing import refresh_row
from .pulses import fire, granule, is_clear, longest
from .writing import lose, wrap

MOST = np.int32(2**31 - 1)  # where a count stops


class Worn(NamedTuple):
    """The device inside, and how many up and down pulses every device has been sent, exactly; 2^31 - 1 means that many or more.

    A pulse counts whether it moves the device or not (a stuck device, or one at its bound, is pulsed all the same).  Around a
    one-sided pair, `up` counts the pulses of the plus device and `down` those of the minus device, those of a refresh among them; a reset
    is no pulse.

    `lost` counts the requests, of those that are rounded to pulses, that were larger than the longest train, and adds up the pulses (to
    the nearest) that were asked for beyond it.
    """

    inner: tuple
    up: np.ndarray    # (rows, width) int32, state
    down: np.ndarray  # (rows, width) int32, state
    lost: np.ndarray  # (2,) int64, state: requests, pulses


wrap(Worn)


@inlined
def counted(count, more):
    """`count` plus `more` pulses, at most `MOST`; int32 throughout, so that it vectorises as such."""
    room, more = np.int32(MOST - count), np.int32(more)
    return np.int32(count + (more if more < room else room))


@inlined
def of_sign(pulses):
    """(up, down) pulses, int32, of a signed whole number of them; (0, 0) for what is not a number."""
    return np.int32(pulses) if pulses > 0 else np.int32(0), np.int32(-pulses) if pulses < 0 else np.int32(0)


@draws.fill(Worn)
def _draws(part):
    return draws(part.inner)


@is_ageing.fill(Worn)
def _is_ageing(part):
    return is_ageing(part.inner)


@age.fill(Worn)
def _age(device, conductance, key, now_s):
    age(device.inner, conductance, key, now_s)


@sense.fill(Worn)
def _sense(device, r, c, conductance):
    return sense(device.inner, r, c, conductance)


@refresh_row.fill(Worn)
def _refresh_row(device, outer, g, r, scratch, key):
    refresh_row(device.inner, outer, g, r, scratch, key)


@is_clear.fill(Worn)
def _is_clear(device, r, c, conductance, pulses):
    return is_clear(device.inner, r, c, conductance, pulses)


@fire.fill(Worn)
def _fire(device, r, c, conductance, pulses, normal, second):
    up, down = of_sign(pulses)
    device.up[r, c] = counted(device.up[r, c], up)
    device.down[r, c] = counted(device.down[r, c], down)
    return fire(device.inner, r, c, conductance, pulses, normal, second)


@lose.fill(Worn)
def _lose(device, dw, d, first, last):
    step, most = granule(device), longest(device)
    for k in range(first, last):
        beyond = abs(dw[d, k]) / step - most
        if beyond > most - most:
            device.lost[0] += 1
            device.lost[1] += np.int64(np.rint(beyond) if beyond < MOST else MOST)
