"""The authors' stale-twin fault: the perturbed pass never sees what a projection learns.  For golden tests only."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import deliver, sweep
from .wrapper import wraps


class StaleTwin(NamedTuple):
    """The clean lanes read the conductance, the perturbed lanes (second half) what it was at the start."""

    inner: tuple
    initial: np.ndarray  # (rows, width) laid out like the conductance


wraps(StaleTwin)


@sweep.fill(StaleTwin)
def _sweep(synapses, p, rank, z, current, key):
    sweep(synapses.inner, p, rank, z, current, key)
    half, zero = current.shape[0] // 2, current.dtype.type(0)
    for l in range(half, current.shape[0]):
        for i in range(current.shape[1]):
            current[l, i] = zero
    deliver(synapses.inner, synapses.initial, z, current, half, current.shape[0])
