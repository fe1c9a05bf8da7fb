"""What the integer neurons of digital chips share: from weights to whole numbers and back to potentials.

The loop, and rules, count in weights; the neurons count in levels.  What arrives is divided by the weight of a level and rounded: it is
whole already if inputs are.  What is injected on purpose, or by noise, is rounded to one step of the membrane, which is what a random
number generator on the chip would add.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import align, membrane, receive, rest, slope
from ..lanes import clear, resynchronise
from ..slots import inlined

MOST = 2.0**23  # of what arrives, in levels; exact in float32
NEVER = 2**40   # threshold of the padding


class Scale(NamedTuple):
    """What whole numbers are worth; rows are (width,)."""

    level: float           # weight of one level
    most: float            # `MOST`
    arriving: np.ndarray   # what one step of the membrane is worth to who injects into it
    unit: np.ndarray       # potential of one step of the membrane's register
    resting: float         # potential of 0
    threshold: np.ndarray  # potential
    height: float          # of the pseudo-derivative
    reach: np.ndarray      # of the pseudo-derivative, in units of the potential
    gain: np.ndarray       # potential that a weight of 1 adds at once


@inlined
def nearest(x, step, most):
    """x / step rounded to a whole number, at most `most` steps."""
    return np.int64(clip(np.rint(x / step), -most, most))


@inlined
def triangle(scale, i, potential, threshold):
    """Pseudo-derivative of a spike with respect to what arrives; see `LIF`."""
    one = potential - potential + scale.height / scale.height
    return scale.gain[i] * scale.height * clip(one - abs(potential - threshold) / scale.reach[i], one - one, one)


def measured(*classes):
    """Fill the slots that only need the `scale` and the membrane `v` of a neuron."""
    membrane.fill(*classes)(_membrane)
    slope.fill(*classes)(_slope)


def summing(*classes):
    """Fill the slots of neurons without a current: they keep what has `arrived` in a step, in levels, and a membrane `v`."""
    rest.fill(*classes)(_rest)
    align.fill(*classes)(_align)
    receive.fill(*classes)(_receive)


def _rest(neuron):
    clear(neuron.arrived)
    clear(neuron.v)


def _align(neuron, batch):
    resynchronise(neuron.arrived, batch)
    resynchronise(neuron.v, batch)


def _receive(neuron, current):
    scale = neuron.scale
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            levels = nearest(current[l, i], scale.level, scale.most)
            neuron.arrived[l, i] = levels
            current[l, i] = current.dtype.type(levels) * scale.level


def _membrane(neuron, l, i):
    return neuron.scale.unit.dtype.type(neuron.v[l, i]) * neuron.scale.unit[i] + neuron.scale.resting


def _slope(neuron, current, z, out):
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[b, i] = triangle(neuron.scale, i, current[b, i], neuron.scale.threshold[i])
