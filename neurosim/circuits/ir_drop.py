"""aihwkit's polynomial for the voltage drop along an output line: a named approximation, for drops below about 3 %.

a_i = (n / ratio) sum_j |w_ij v_j|,  c_i = a_i (a_i (0.05 a_i - 0.2) + 0.5),
y_i <- y_i - strength c_i sum_j w_ij v_j (1 - (1 - j / n)^2)

w in normalised units, j = 0 nearest to the converter, ratio = conductance of a wire segment over the largest conductance of a device
(aihwkit 1.2 `ir_drop`, `ir_drop_g_ratio`; Rasch et al. 2021, arXiv:2104.02184).  Compared with exact nodal solutions: 0.03 % error for a
drop of 0.97 % (256 rows, weights of both signs); it supposes that the current divides over a pair of devices and so finds half of the
drop where all weights have one sign; the cubic diverges for n^2 / ratio of order 1 (error x 100 at n = 512, ratio 5000).
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import deliver, disturb, sense
from ..lanes import clear
from ..reading import alone
from .wrapper import wraps


class IRDropPolynomial(NamedTuple):
    """First of all that happens to an output; costs two more products per read."""

    inner: tuple
    strength: float
    per_weight: float     # n / ratio per unit of the weight
    place: np.ndarray     # (width_pre,) 1 - (1 - j / n)^2, padding zero
    cells: np.ndarray     # (rows, width) laid out like the conductance, scratch
    lines: np.ndarray     # (lanes, width_pre) scratch
    absolute: np.ndarray  # (lanes, width_post) scratch
    weighted: np.ndarray  # (lanes, width_post) scratch


wraps(IRDropPolynomial)


@alone.fill(IRDropPolynomial)
def _alone(part, l):
    return IRDropPolynomial(
        alone(part.inner, l), part.strength, part.per_weight, part.place, part.cells, part.lines[l:l + 1],
        part.absolute[l:l + 1], part.weighted[l:l + 1])


@disturb.fill(IRDropPolynomial)
def _disturb(circuit, p, key, z, current):
    lanes, lines, cells, real = current.shape[0], circuit.lines, circuit.cells, current.dtype.type
    clear(circuit.absolute)
    clear(circuit.weighted)
    for r in range(cells.shape[0]):
        for c in range(cells.shape[1]):
            cells[r, c] = sense(p.device, r, c, p.conductance[r, c])
    for l in range(lanes):
        for j in range(lines.shape[1]):
            lines[l, j] = z[l, j] * circuit.place[j]
    deliver(p.synapses, cells, lines, circuit.weighted, 0, lanes)
    for r in range(cells.shape[0]):
        for c in range(cells.shape[1]):
            cells[r, c] = abs(cells[r, c])
    for l in range(lanes):
        for j in range(lines.shape[1]):
            lines[l, j] = abs(z[l, j])
    deliver(p.synapses, cells, lines, circuit.absolute, 0, lanes)
    for l in range(lanes):
        for i in range(current.shape[1]):
            a = circuit.per_weight * circuit.absolute[l, i]
            c = a * (a * (real(0.05) * a - real(0.2)) + real(0.5))
            current[l, i] = current[l, i] - circuit.strength * c * circuit.weighted[l, i]
    disturb(circuit.inner, p, key, z, current)
