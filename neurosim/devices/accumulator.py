"""Digital numbers that requests add up in: exact, without bounds, every addition counted."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import program
from .writing import write_row


class Accumulator(NamedTuple):
    """The number of a cell is the sum of its requests; an addition is a request other than 0."""

    additions: np.ndarray  # (1,) int64, state


@program.fill(Accumulator)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    return conductance + dw


@write_row.fill(Accumulator)
def _write_row(device, g, r, dw, d, scratch, key):
    zero, additions = g.dtype.type(0), 0
    for k in range(g.shape[1]):
        g[r, k] = g[r, k] + dw[d, k]
        additions += 1 if dw[d, k] != zero else 0
    device.additions[0] += additions
