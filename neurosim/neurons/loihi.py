"""Integer neurons of Intel Loihi in the learning loop; digital/loihi.py has the arithmetic and its source."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import align, receive, rest, step
from ..digital.loihi import ALIGNMENT, driven, integrated
from ..lanes import clear, resynchronise
from .whole_numbers import Scale, measured, nearest


class LoihiLIF(NamedTuple):
    """u <- decayed u + (levels << 6), wrapped at 24 bits; v <- decayed v + u, saturating; a spike if v > threshold, then v = 0.

    All that arrives in a step is one sum, as on the chip: equal to a `digital.loihi.run` of the same weights in every bit.  What is
    injected is rounded to a step of u and added to v.  Sends 1 for a spike; leaves the potential before the reset in `current`.
    """

    scale: Scale
    decay_u: np.ndarray    # (width,) int64, of 4096
    decay_v: np.ndarray
    threshold: np.ndarray  # (width,) int64, aligned as v is
    u: np.ndarray          # (lanes, width) int64 state
    v: np.ndarray          # (lanes, width) int64 state, after the reset


measured(LoihiLIF)


@rest.fill(LoihiLIF)
def _rest(neuron):
    clear(neuron.u)
    clear(neuron.v)


@align.fill(LoihiLIF)
def _align(neuron, batch):
    resynchronise(neuron.u, batch)
    resynchronise(neuron.v, batch)


@receive.fill(LoihiLIF)
def _receive(neuron, current):
    scale = neuron.scale
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            u = driven(neuron.u[l, i], nearest(current[l, i], scale.level, scale.most) << ALIGNMENT, neuron.decay_u[i])
            neuron.u[l, i] = u
            current[l, i] = current.dtype.type(u) * scale.arriving[i]


@step.fill(LoihiLIF)
def _step(neuron, key, current, z):
    scale, zero, one = neuron.scale, current.dtype.type(0), current.dtype.type(1)
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            u = neuron.u[l, i]
            injected = nearest(current[l, i] - current.dtype.type(u) * scale.arriving[i], scale.arriving[i], scale.most)
            v = integrated(neuron.v[l, i], u + injected, neuron.decay_v[i])
            fires = v > neuron.threshold[i]
            current[l, i] = current.dtype.type(v) * scale.unit[i] + scale.resting
            z[l, i] = one if fires else zero
            neuron.v[l, i] = 0 if fires else v
