"""Eligibility behind a leak: the presynaptic factor is what the neuron has kept of its input."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import forget, recall
from ..lanes import clear
from ..random import Key, unit, words
from ..storage import padded, zeros
from .outer import Outer

ROUNDING = 5001  # random stream


class Filtered(NamedTuple):
    """dw = signal * f * post with f <- f + share (x - f), one f per input and sample.

    For a leaky linear neuron, y(t) = (1 - share) y(t-1) + share W x(t), it is dy/dW exactly: y = W f.  The synapses keep nothing.
    """

    share: float
    trace: np.ndarray  # (batch, width_pre) f


@recall.fill(Filtered)
def _recall(eligibility, b, j, sent):
    trace = eligibility.trace[b, j] + eligibility.share * (sent - eligibility.trace[b, j])
    eligibility.trace[b, j] = trace
    return trace


@forget.fill(Filtered)
def _forget(eligibility):
    clear(eligibility.trace)


class FilteredInBits(NamedTuple):
    """`Filtered` with f in a register of few bits: -top ... top steps of lsb, rounded at random at every step, right in the mean.

    A trace of n bits has 2^n - 1 steps from 0 to 1, the most that a trace of single spikes can reach; the sign, which only activity that
    is no spike can have, comes on top.
    """

    share: float
    lsb: float
    top: float
    seed: np.uint64
    trace: np.ndarray  # (batch, width_pre) f
    drawn: np.ndarray  # (batch, width_pre) int64, random words so far


@recall.fill(FilteredInBits)
def _recall_in_bits(eligibility, b, j, sent):
    now = eligibility.drawn[b, j]
    eligibility.drawn[b, j] = now + 1
    chance = unit(words(Key(eligibility.seed, ROUNDING, now), b * eligibility.drawn.shape[1] + j)[0])
    trace = eligibility.trace[b, j] + eligibility.share * (sent - eligibility.trace[b, j])
    trace = eligibility.lsb * clip(np.floor(trace / eligibility.lsb + chance), -eligibility.top, eligibility.top)
    eligibility.trace[b, j] = trace
    return trace


@forget.fill(FilteredInBits)
def _forget_in_bits(eligibility):
    clear(eligibility.trace)


def behind(share: float, eligibility: Any, n_pre: int, batch: int, dtype: Any, bits: int | None = None, seed: int = 0) -> Any:
    """The eligibility of the synapses of a neuron with this leak; one that is not made of the presynaptic activity stays as it is.

    Parameters
    ----------
    bits : of the trace; as exact as the numbers of the simulation if absent
    seed : of its random rounding
    """
    if share == 1 or not isinstance(eligibility, Outer):
        return eligibility
    real, trace = np.dtype(dtype).type, zeros((batch, padded(n_pre)), dtype)
    if bits is None:
        return Filtered(real(share), trace)
    top = 2**bits - 1
    return FilteredInBits(real(share), real(1 / top), real(top), np.uint64(seed), trace, zeros(trace.shape, np.int64))
