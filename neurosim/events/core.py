"""The crossbar core of a digital chip: every neuron has a row of int8 weights to all others, and a spike adds it to integer sums.

The cost of a spike depends on the number of neurons and not on how many of the weights are zero.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..slots import shared
from .contract import scatter

ROWS = 256  # of size 127 at most fit into an int16 sum


class Core(NamedTuple):
    """Weights are ``scale * rows[j, port, i]``; the last row is silent.  All delays are the same."""

    rows: np.ndarray   # (n_pre + 1, ports, width) int8, from -127 to 127
    scale: float
    lag: int           # at least 1
    reach: int         # synapses of a neuron that are there, zero or not
    sums: np.ndarray   # (ports, width) int16 workspace, zero between calls


@shared
def empty(sums, scale, target):
    """Add the integer sums to `target` and clear them."""
    for port in range(sums.shape[0]):
        for i in range(sums.shape[1]):
            target[port, i] += scale * sums[port, i]
            sums[port, i] = 0


@scatter.fill(Core)
def _scatter(synapses, spikes, n, now, ring):
    rows, sums, silent = synapses.rows, synapses.sums, synapses.rows.shape[0] - 1
    target = ring[(now + synapses.lag) % ring.shape[0]]
    for start in range(0, n, 4):
        a = rows[spikes[start]]
        b = rows[spikes[start + 1] if start + 1 < n else silent]
        c = rows[spikes[start + 2] if start + 2 < n else silent]
        d = rows[spikes[start + 3] if start + 3 < n else silent]
        for port in range(sums.shape[0]):
            for i in range(sums.shape[1]):
                pair = np.int16(np.int16(a[port, i]) + np.int16(b[port, i]))
                other = np.int16(np.int16(c[port, i]) + np.int16(d[port, i]))
                sums[port, i] = np.int16(sums[port, i] + np.int16(pair + other))
        if (start + 4) % ROWS == 0:
            empty(sums, synapses.scale, target)
    if n % ROWS != 0:
        empty(sums, synapses.scale, target)
    return n * synapses.reach
