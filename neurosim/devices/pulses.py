"""What all pulsed devices share: how a request becomes pulses, and how random numbers are drawn for a row."""
from __future__ import annotations

import numpy as np

from ..contract import roll
from ..random import Key, fill_normal, fill_uniform
from ..slots import inlined, slot

SECOND = 64  # offset of the next stream of the same projection


@slot
def pulses(device, dw, uniform):
    """How many identical pulses a request `dw` becomes (cell slot); 0 for dw = 0."""


@inlined
def rounded_count(dw, granule, most, uniform):
    """floor(|dw| / granule + u), at most `most`: the mean is kept up to saturation.

    `granule` is the nominal step that the controller knows, the same for every device of the array; what a device really does with
    a pulse is its own affair.
    """
    count = np.floor(abs(dw) / granule + uniform)
    return most if count > most else count


def roll_pulses(device, key, first, scratch):
    """One uniform and one normal per cell."""
    fill_uniform(key, first, scratch.uniform)
    fill_normal(Key(key.seed, key.stream + SECOND, key.step), first, scratch.normal)


def use(*classes):
    """Give pulsed devices the shared draws."""
    roll.fill(*classes)(roll_pulses)
