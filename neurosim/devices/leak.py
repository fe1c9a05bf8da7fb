"""Exponential leak towards a reset value, and diffusion, around any device; programming a cell restarts both."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import exp
from ..contract import age, draws, is_ageing, sense
from ..random import fill_normal
from .pulses import fire, is_clear, reset_to, upper_bound
from .writing import wrap


class Leak(NamedTuple):
    """dw = -(w - b) rate dt + d dW from the last write on: w(t) = w_P - (w_P - b)(1 - exp(-rate (t - t_P))) + s, s(t_P) = 0.

    The diffused part s is an Ornstein-Uhlenbeck process, integrated exactly over any interval; with rate 0 it is Brownian motion of
    variance d^2 (t - t_P).  The conductance stays what was programmed, so that the leak does not depend on how the time is split, and
    the diffusion only in its draws.  A write acts on what is there.  aihwkit has the same two effects once per mini-batch (decay and
    diffusion of Rasch et al. 2021, arXiv:2104.02184); here they are in seconds.  Cells are (rows, width).
    """

    inner: tuple
    lost: np.ndarray          # share of the way to the reset value that has been gone; 0 after a write
    shift: np.ndarray         # s
    programmed_s: np.ndarray  # float64, t_P
    aged_s: np.ndarray        # (1,) float64, when `shift` was brought up to date
    rate: np.ndarray          # per second; 0 for a device that cannot be written
    reset: np.ndarray         # b
    diffusion: np.ndarray     # d, per square root of a second
    clock: np.ndarray         # (1,) float64, seconds, the chip's
    normal: np.ndarray        # (width,) workspace


is_ageing.set(True, Leak)
wrap(Leak)


@draws.fill(Leak)
def _draws(part):
    return draws(part.inner)


@sense.fill(Leak)
def _sense(device, r, c, conductance):
    left = conductance - (conductance - device.reset[r, c]) * device.lost[r, c] + device.shift[r, c]
    return sense(device.inner, r, c, left)


@upper_bound.fill(Leak)
def _upper_bound(device, r, c):
    return upper_bound(device.inner, r, c)


@reset_to.fill(Leak)
def _reset_to(device, r, c, conductance, left):
    device.lost[r, c] = conductance - conductance
    device.shift[r, c] = conductance - conductance
    device.programmed_s[r, c] = device.clock[0]
    return reset_to(device.inner, r, c, conductance, left)


@is_clear.fill(Leak)
def _is_clear(device, r, c, conductance, pulses):
    left = conductance - (conductance - device.reset[r, c]) * device.lost[r, c] + device.shift[r, c]
    return is_clear(device.inner, r, c, left, pulses)


@fire.fill(Leak)
def _fire(device, r, c, conductance, pulses, normal, second):
    lost, shift, since, zero = device.lost[r, c], device.shift[r, c], device.programmed_s[r, c], pulses - pulses
    left = conductance - (conductance - device.reset[r, c]) * lost + shift
    written = fire(device.inner, r, c, left, pulses, normal, second)
    is_written, now_s = abs(pulses) > zero, device.clock[0]
    device.lost[r, c] = zero if is_written else lost
    device.shift[r, c] = zero if is_written else shift
    device.programmed_s[r, c] = now_s if is_written else since
    return written if is_written else conductance


@age.fill(Leak)
def _age(device, conductance, key, now_s):
    age(device.inner, conductance, key, now_s)
    aged_s, width, one = device.aged_s[0], device.lost.shape[1], now_s - now_s + 1
    for r in range(device.lost.shape[0]):
        fill_normal(key, r * width, device.normal)
        for c in range(width):
            since, rate = device.programmed_s[r, c], device.rate[r, c]
            passed = now_s - (since if since > aged_s else aged_s)
            keep = exp(-(passed * rate))
            variance = (one - keep * keep) / (rate + rate) if rate > 0 else passed
            device.lost[r, c] = one - exp(-((now_s - since) * rate))
            device.shift[r, c] = device.shift[r, c] * keep + device.diffusion[r, c] * np.sqrt(variance) * device.normal[c]
    device.aged_s[0] = now_s
