"""Graded spikes: a spike carries how far the membrane had come."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import slope, step
from .wrapper import wraps


class Graded(NamedTuple):
    """What the inner neuron sends as 1 is sent as lsb m, m = 1 ... top the payload: clip(rint(x / lsb), 1, top), half to even.

    x = (v - low) / (threshold - low), v the potential before the reset and `low` that after a spike which just reaches the threshold: a
    payload is what the reset takes away, in units of what it takes from such a spike.  With top = lsb = 1 it is the inner neuron.

    Loihi 2 sends integer payloads of up to 32 bits with a spike (Intel, Taking neuromorphic computing to the next level with Loihi 2,
    2021), chosen by the neuron's program; which number is sent is this file's choice.

    The slope takes a graded spike for a plain one plus what lies above the threshold: the inner neuron's pseudo-derivative, and
    gain / (threshold - low) more where it fires below the largest payload; rounding has slope 1 (straight-through).
    """

    inner: tuple        # its step leaves the potential before the reset in `current`
    gain: np.ndarray    # (width,) of the membrane for what it receives
    low: np.ndarray     # (width,)
    rise: np.ndarray    # (width,) 1 / (threshold - low), 0 in the padding
    lsb: float
    top: float
    fired: np.ndarray   # (lanes, width) what the inner neuron sends, 0 or 1


wraps(Graded)


@step.fill(Graded)
def _step(neuron, key, current, z):
    fired, lsb, top = neuron.fired, neuron.lsb, neuron.top
    one = lsb / lsb
    step(neuron.inner, key, current, fired)
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            x = clip(neuron.rise[i] * (current[l, i] - neuron.low[i]), one - one, lsb * top)
            z[l, i] = fired[l, i] * (lsb * clip(np.rint(x / lsb), one, top))


@slope.fill(Graded)
def _slope(neuron, current, z, out):
    slope(neuron.inner, current, neuron.fired, out)
    largest, zero = neuron.lsb * neuron.top, neuron.lsb - neuron.lsb
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            grows = neuron.rise[i] * (current[b, i] - neuron.low[i]) < largest
            more = neuron.fired[b, i] * (neuron.gain[i] * neuron.rise[i])
            out[b, i] = out[b, i] + (more if grows else zero)
