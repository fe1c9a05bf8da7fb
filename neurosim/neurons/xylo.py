"""Integer neurons of SynSense Xylo in the learning loop; digital/xylo.py has the arithmetic and its source."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import align, receive, rest, slope, step
from ..digital.integers import saturate
from ..digital.xylo import BITS, MOST_HIDDEN, decay, integrated
from ..lanes import clear, resynchronise
from .whole_numbers import Scale, measured, nearest, triangle


class XyloLIF(NamedTuple):
    """i <- i + (levels << shift), then i loses i >> dash_syn; v loses v >> dash_mem, gains i; up to 31 spikes, each of which subtracts.

    Current and membrane saturate at 16 bits.  All that arrives in a step is summed before it saturates; on the chip every spike
    saturates by itself.  Equal to a `digital.xylo.run` of the same weights in every bit as long as no partial sum does.  What is injected
    is rounded to a step of the membrane and added as a bias is.

    Sends the number of spikes; leaves the potential before the reset in `current`.  The slope is that of the spike whose threshold, a
    multiple of the first, is nearest.
    """

    scale: Scale
    dash_syn: np.ndarray   # (width,) int64
    dash_mem: np.ndarray
    threshold: np.ndarray
    shift: int
    i: np.ndarray          # (lanes, width) int64 state
    v: np.ndarray          # (lanes, width) int64 state, after the reset


measured(XyloLIF)


@rest.fill(XyloLIF)
def _rest(neuron):
    clear(neuron.i)
    clear(neuron.v)


@align.fill(XyloLIF)
def _align(neuron, batch):
    resynchronise(neuron.i, batch)
    resynchronise(neuron.v, batch)


@receive.fill(XyloLIF)
def _receive(neuron, current):
    scale = neuron.scale
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            held = saturate(neuron.i[l, i] + (nearest(current[l, i], scale.level, scale.most) << neuron.shift), BITS)
            held = held - decay(held, neuron.dash_syn[i])
            neuron.i[l, i] = held
            current[l, i] = current.dtype.type(held) * scale.arriving[i]


@step.fill(XyloLIF)
def _step(neuron, key, current, z):
    scale = neuron.scale
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            held = neuron.i[l, i]
            injected = nearest(current[l, i] - current.dtype.type(held) * scale.arriving[i], scale.arriving[i], scale.most)
            v, fired = integrated(neuron.v[l, i], held, neuron.dash_mem[i], injected, neuron.threshold[i], MOST_HIDDEN)
            current[l, i] = current.dtype.type(v + fired * neuron.threshold[i]) * scale.unit[i] + scale.resting
            z[l, i] = current.dtype.type(fired)
            neuron.v[l, i] = v


@slope.fill(XyloLIF)
def _slope(neuron, current, z, out):
    scale = neuron.scale
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            first = scale.threshold[i] - scale.resting
            times = np.rint((current[b, i] - scale.resting) / first)
            times = times if times > first / first else first / first
            out[b, i] = triangle(scale, i, current[b, i], scale.resting + times * first)
