"""How good the surrogate of wire resistance is: its one coefficient and its error, from the exact circuit."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..generators import generator
from .nodal import Wires, solve
from .wires import Geometry, attenuate, couple, lines_of

MOST_LINES = 32  # of the array that stands for a larger one
SAMPLES, VECTORS, STREAM = 4, 16, 3001


class Calibration(NamedTuple):
    """What the surrogate leaves; all ratios of Euclidean norms of output currents.

    Parameters
    ----------
    coupling : see `neurosim.circuits.wires`
    drop : what the wires take from the currents of perfect wires
    error : what the surrogate is wrong by, on arrays that were not used to fit it
    """

    coupling: float
    drop: float
    error: float


def calibrate(geometry: Geometry, g_max_S: float, share: float = 0.5) -> Calibration:
    """Fit `coupling` by least squares to the exact currents of random arrays.

    Parameters
    ----------
    geometry : Geometry
    g_max_S : float, largest conductance of a cell
    share : float, of the cells that conduct: one of the two cells of every synapse, 0.5 if all synapses exist

    Notes
    -----
    The cells that conduct are uniform between 0 and `g_max_S`, the voltages uniform between -1 and 1.  A larger array is replaced by one
    of 32 lines whose resistances are scaled so that the drops along full lines stay the same; the coupling hardly depends on the number
    of lines (0.437 at 64 x 64, 0.434 at 128 x 128, segments of 1 Ohm, 100 uS).
    """
    small = _scaled(geometry)
    fitted = [_case(small, g_max_S, share, number) for number in range(2 * SAMPLES)]
    change = np.concatenate([case[2].ravel() for case in fitted[:SAMPLES]])
    missing = np.concatenate([(case[0] - case[1]).ravel() for case in fitted[:SAMPLES]])
    power = float(change @ change)
    coupling = round(float(change @ missing) / power, 3) if power > 0 else 0.0  # its last bits are those of the solver, not of the chip
    exact, product, change, perfect = (np.stack([case[k] for case in fitted[SAMPLES:]]) for k in range(4))
    size = np.linalg.norm(exact)
    return Calibration(
        coupling, float(np.linalg.norm(perfect - exact) / np.linalg.norm(perfect)),
        float(np.linalg.norm(product + coupling * change - exact) / size))


def effective(conductance_S: np.ndarray, geometry: Geometry, coupling: float) -> np.ndarray:
    """Effective conductances (n_out, n_in) of one array of linear cells, by the surrogate."""
    n_out, n_in = conductance_S.shape
    labels = 1 + np.arange(n_out * n_in).reshape(n_out, n_in)
    inputs, outputs = lines_of(labels, n_in, geometry._replace(rows=n_in, cols=n_out), 1.0, np.float64)
    flat, work = conductance_S.ravel().astype(np.float64), np.zeros((2, max(n_out, n_in)))
    share, far = np.ones(flat.size), np.ones(flat.size)
    attenuate(inputs, flat, work, share)
    attenuate(outputs, flat, work, far)
    couple(coupling, share, far)
    return conductance_S * share.reshape(n_out, n_in)


def _case(geometry: Geometry, g_max_S: float, share: float, number: int) -> tuple[np.ndarray, ...]:
    """Currents of a random array: exact, product of the ladders, what a coupling of 1 adds, perfect wires."""
    rng = generator(number, STREAM)
    shape = (geometry.cols, geometry.rows)
    conductance = rng.uniform(0, g_max_S, shape) * (rng.random(shape) < share)
    voltage = rng.uniform(-1, 1, (VECTORS, geometry.rows))
    wires = Wires(geometry.row_Ohm, geometry.col_Ohm, geometry.driver_Ohm, geometry.sense_Ohm)
    product = voltage @ effective(conductance, geometry, 0.0).T
    return solve(conductance, voltage, wires).output_A, product, voltage @ effective(conductance, geometry, 1.0).T - product, \
        voltage @ conductance.T


def _scaled(geometry: Geometry) -> Geometry:
    """An array of at most `MOST_LINES` lines with the same drops: k times fewer cells on a line, k^2 times the resistance of a segment."""
    rows, cols = min(geometry.rows, MOST_LINES), min(geometry.cols, MOST_LINES)
    on_input, on_output = geometry.cols / cols, geometry.rows / rows
    return Geometry(
        rows, cols, geometry.row_Ohm * on_input**2, geometry.col_Ohm * on_output**2, geometry.driver_Ohm * on_input,
        geometry.sense_Ohm * on_output)
