"""What all pulsed devices share: their slots, how a request becomes pulses, and where the random numbers of a write come from.

A pulsed device fills `fire`, `granule` and `longest`, and `is_clear` if it is exact to fire several pulses at once; the row kernels
(writing.py) do the rest: what a device cannot take at once it gets pulse by pulse, each pulse with a normal of its own.
"""
from __future__ import annotations

import numpy as np

from ..slots import constant, inlined, slot

MOST_PULSES = 1023  # of one request

# Offsets of the streams of one write from its own stream, which holds the uniforms; projections own every stream below 64.
SECOND = 64            # normals of the first round; twice that: write noise
PRE, POST = 192, 256   # bits of trains, one ROUND further per slot
ROUND = 512            # per further slot of a train, and per four further pulses of a cell
PAIR = 512 * 1024      # per further pair of a request that is written pair by pair

is_pulsed = constant("is_pulsed", False, "True if the device changes by pulses: it fills `fire` instead of `program`.")


def at_once(device, r, c, conductance, pulses):
    """One pulse or none."""
    return abs(pulses) * abs(pulses) <= abs(pulses)


@slot
def fire(device, r, c, conductance, pulses, normal, second):
    """New conductance of cell (r, c) after `pulses` identical pulses, up if positive; bit for bit the old one after none (cell slot)."""


@slot(default=at_once)
def is_clear(device, r, c, conductance, pulses):
    """Whether `fire` is exact in distribution for that many pulses at once (cell slot); default: for one."""


def its_own(device, r, c):
    """The bound of a device that has bounds."""
    return device.upper[r, c]


def as_meant(device, r, c, conductance, left):
    """What a reset should leave behind."""
    return left


@slot(default=its_own)
def upper_bound(device, r, c):
    """Upper bound of cell (r, c) when new, of a device that can be half of a pair (cell slot)."""


@slot(default=as_meant)
def reset_to(device, r, c, conductance, left):
    """Conductance after a reset that should leave `left` behind (cell slot); half of a pair that can be worn out fills this."""


@slot
def granule(device):
    """Nominal step of one pulse, in units of the weight: what the controller knows, the same for every device of an array."""


@slot
def longest(device):
    """Longest pulse train of one request, at most `MOST_PULSES`."""


@inlined
def rounded_count(dw, step, most, uniform):
    """floor(|dw| / step + u), at most `most`, with the sign of `dw`: the mean is kept up to saturation."""
    count = np.floor(abs(dw) / step + uniform)
    count = most if count > most else count
    return count if dw > count - count else -count  # not dw - dw, which is no number if dw is infinite
