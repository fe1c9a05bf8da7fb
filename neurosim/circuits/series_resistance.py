"""Resistance in series with every output and offset of its virtual ground, for a column that is read against a reference column.

y_i <- (1 - o_i) (y_i + y_r) / (1 + r |y_i + y_r|) - (1 + o_i) y_r / (1 + r |y_r|),  y_r = -w_min sum_j v_j, the current of a reference
of conductance -w_min in every row, with r the resistance and o_i the relative offset (aihwkit 1.2 `r_series`, `v_offset_std`,
`v_offset_w_min`; Rasch et al. 2021, arXiv:2104.02184).
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import converts_output, decode, disturb
from ..reading import alone
from .wrapper import hand_over, wraps


class SeriesResistance(NamedTuple):
    """First of what happens to an output but for the drop along the wires: the noise of the devices comes after it, in `inner`."""

    inner: tuple
    resistance: float    # r per unit of the weight
    reference: float     # -w_min in units of the weight
    offset: np.ndarray   # (width_post,) o_i, relative, padding zero


wraps(SeriesResistance)


@converts_output.fill(SeriesResistance)
def _yes(circuit):
    return True


@alone.fill(SeriesResistance)
def _alone(part, l):
    return SeriesResistance(alone(part.inner, l), part.resistance, part.reference, part.offset)


@disturb.fill(SeriesResistance)
def _disturb(circuit, p, key, z, current):
    one, r = current.dtype.type(1), circuit.resistance
    for l in range(current.shape[0]):
        total = one - one
        for j in range(z.shape[1]):
            total = total + z[l, j]
        through = circuit.reference * total
        back = through / (one + r * abs(through))
        for i in range(current.shape[1]):
            y, o = current[l, i] + through, circuit.offset[i]
            current[l, i] = (one - o) * y / (one + r * abs(y)) - (one + o) * back
    disturb(circuit.inner, p, key, z, current)


@decode.fill(SeriesResistance)
def _decode(circuit, collected, current):
    hand_over(circuit.inner, collected, current)
