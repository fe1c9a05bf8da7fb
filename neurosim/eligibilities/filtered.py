"""Eligibility behind a leak: the presynaptic factor is what the neuron has kept of its input."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..contract import forget, recall
from ..lanes import clear
from ..storage import padded, zeros
from .outer import Outer


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


def behind(share: float, eligibility: Any, n_pre: int, batch: int, dtype: Any) -> Any:
    """The eligibility of the synapses of a neuron with this leak; one that is not made of the presynaptic activity stays as it is."""
    if share == 1 or not isinstance(eligibility, Outer):
        return eligibility
    return Filtered(np.dtype(dtype).type(share), zeros((batch, padded(n_pre)), dtype))
