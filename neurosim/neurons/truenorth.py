"""Integer neurons of IBM TrueNorth in the learning loop; digital/truenorth.py has the arithmetic and its source."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import step
from ..digital.integers import saturate
from ..digital.truenorth import BITS, HIGH, leaked, settled
from .whole_numbers import Scale, measured, nearest, summing


class TrueNorthLIF(NamedTuple):
    """v <- v + levels; then the leak pulls v towards 0 by a fixed amount; a spike if v >= threshold, and a reset.

    All that arrives in a step is summed before it saturates at 20 bits; on the chip every axon does.  Equal to a `digital.truenorth.run` of
    the same strengths, with the leak turning with the sign and no floor, as long as no partial sum saturates.  What is injected is rounded
    to one level.  The leak passes over 0: below it a membrane swings about 0.

    Sends 1 for a spike; leaves the potential before the reset in `current`.
    """

    scale: Scale
    leak: np.ndarray       # (width,) int64, 0 or below
    threshold: np.ndarray
    reset_to: np.ndarray
    reset: int             # 0 to `reset_to`, 1 by subtraction of the threshold
    arrived: np.ndarray    # (lanes, width) int64, levels of this step
    v: np.ndarray          # (lanes, width) int64 state, after the reset


measured(TrueNorthLIF)
summing(TrueNorthLIF)


@step.fill(TrueNorthLIF)
def _step(neuron, key, current, z):
    scale, zero, one = neuron.scale, current.dtype.type(0), current.dtype.type(1)
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            levels, threshold = neuron.arrived[l, i], neuron.threshold[i]
            injected = nearest(current[l, i] - current.dtype.type(levels) * scale.level, scale.arriving[i], scale.most)
            v = leaked(saturate(neuron.v[l, i] + levels + injected, BITS), neuron.leak[i], 1)
            fired = 1 if v >= threshold else 0
            current[l, i] = current.dtype.type(v) * scale.unit[i] + scale.resting
            z[l, i] = one if fired == 1 else zero
            neuron.v[l, i] = settled(v, fired, threshold, neuron.reset_to[i], HIGH, neuron.reset)
