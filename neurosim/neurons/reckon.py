"""Integer neurons of ReckOn in the learning loop; digital/reckon.py has the arithmetic and its source."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import step
from ..digital.integers import saturate
from ..digital.reckon import BITS, leaked
from .whole_numbers import Scale, measured, nearest, summing


class ReckOnLIF(NamedTuple):
    """v <- v alpha / 2^15, less the threshold (or 0) if it had reached it; then v <- v + (levels << shift); a spike if v >= threshold.

    A spike of this loop is the one that the chip sends at the start of its next tick, before v leaks and is reset; as on the chip it
    arrives in that tick.  All that arrives is summed before it saturates at 16 bits; on the chip every index does.  Equal to a
    `digital.reckon.run` of the same weights in every bit as long as no partial sum saturates.  What is injected is rounded to a step of v.

    Sends 1 for a spike; leaves the potential in `current`.
    """

    scale: Scale
    alpha: np.ndarray      # (width,) int64, of 2^15
    threshold: np.ndarray  # (width,) int64
    shift: int
    subtracts: int         # 1, or 0: back to 0
    arrived: np.ndarray    # (lanes, width) int64, levels of this step
    v: np.ndarray          # (lanes, width) int64 state, before the reset


measured(ReckOnLIF)
summing(ReckOnLIF)


@step.fill(ReckOnLIF)
def _step(neuron, key, current, z):
    scale, zero, one = neuron.scale, current.dtype.type(0), current.dtype.type(1)
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            levels, threshold = neuron.arrived[l, i], neuron.threshold[i]
            injected = nearest(current[l, i] - current.dtype.type(levels) * scale.level, scale.arriving[i], scale.most)
            had_fired = 1 if neuron.v[l, i] >= threshold else 0
            v = leaked(neuron.v[l, i], had_fired, neuron.alpha[i], threshold, neuron.subtracts)
            v = saturate(v + (levels << neuron.shift) + injected, BITS)
            neuron.v[l, i] = v
            current[l, i] = current.dtype.type(v) * scale.unit[i] + scale.resting
            z[l, i] = one if v >= threshold else zero
