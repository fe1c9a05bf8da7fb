"""What is kept of a run: spikes as (step, neuron), and the membranes of some neurons."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import membrane
from .contract import has_room, keep


class Log(NamedTuple):
    """Spikes in the order of time; membranes after every step."""

    step: np.ndarray      # (capacity,) int64
    neuron: np.ndarray    # (capacity,) int32
    used: np.ndarray      # (2,) int64: spikes, rows of membranes
    watched: np.ndarray   # (k,) int64, neurons
    membrane: np.ndarray  # (steps, k)


class Uncounted(NamedTuple):
    """Keeps nothing."""


@has_room.fill(Log)
def _has_room(log, n):
    return log.used[0] + n <= log.step.size and (log.watched.size == 0 or log.used[1] < log.membrane.shape[0])


@has_room.fill(Uncounted)
def _always(log, n):
    return True


@keep.fill(Log)
def _keep(log, neuron, t, spikes, n):
    used = log.used[0]
    for s in range(n):
        log.step[used + s] = t
        log.neuron[used + s] = spikes[s]
    log.used[0] = used + n
    if log.watched.size > 0:
        row = log.used[1]
        for k in range(log.watched.size):
            log.membrane[row, k] = membrane(neuron, 0, log.watched[k])
        log.used[1] = row + 1


@keep.fill(Uncounted)
def _forget(log, neuron, t, spikes, n):
    pass
