"""Exponential eligibility trace per cell."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import change, forget, is_dense_in_time, is_mergeable


class Trace(NamedTuple):
    """e <- decay e + pre * post, dw = signal * e."""

    decay: float
    trace: np.ndarray  # (rows, width)


is_dense_in_time.set(True, Trace)
is_mergeable.set(False, Trace)


@change.fill(Trace)
def _change(eligibility, r, c, weight, drive, signal):
    trace = eligibility.decay * eligibility.trace[r, c] + drive
    eligibility.trace[r, c] = trace
    return signal * trace


@forget.fill(Trace)
def _forget(eligibility):
    for r in range(eligibility.trace.shape[0]):
        for i in range(eligibility.trace.shape[1]):
            eligibility.trace[r, i] = eligibility.decay - eligibility.decay
