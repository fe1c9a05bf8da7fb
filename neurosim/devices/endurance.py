"""Devices that wear out: each endures so many pulses, N_end, then it is stuck; its window may have closed by then.

N counts every pulse that the device has seen, up or down, moved by it or not: one pulse of a train is one cycle of the endurance.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import age, draws, is_ageing, sense
from ..slots import inlined
from .pulses import fire, is_clear, reset_to, upper_bound
from .worn import counted, of_sign
from .writing import wrap


class Mortal(NamedTuple):
    """A device that keeps its value from its N_end-th pulse on (stuck); pulses sent to it later do nothing at all.

    It goes around all that a write does (write noise, and what time does between writes): for a worn device no write noise is drawn any
    more, and what it holds drifts and leaks on.  Exact for trains that are merged: of n pulses min(n, N_end - N) act.
    """

    inner: tuple
    seen: np.ndarray    # (rows, width) int32, state: N
    cycles: np.ndarray  # (rows, width) N_end, whole, at least 1; 0 where there is no device


class ClosingWindow(NamedTuple):
    """Bounds that close linearly about their middle m: after N pulses |w - m| <= h (1 - N / N_end), h half of the window when new.

    It goes directly around a device with bounds, so that write noise stays outside of them.  Pulses are fired one by one, because every one
    moves the bounds.
    """

    inner: tuple
    seen: np.ndarray    # (rows, width) int32, state: N
    cycles: np.ndarray  # (rows, width) N_end, whole, at least 1; 0 where there is no device
    middle: np.ndarray  # (rows, width) m
    half: np.ndarray    # (rows, width) h


wrap(Mortal)
wrap(ClosingWindow)


@draws.fill(Mortal, ClosingWindow)
def _draws(part):
    return draws(part.inner)


@is_ageing.fill(Mortal, ClosingWindow)
def _is_ageing(part):
    return is_ageing(part.inner)


@age.fill(Mortal, ClosingWindow)
def _age(device, conductance, key, now_s):
    age(device.inner, conductance, key, now_s)


@sense.fill(Mortal, ClosingWindow)
def _sense(device, r, c, conductance):
    return sense(device.inner, r, c, conductance)


@inlined
def acting(device, r, c, pulses):
    """How many of the signed `pulses` a device still obeys."""
    zero = pulses - pulses
    left = device.cycles[r, c] - device.cycles.dtype.type(device.seen[r, c])
    left = left if left > zero else zero
    low = -left if pulses < -left else pulses
    return left if low > left else low


@upper_bound.fill(Mortal, ClosingWindow)
def _upper_bound(device, r, c):
    return upper_bound(device.inner, r, c)


@reset_to.fill(Mortal)
def _reset_to(device, r, c, conductance, left):
    reset = reset_to(device.inner, r, c, conductance, left)
    return reset if device.cycles[r, c] > device.cycles.dtype.type(device.seen[r, c]) else conductance


@reset_to.fill(ClosingWindow)
def _reset_into(device, r, c, conductance, left):
    half = device.half[r, c] * window(device, r, c, device.seen[r, c])
    return clip(reset_to(device.inner, r, c, conductance, left), device.middle[r, c] - half, device.middle[r, c] + half)


@inlined
def window(device, r, c, seen):
    """Share of the window that is left after `seen` pulses."""
    cycles, one = device.cycles[r, c], device.cycles.dtype.type(1)
    share = one - device.cycles.dtype.type(seen) / (cycles if cycles > one else one)  # 0 where there is no device
    return share if share > one - one else one - one


@is_clear.fill(Mortal)
def _is_clear(device, r, c, conductance, pulses):
    return is_clear(device.inner, r, c, conductance, acting(device, r, c, pulses))


@fire.fill(Mortal)
def _fire(device, r, c, conductance, pulses, normal, second):
    count, (up, down) = acting(device, r, c, pulses), of_sign(pulses)
    device.seen[r, c] = counted(device.seen[r, c], up + down)
    return fire(device.inner, r, c, conductance, count, normal, second)


@fire.fill(ClosingWindow)
def _fire_closing(device, r, c, conductance, pulses, normal, second):
    up, down = of_sign(pulses)
    seen = counted(device.seen[r, c], up + down)
    device.seen[r, c] = seen
    half = device.half[r, c] * window(device, r, c, seen)
    moved = fire(device.inner, r, c, conductance, pulses, normal, second)
    closed = clip(moved, device.middle[r, c] - half, device.middle[r, c] + half)
    return closed if abs(pulses) > pulses - pulses else conductance
