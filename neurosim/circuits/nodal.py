"""Exact currents of a crossbar whose lines have resistance: nodal analysis with a sparse direct solver.

Index letters: `i` output line, `j` input line.  The driver of input line `j` feeds its crossing with output line 0 first; output line
`i` ends in a sense amplifier (virtual ground) beyond its crossing with the last input line, or beside the first if `sense_at_first`::

    V_j - driver - segment - (0, j) - segment - (1, j) ... (n_out - 1, j)
    (i, 0) - segment - (i, 1) ... (i, n_in - 1) - segment - sense - ground

A cell joins its crossing of the input line to that of the output line.  Kirchhoff's current law at every crossing, ``L v = 0`` with the
Laplacian of all conductances, gives the unknown voltages; a segment without resistance makes one node of its two ends.

References
----------
Ho, Ruehli, Brennan, The modified nodal approach to network analysis, IEEE Trans. Circuits Syst. 22 (1975) 504,
doi 10.1109/TCS.1975.1084079.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from ..errors import InputError


class Wires(NamedTuple):
    """Resistances of the lines of a crossbar.

    Parameters
    ----------
    input_Ohm, output_Ohm : float, one segment of an input line and of an output line
    driver_Ohm, sense_Ohm : float, in series with the first segment of an input line and with the last one of an output line
    sense_at_first : bool, whether output lines end beside the first input line instead of the last
    """

    input_Ohm: float
    output_Ohm: float
    driver_Ohm: float = 0.0
    sense_Ohm: float = 0.0
    sense_at_first: bool = False

    def segments(self, n_out: int, n_in: int) -> tuple[np.ndarray, np.ndarray]:
        """Resistance of every segment, two arrays (n_out, n_in) as `Mesh` takes them."""
        inputs, outputs = np.full((n_out, n_in), float(self.input_Ohm)), np.full((n_out, n_in), float(self.output_Ohm))
        inputs[0] += self.driver_Ohm
        outputs[:, -1] += self.sense_Ohm
        return inputs, outputs


class Solution(NamedTuple):
    """What flows; leading axes as those of the voltages."""

    output_A: np.ndarray       # (..., n_out), into the sense amplifiers
    input_A: np.ndarray        # (..., n_in), out of the drivers
    input_node_V: np.ndarray   # (..., n_out, n_in), crossings on the input lines
    output_node_V: np.ndarray  # (..., n_out, n_in), crossings on the output lines
    power_W: np.ndarray        # (...), delivered by the drivers


class Mesh:
    """The lines of a crossbar as a graph: what does not depend on the cells.

    Parameters
    ----------
    input_segments_Ohm : (n_out, n_in), the piece of input line `j` that leads to output line `i` (i = 0: from the driver)
    output_segments_Ohm : (n_out, n_in), the piece of output line `i` that leads on from input line `j` (the last: to the amplifier)

    Attributes
    ----------
    n_unknown : int, nodes whose voltage is to be found; the drivers and the ground follow them in the order of nodes
    lines : (nodes, nodes) Laplacian of the segments, in S
    cells : (n_out * n_in, nodes) incidence: voltage over every cell = cells @ voltage of every node

    Raises
    ------
    InputError
        If a resistance is negative or not finite.
    """

    def __init__(self, input_segments_Ohm: np.ndarray, output_segments_Ohm: np.ndarray) -> None:
        for name, ohm in (("input", input_segments_Ohm), ("output", output_segments_Ohm)):
            if not (np.isfinite(ohm).all() and (ohm >= 0).all()):
                raise InputError(f"wires.{name}_Ohm", "has a resistance that is negative or not finite; must be at least 0")
        self.shape = n_out, n_in = input_segments_Ohm.shape
        is_input, is_output = input_segments_Ohm > 0, output_segments_Ohm[:, ::-1] > 0  # each order begins at a known voltage
        at_driver, at_ground = np.cumsum(is_input, axis=0) == 0, np.cumsum(is_output, axis=1) == 0
        inputs = (np.cumsum(is_input.T.ravel()) - 1).reshape(n_in, n_out).T  # a new node behind every resistance
        outputs = (int(is_input.sum()) + np.cumsum(is_output.ravel()) - 1).reshape(n_out, n_in)
        self.n_unknown = int(is_input.sum() + is_output.sum())
        drivers, ground = np.broadcast_to(self.n_unknown + np.arange(n_in), self.shape), self.n_unknown + n_in
        self.input_nodes = np.where(at_driver, drivers, inputs)
        outputs = np.where(at_ground, ground, outputs)
        self.output_nodes = outputs[:, ::-1]
        before = np.vstack([drivers[:1], self.input_nodes[:-1]])
        after = np.hstack([self.output_nodes[:, 1:], np.full((n_out, 1), ground)])
        size = ground + 1
        segments = sparse.vstack([_incidence(before, self.input_nodes, size), _incidence(self.output_nodes, after, size)]).tocsr()
        siemens = np.zeros(2 * n_out * n_in)
        for part, ohm in ((siemens[:n_out * n_in], input_segments_Ohm), (siemens[n_out * n_in:], output_segments_Ohm)):
            np.divide(1.0, ohm.ravel(), out=part, where=ohm.ravel() > 0)
        self.lines = (segments.T @ _diagonal(siemens) @ segments).tocsr()
        self.cells = _incidence(self.input_nodes, self.output_nodes, size)

    def fixed(self, voltage_V: np.ndarray) -> np.ndarray:
        """Voltages of the drivers and the ground, (n_in + 1, k), from (k, n_in)."""
        return np.vstack([voltage_V.T, np.zeros((1, voltage_V.shape[0]))])

    def laplacian(self, conductance_S: np.ndarray) -> Any:
        """Laplacian of lines and cells (n_out, n_in)."""
        return (self.lines + self.cells.T @ _diagonal(conductance_S.ravel()) @ self.cells).tocsr()

    def solution(self, node_V: np.ndarray, cell_A: np.ndarray, voltage_V: np.ndarray) -> Solution:
        """From the voltages of all nodes (nodes, k) and the currents of all cells (cells, k); sums of cell currents cancel nothing."""
        current = cell_A.T.reshape(-1, *self.shape)
        lead = voltage_V.shape[:-1]
        input_A = current.sum(axis=1).reshape(voltage_V.shape)
        return Solution(
            current.sum(axis=2).reshape(*lead, -1), input_A, node_V.T[:, self.input_nodes].reshape(*lead, *self.shape),
            node_V.T[:, self.output_nodes].reshape(*lead, *self.shape), (voltage_V * input_A).sum(axis=-1))


def solve(conductance_S: np.ndarray, voltage_V: np.ndarray, wires: Wires) -> Solution:
    """Currents and voltages of a crossbar of linear cells.

    Parameters
    ----------
    conductance_S : (n_out, n_in), at least 0
    voltage_V : (n_in,) or (k, n_in), of the drivers
    wires : Wires

    Raises
    ------
    InputError
        If a shape does not fit, or a number is negative or not finite where it must not be.
    """
    conductance, voltage = checked(conductance_S, voltage_V)
    flip = slice(None, None, -1 if wires.sense_at_first else 1)
    found = solve_mesh(Mesh(*wires.segments(*conductance.shape)), conductance[:, flip], voltage[..., flip])
    return flipped(found) if wires.sense_at_first else found


def solve_mesh(mesh: Mesh, conductance_S: np.ndarray, voltage_V: np.ndarray) -> Solution:
    """As `solve`, with a resistance of its own for every segment."""
    drive = np.atleast_2d(voltage_V)
    laplacian, known = mesh.laplacian(conductance_S), mesh.fixed(drive)
    node_V = np.vstack([solve_unknown(laplacian, -laplacian[:mesh.n_unknown, mesh.n_unknown:] @ known, mesh.n_unknown), known])
    return mesh.solution(node_V, conductance_S.reshape(-1, 1) * (mesh.cells @ node_V), voltage_V)


def solve_unknown(laplacian: Any, injected_A: np.ndarray, n_unknown: int) -> np.ndarray:
    """Voltages (n_unknown, k) of the unknown nodes for the currents put into them."""
    if n_unknown == 0:
        return np.zeros((0, injected_A.shape[1]))
    matrix = laplacian[:n_unknown, :n_unknown].tocsc()
    # positive definite: the pivots stay on the diagonal
    return splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}).solve(injected_A)


def solve_passive(conductance_S: np.ndarray, voltage_V: np.ndarray, source_Ohm: float, line_Ohm: float) -> Solution:
    """A passive array as MemTorch solves it (recorded from version 1.1.6).

    Parameters
    ----------
    conductance_S : (n_in, n_out), one row for each input line
    voltage_V : (n_in,) or (k, n_in)
    source_Ohm : float, in the place of the first segment of an input line and of the last one of an output line, not in series with it
    line_Ohm : float, of every other segment
    """
    conductance, voltage = checked(np.asarray(conductance_S).T, voltage_V)
    inputs, outputs = Wires(line_Ohm, line_Ohm).segments(*conductance.shape)
    inputs[0] = outputs[:, -1] = source_Ohm
    return solve_mesh(Mesh(inputs, outputs), conductance, voltage)


def flipped(solution: Solution) -> Solution:
    """The solution with the input lines in the opposite order."""
    return solution._replace(
        input_A=solution.input_A[..., ::-1], input_node_V=solution.input_node_V[..., ::-1],
        output_node_V=solution.output_node_V[..., ::-1])


def checked(conductance_S: Any, voltage_V: Any) -> tuple[np.ndarray, np.ndarray]:
    """Conductances and voltages as float64 arrays that fit each other."""
    conductance, voltage = np.asarray(conductance_S, float), np.asarray(voltage_V, float)
    if conductance.ndim != 2 or conductance.size == 0:
        raise InputError("conductance_S", f"has the shape {conductance.shape}; must be (outputs, inputs), neither of them 0")
    if not (np.isfinite(conductance).all() and (conductance >= 0).all()):
        raise InputError("conductance_S", "has a value that is negative or not finite; must be at least 0")
    if voltage.ndim not in (1, 2) or voltage.shape[-1] != conductance.shape[1]:
        raise InputError("voltage_V", f"has the shape {voltage.shape}; must end in the {conductance.shape[1]} inputs of conductance_S")
    if not np.isfinite(voltage).all():
        raise InputError("voltage_V", "has a value that is not finite")
    return conductance, voltage


def _diagonal(values: np.ndarray) -> Any:
    """The matrix with these values on its diagonal, as `scipy.sparse.diags_array` of scipy 1.12 makes it."""
    return sparse.dia_array((values[None], [0]), shape=(values.size, values.size))


def _incidence(start: np.ndarray, end: np.ndarray, n_nodes: int) -> Any:
    """(branches, nodes): +1 where a branch starts, -1 where it ends."""
    count = start.size
    rows = np.arange(count)
    return sparse.csr_array(
        (np.repeat([1.0, -1.0], count), (np.concatenate([rows, rows]), np.concatenate([start.ravel(), end.ravel()]))),
        shape=(count, n_nodes))
