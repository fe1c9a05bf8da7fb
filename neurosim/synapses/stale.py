"""The authors' stale-twin fault: the perturbed pass never sees what a projection learns.  For golden tests only."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import blank, commit, correlate, deliver, sweep


class StaleTwin(NamedTuple):
    """The clean lanes read the conductance, the perturbed lanes (second half) what it was at the start."""

    inner: tuple
    initial: np.ndarray  # (rows, width) laid out like the conductance


@sweep.fill(StaleTwin)
def _sweep(synapses, p, rank, z, current, key):
    sweep(synapses.inner, p, rank, z, current, key)
    half, zero = current.shape[0] // 2, current.dtype.type(0)
    for l in range(half, current.shape[0]):
        for i in range(current.shape[1]):
            current[l, i] = zero
    deliver(synapses.inner, synapses.initial, z, current, half, current.shape[0])


@deliver.fill(StaleTwin)
def _deliver(synapses, cells, z, current, first, last):
    deliver(synapses.inner, cells, z, current, first, last)


@correlate.fill(StaleTwin)
def _correlate(synapses, p):
    correlate(synapses.inner, p)


@commit.fill(StaleTwin)
def _commit(synapses, p, key):
    commit(synapses.inner, p, key)


@blank.fill(StaleTwin)
def _blank(synapses, cells):
    blank(synapses.inner, cells)
