"""Synapses in compressed rows by presynaptic neuron: a spike visits its own row and nothing else."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..slots import shared
from ..values import at
from .contract import scatter


class Outgoing(NamedTuple):
    """Row j: for port p the cells ``bounds[j, p]`` to ``bounds[j, p + 1]``, in the order of their targets.

    What neuron j sends in step t arrives in step t + lag[j].
    """

    bounds: np.ndarray  # (n_pre, ports + 1) int64
    post: np.ndarray    # (cells,) uint16
    weight: np.ndarray  # (cells,)
    lag: Any            # (n_pre,) int64, or one number for all; at least 1


class Alike(NamedTuple):
    """`Outgoing` of which all cells of a row and port have one weight: two bytes a synapse are read, not six; same sums."""

    bounds: np.ndarray
    post: np.ndarray
    weight: np.ndarray  # (n_pre, ports)
    lag: Any


class Delayed(NamedTuple):
    """The same with a lag for every synapse."""

    bounds: np.ndarray
    post: np.ndarray
    weight: np.ndarray
    lag: np.ndarray     # (cells,) int32


@shared
def add_row(bounds, post, weight, j, sums):
    """Add row j to `sums` (ports, width); how many synapses it has."""
    for port in range(sums.shape[0]):
        row = sums[port]
        for k in range(bounds[j, port], bounds[j, port + 1]):
            row[post[k]] += weight[k]
    return bounds[j, sums.shape[0]] - bounds[j, 0]


@scatter.fill(Outgoing)
def _scatter(synapses, spikes, n, now, ring):
    reached, depth = 0, ring.shape[0]
    for s in range(n):
        j = spikes[s]
        reached += add_row(synapses.bounds, synapses.post, synapses.weight, j, ring[(now + at(synapses.lag, j)) % depth])
    return reached


@scatter.fill(Alike)
def _scatter_alike(synapses, spikes, n, now, ring):
    bounds, post, reached, depth, ports = synapses.bounds, synapses.post, 0, ring.shape[0], ring.shape[1]
    for s in range(n):
        j = spikes[s]
        sums = ring[(now + at(synapses.lag, j)) % depth]
        for port in range(ports):
            row, weight = sums[port], synapses.weight[j, port]
            for k in range(bounds[j, port], bounds[j, port + 1]):
                row[post[k]] += weight
        reached += bounds[j, ports] - bounds[j, 0]
    return reached


@scatter.fill(Delayed)
def _scatter_delayed(synapses, spikes, n, now, ring):
    reached, depth, ports = 0, ring.shape[0], ring.shape[1]
    head = now % depth
    for s in range(n):
        j = spikes[s]
        for port in range(ports):
            for k in range(synapses.bounds[j, port], synapses.bounds[j, port + 1]):
                slot = head + synapses.lag[k]
                slot = slot - depth if slot >= depth else slot
                ring[slot, port, synapses.post[k]] += synapses.weight[k]
        reached += synapses.bounds[j, ports] - synapses.bounds[j, 0]
    return reached
