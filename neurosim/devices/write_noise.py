"""Write noise around any pulsed device: what is read is not quite what the device remembers."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import age, draws, is_ageing, program, roll, sense
from ..random import Key, fill_normal
from .pulses import SECOND, pulses


class WriteNoise(NamedTuple):
    """The persistent state obeys the inner device; the conductance is the state + sigma * xi, redrawn whenever the cell is pulsed.

    aihwkit: write_noise_std (Rasch et al. 2021, arXiv:2104.02184); `sigma` = write_noise_std * dw_min in units of the weight.
    """

    inner: tuple
    persistent: np.ndarray  # (rows, width), state
    sigma: float


draws.set(3, WriteNoise)


@roll.fill(WriteNoise)
def _roll(device, key, first, scratch):
    roll(device.inner, key, first, scratch)
    fill_normal(Key(key.seed, key.stream + SECOND + SECOND, key.step), first, scratch.second)


@is_ageing.fill(WriteNoise)
def _is_ageing(part):
    return is_ageing(part.inner)


@age.fill(WriteNoise)
def _age(device, conductance, key, now_s):
    age(device.inner, conductance, key, now_s)


@sense.fill(WriteNoise)
def _sense(device, r, c, conductance):
    return sense(device.inner, r, c, conductance)


@program.fill(WriteNoise)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    state = device.persistent[r, c]
    state = program(device.inner, r, c, state, dw, uniform, normal, second)
    device.persistent[r, c] = state
    return state + device.sigma * second if pulses(device.inner, dw, uniform) > dw - dw else conductance
