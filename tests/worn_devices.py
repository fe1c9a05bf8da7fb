"""Makers of devices that count their pulses or wear out, around the device that another maker makes; see components.py."""
from __future__ import annotations

import numpy as np

from neurosim.devices.endurance import ClosingWindow, Mortal
from neurosim.devices.worn import Worn
from neurosim.storage import zeros
from neurosim.wear import counting

CYCLES = 40  # more than any test of a single request fires


def worn(inner):
    def make(cells):
        return counting(inner(cells), cells)
    return make


def cycles_of(cells, cycles=CYCLES):
    end = zeros(cells.shape, cells.dtype)
    end[...] = cycles
    return end


def mortal(inner, cycles=CYCLES):
    def make(cells):
        return Mortal(inner(cells), zeros(cells.shape, np.int32), cycles_of(cells, cycles))
    return make


def closing(inner, cycles=CYCLES):
    """Around a device whose bounds lie in its `upper` and `lower`."""
    def make(cells):
        device = inner(cells)
        middle, half = (zeros(cells.shape, cells.dtype) for _ in range(2))
        middle[...], half[...] = (device.upper + device.lower) / 2, (device.upper - device.lower) / 2
        return ClosingWindow(device, zeros(cells.shape, np.int32), cycles_of(cells, cycles), middle, half)
    return make


def within(device):
    """What the pulse counts of a placed array are around; for tests of the device itself."""
    return device.inner if isinstance(device, Worn) else device
