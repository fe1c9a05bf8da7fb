"""What the resistance of its lines leaves of every cell of a crossbar: a fast surrogate of the exact circuit, O(cells).

A read of weight w returns ``w u v (1 + coupling (1 - u) (1 - v))``: u is the voltage at the crossing on its own input line if every
output line were a perfect ground, and v the share of a current put into the crossing that its own output line delivers if every input
line were a perfect source; by reciprocity v is the voltage at the crossing if the amplifier drove the line.  Both are ladders, solved
exactly by two passes of ``Y_k = g_k + Y_k+1 / (1 + R_k+1 Y_k+1)``, ``u_k = u_k-1 / (1 + R_k Y_k)``, Y the conductance to ground seen at
crossing k, R_k the resistance that leads there.  The product is exact if lines of one direction are perfect, and right to first order
in any resistance; `coupling` is calibrated against the exact circuit (`neurosim.circuits.calibration`).

A positive weight is held by a cell of one array, a negative one by a cell of a second array with lines of its own; the other cell of a
pair does not conduct.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..slots import shared
from ..storage import aligned


class Lines(NamedTuple):
    """Ladders over the cells of a projection.

    Parameters
    ----------
    first : (lines + 1,) int32, line n is the entries first[n] to first[n + 1]
    cell : (entries,) int32, place of a cell in the flat conductance, in the order of distance from the known voltage
    resistance : (entries,), leading to this cell from the one before or from the terminal; times conductance per weight
    """

    first: np.ndarray
    cell: np.ndarray
    resistance: np.ndarray

    @property
    def longest(self) -> int:
        """Most cells on one line."""
        return int(np.diff(self.first).max(initial=0))


class Geometry(NamedTuple):
    """Arrays that a weight matrix is cut into, and their wires.

    Parameters
    ----------
    rows, cols : int, input lines and output lines of one array
    row_Ohm, col_Ohm : float, one segment of an input line and of an output line
    driver_Ohm, sense_Ohm : float, in series with the first segment of an input line and with the last one of an output line
    """

    rows: int
    cols: int
    row_Ohm: float
    col_Ohm: float
    driver_Ohm: float
    sense_Ohm: float

    @property
    def is_perfect(self) -> bool:
        """Whether nothing drops anywhere."""
        return not any(self[2:])


def lines_of(labels: np.ndarray, n_pre: int, geometry: Geometry, siemens: float, dtype: Any) -> tuple[Lines, Lines]:
    """Input lines and output lines of a weight matrix that is cut into arrays.

    Parameters
    ----------
    labels : int, laid out like the conductance: ``1 + post * n_pre + pre`` of a cell, 0 where there is none
    n_pre : int, rows of the weight matrix that are inputs
    geometry : Geometry; the lines of an array that is not full are those next to its drivers and amplifiers
    siemens : float, conductance of a unit of weight
    """
    cell = np.flatnonzero(labels)
    post, pre = np.divmod(labels.ravel()[cell].astype(np.int64) - 1, n_pre)
    used = np.minimum(geometry.rows, n_pre - pre // geometry.rows * geometry.rows)
    along_input = _lines(
        pre, post // geometry.cols, post % geometry.cols, cell, geometry.row_Ohm * siemens, geometry.driver_Ohm * siemens, dtype)
    along_output = _lines(
        post, pre // geometry.rows, used - 1 - pre % geometry.rows, cell, geometry.col_Ohm * siemens, geometry.sense_Ohm * siemens, dtype)
    return along_input, along_output


def _lines(line: np.ndarray, tile: np.ndarray, place: np.ndarray, cell: np.ndarray, segment: float, terminal: float, dtype: Any) -> Lines:
    """Sort cells into lines (line, tile), by their place from the terminal on."""
    order = np.lexsort((place, tile, line))
    line, tile, place = line[order], tile[order], place[order]
    begins = np.ones(order.size, bool)
    begins[1:] = (line[1:] != line[:-1]) | (tile[1:] != tile[:-1])
    before = np.concatenate([[0], place[:-1]])
    resistance = np.where(begins, terminal + segment * (place + 1), segment * (place - before))
    first = np.append(np.flatnonzero(begins), order.size).astype(np.int32)
    return Lines(first, cell[order].astype(np.int32), aligned(resistance, dtype))


@shared
def attenuate(lines, weight, admittance, share):
    """Solve every ladder: `share` (cells,) of the voltage at the terminal that reaches each cell.

    `weight` (cells,) may have either sign: positive cells load the lines of the positive array alone, negative ones those of the other.
    `admittance` (2, longest line) is workspace.
    """
    zero, one = weight.dtype.type(0), weight.dtype.type(1)
    for n in range(lines.first.size - 1):
        begin, end = lines.first[n], lines.first[n + 1]
        plus = minus = beyond = zero
        for e in range(end - 1, begin - 1, -1):
            w = weight[lines.cell[e]]
            plus = plus / (one + beyond * plus) + (w if w > zero else zero)
            minus = minus / (one + beyond * minus) + (-w if w < zero else zero)
            admittance[0, e - begin] = plus
            admittance[1, e - begin] = minus
            beyond = lines.resistance[e]
        high = low = one
        for e in range(begin, end):
            high = high / (one + lines.resistance[e] * admittance[0, e - begin])
            low = low / (one + lines.resistance[e] * admittance[1, e - begin])
            share[lines.cell[e]] = low if weight[lines.cell[e]] < zero else high


@shared
def couple(coupling, share, far):
    """`share` (cells,) times `far`, and the first of what the lines of both directions do to each other."""
    one = share.dtype.type(1)
    for k in range(share.size):
        u, v = share[k], far[k]
        share[k] = u * v * (one + coupling * ((one - u) * (one - v)))
