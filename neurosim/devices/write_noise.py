"""Write noise around any pulsed device: what is read is not quite what the device remembers."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import age, draws, is_ageing, sense
from .pulses import fire, is_clear
from .writing import wrap


class WriteNoise(NamedTuple):
    """The persistent state obeys the inner device; the conductance is the state + sigma * xi, redrawn whenever the cell is pulsed.

    aihwkit: write_noise_std (Rasch et al. 2021, arXiv:2104.02184); `sigma` = write_noise_std * dw_min in units of the weight.
    """

    inner: tuple
    persistent: np.ndarray  # (rows, width), state
    sigma: float


draws.set(3, WriteNoise)
wrap(WriteNoise)


@is_clear.fill(WriteNoise)
def _is_clear(device, r, c, conductance, pulses):
    return is_clear(device.inner, r, c, device.persistent[r, c], pulses)


@is_ageing.fill(WriteNoise)
def _is_ageing(part):
    return is_ageing(part.inner)


@age.fill(WriteNoise)
def _age(device, conductance, key, now_s):
    age(device.inner, conductance, key, now_s)


@sense.fill(WriteNoise)
def _sense(device, r, c, conductance):
    return sense(device.inner, r, c, conductance)


@fire.fill(WriteNoise)
def _fire(device, r, c, conductance, pulses, normal, second):
    state = fire(device.inner, r, c, device.persistent[r, c], pulses, normal, second)
    device.persistent[r, c] = state
    return state + device.sigma * second if abs(pulses) > pulses - pulses else conductance
