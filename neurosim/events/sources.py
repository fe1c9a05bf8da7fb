"""What comes from outside: Poisson spikes for every neuron, and recorded trains through synapses of their own."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..random import fill_words
from .contract import drive


class Quiet(NamedTuple):
    """Nothing comes from outside."""


class Poisson(NamedTuple):
    """Every neuron gets N spikes per step through synapses of the same weight, N ~ Poisson(rate dt), independent of all others.

    N is the number of thresholds, ``floor(2^32 P(N <= k)) - 1``, that a 32-bit word is above: exact to 2^-32.
    """

    thresholds: np.ndarray  # (K,) uint32, K a multiple of 4; those that no word is above fill up
    weight: float
    port: int
    words: np.ndarray       # (width,) uint32 workspace
    counts: np.ndarray      # (width,) int32 workspace
    n: int


class Trains(NamedTuple):
    """Input lines that spike at given steps, in which they reach the neurons, through rows like those of `Outgoing`."""

    first: np.ndarray   # (steps + 1,) int64: the spikes of step t are first[t] to first[t + 1]
    line: np.ndarray    # (spikes,) int32
    value: np.ndarray   # (spikes,) what it sends, 1 for a spike
    bounds: np.ndarray  # (lines, ports + 1) int64
    post: np.ndarray    # (cells,) uint16
    weight: np.ndarray  # (cells,)


@drive.fill(Poisson)
def _poisson(source, key, t, sums):
    fill_words(key, 0, source.words)
    words, counts, thresholds, one, none = source.words, source.counts, source.thresholds, np.int32(1), np.int32(0)
    for i in range(counts.size):
        counts[i] = none
    for k in range(0, thresholds.size, 4):  # four at a time, so that words and counts are read less often
        a, b, c, d = thresholds[k], thresholds[k + 1], thresholds[k + 2], thresholds[k + 3]
        for i in range(counts.size):
            word = words[i]
            reached = (one if word > a else none) + (one if word > b else none)
            counts[i] += reached + (one if word > c else none) + (one if word > d else none)
    sent, row = 0, sums[source.port]
    for i in range(source.n):
        sent += counts[i]
        row[i] += source.weight * row.dtype.type(counts[i])
    return sent


@drive.fill(Trains)
def _trains(source, key, t, sums):
    reached = 0
    if t + 1 < source.first.size:
        for e in range(source.first[t], source.first[t + 1]):
            j, value = source.line[e], source.value[e]
            for port in range(sums.shape[0]):
                for k in range(source.bounds[j, port], source.bounds[j, port + 1]):
                    sums[port, source.post[k]] += source.weight[k] * value
            reached += source.bounds[j, sums.shape[0]] - source.bounds[j, 0]
    return reached
