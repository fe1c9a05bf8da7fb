"""Makers of devices that change with time, around the device that another maker makes; see components.py."""
from __future__ import annotations

import numpy as np

from neurosim.devices.drift import Drift
from neurosim.devices.flicker import Flicker, components
from neurosim.devices.leak import Leak
from neurosim.storage import zeros


def ages(cells):
    """What every part that ages has: write times and the chip's clock."""
    return zeros(cells.shape, np.float64), np.zeros(1)


def drift(inner):
    def make(cells):
        remaining, exponent = (zeros(cells.shape, cells.dtype) for _ in range(2))
        remaining[...], exponent[...] = 1, 0.05 * np.abs(1 + 0.3 * np.random.Generator(np.random.Philox(7)).standard_normal(cells.shape))
        programmed_s, clock = ages(cells)
        return Drift(inner(cells), remaining, programmed_s, exponent, np.float64(20), clock)
    return make


def leak(inner, rate=0.01, diffusion=0.001):
    def make(cells):
        lost, shift, rates, reset, spread = (zeros(cells.shape, cells.dtype) for _ in range(5))
        rates[...], reset[...], spread[...] = rate, 0.02 * (cells != 0), diffusion * (cells != 0)
        programmed_s, clock = ages(cells)
        return Leak(
            inner(cells), lost, shift, programmed_s, np.zeros(1), rates, reset, spread, clock, zeros(cells.shape[1], cells.dtype))
    return make


def flicker(inner, relative=0.01, read_s=1e-6):
    def make(cells):
        relaxation_s, sd = components(relative, read_s)
        return Flicker(
            inner(cells), zeros(cells.shape, cells.dtype), zeros((relaxation_s.size, *cells.shape), cells.dtype), np.zeros(1),
            relaxation_s, np.float64(sd), zeros(cells.shape[1], cells.dtype))
    return make
