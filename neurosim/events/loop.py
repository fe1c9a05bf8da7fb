"""The loop that only runs: what reaches the neurons -> spikes -> what is on its way."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..random import Key
from ..slots import shared
from .contract import drive, fire, has_room, keep, scatter

NEURON, SOURCE = 2, 6  # random streams


class Population(NamedTuple):
    """The parts of the loop and its workspace."""

    neuron: tuple
    synapses: tuple
    source: tuple
    log: tuple
    ring: np.ndarray    # (longest delay, ports, width) state
    z: np.ndarray       # (1, width)
    fired: np.ndarray   # (n rounded up to 8,) uint8
    eights: np.ndarray  # the same bytes as uint64, eight neurons a word
    spikes: np.ndarray  # (n,) int32
    counts: np.ndarray  # (3,) int64: spikes, synaptic events, synaptic events from outside; added to


@shared
def listed(fired, eights, spikes):
    """Write the numbers of the neurons that fired into `spikes`; return how many."""
    n = 0
    for word in range(eights.size):
        if eights[word] != 0:
            for i in range(8 * word, 8 * word + 8):
                if fired[i] != 0:
                    spikes[n] = i
                    n += 1
    return n


def simulate(p, n_steps, first_step, seed):
    """Run `n_steps` steps, fewer if the log is full.

    Parameters
    ----------
    p : Population
    n_steps, first_step : int, steps wanted and steps already done: random draws and the ring depend on the number of a step
    seed : int

    Returns
    -------
    int
        Steps done.
    """
    for t in range(n_steps):
        if not has_room(p.log, p.spikes.size):
            return t
        now = first_step + t
        sums = p.ring[now % p.ring.shape[0]]
        p.counts[2] += drive(p.source, Key(seed, SOURCE, now), now, sums)
        fire(p.neuron, Key(seed, NEURON, now), sums, p.z, p.fired, p.spikes.size)
        n = listed(p.fired, p.eights, p.spikes)
        p.counts[0] += n
        p.counts[1] += scatter(p.synapses, p.spikes, n, now, p.ring)
        keep(p.log, p.neuron, now, p.spikes, n)
    return n_steps
