"""Power-law drift around any device: what was programmed fades, and programming a cell again restarts its clock."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import exp, log
from ..contract import age, draws, is_ageing, sense
from .pulses import fire, is_clear, reset_to, upper_bound
from .writing import wrap


class Drift(NamedTuple):
    """w(t) = w_P ((t - t_P + t0) / t0)^-nu, t_P when the cell was last programmed to w_P, nu of every device its own.

    The conductance stays what was programmed; `remaining` is the share of it that is left, so that nothing depends on how often, or at
    which moments, the devices are looked at.  A write acts on what is left.  The law: Nandakumar et al. 2019,
    doi:10.1109/ICECS46596.2019.8964852; restarted by every write as in aihwkit's drift of training devices (Oh et al. 2019, IEEE
    8753712).  Cells are (rows, width).
    """

    inner: tuple
    remaining: np.ndarray     # 1 after a write
    programmed_s: np.ndarray  # float64, t_P
    exponent: np.ndarray      # nu; 0 for a device that cannot be written
    t0_s: float               # float64
    clock: np.ndarray         # (1,) float64, seconds, the chip's


is_ageing.set(True, Drift)
wrap(Drift)


@draws.fill(Drift)
def _draws(part):
    return draws(part.inner)


@sense.fill(Drift)
def _sense(device, r, c, conductance):
    return sense(device.inner, r, c, conductance * device.remaining[r, c])


@upper_bound.fill(Drift)
def _upper_bound(device, r, c):
    return upper_bound(device.inner, r, c)


@reset_to.fill(Drift)
def _reset_to(device, r, c, conductance, left):
    device.remaining[r, c] = device.t0_s / device.t0_s
    device.programmed_s[r, c] = device.clock[0]
    return reset_to(device.inner, r, c, conductance, left)


@is_clear.fill(Drift)
def _is_clear(device, r, c, conductance, pulses):
    return is_clear(device.inner, r, c, conductance * device.remaining[r, c], pulses)


@fire.fill(Drift)
def _fire(device, r, c, conductance, pulses, normal, second):
    remaining, since, now_s = device.remaining[r, c], device.programmed_s[r, c], device.clock[0]
    written = fire(device.inner, r, c, conductance * remaining, pulses, normal, second)
    is_written = abs(pulses) > pulses - pulses
    device.remaining[r, c] = device.t0_s / device.t0_s if is_written else remaining
    device.programmed_s[r, c] = now_s if is_written else since
    return written if is_written else conductance


@age.fill(Drift)
def _age(device, conductance, key, now_s):
    age(device.inner, conductance, key, now_s)
    for r in range(device.remaining.shape[0]):
        for c in range(device.remaining.shape[1]):
            span = conductance.dtype.type((now_s - device.programmed_s[r, c] + device.t0_s) / device.t0_s)
            device.remaining[r, c] = exp(-device.exponent[r, c] * log(span))
