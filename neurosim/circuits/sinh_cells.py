"""Exact currents of a crossbar whose cells are not linear: Newton's method with a line search, to a stated residual.

Kirchhoff's current law at every crossing reads ``F(v) = L v + C^T I(C v) = 0``, with L the Laplacian of the lines, C v the voltages over
the cells and I their law.  A law that rises everywhere makes F the gradient of a convex function (the co-content), so that the solution
is unique, and a Newton step, shortened until the largest ``|F|`` falls, leads there.

References
----------
Millar, Some general theorems for non-linear systems possessing resistance, Phil. Mag. 42 (1951) 1150 (co-content).
Deuflhard, Newton Methods for Nonlinear Problems, Springer 2004, section 3.1 (damping).
"""
from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from ..errors import InputError
from .nodal import Mesh, Solution, Wires, checked, flipped, solve_unknown

RESIDUAL = 1e-13  # of the largest cell current
ROUNDING = 4 * float(np.finfo(np.float64).eps)  # of |L| |v|: what float64 cannot tell from zero beside a segment of low resistance
MOST_STEPS = 100


class Cells(Protocol):
    """A law of the cells of a crossbar (n_out, n_in), odd in the voltage and rising."""

    @property
    def conductance_S(self) -> np.ndarray:
        """Slope at 0 V, (n_out, n_in)."""

    def current_A(self, voltage_V: np.ndarray) -> np.ndarray:
        """Current of every cell, shapes (n_out, n_in)."""

    def slope_S(self, voltage_V: np.ndarray) -> np.ndarray:
        """d current / d voltage of every cell."""


class SinhCells(NamedTuple):
    """I = G / k sinh(k V): a filamentary cell or a selector; k -> 0 is the linear cell.

    Parameters
    ----------
    conductance_S : (n_out, n_in), slope at 0 V
    steepness_per_V : float or (n_out, n_in), k > 0
    """

    conductance_S: np.ndarray
    steepness_per_V: Any

    def current_A(self, voltage_V: np.ndarray) -> np.ndarray:
        """See `Cells`."""
        return self.conductance_S / self.steepness_per_V * np.sinh(self.steepness_per_V * voltage_V)

    def slope_S(self, voltage_V: np.ndarray) -> np.ndarray:
        """See `Cells`."""
        return self.conductance_S * np.cosh(self.steepness_per_V * voltage_V)


class CubicCells(NamedTuple):
    """I = G V + N2 V |V| + N3 V^3: the cubic law of positive voltages, continued as an odd one.

    Parameters
    ----------
    conductance_S, quadratic, cubic : (n_out, n_in), G, N2 in A/V^2 and N3 in A/V^3
    """

    conductance_S: np.ndarray
    quadratic: np.ndarray
    cubic: np.ndarray

    def current_A(self, voltage_V: np.ndarray) -> np.ndarray:
        """See `Cells`."""
        return voltage_V * (self.conductance_S + np.abs(voltage_V) * (self.quadratic + np.abs(voltage_V) * self.cubic))

    def slope_S(self, voltage_V: np.ndarray) -> np.ndarray:
        """See `Cells`."""
        return self.conductance_S + np.abs(voltage_V) * (2 * self.quadratic + 3 * np.abs(voltage_V) * self.cubic)


# secondary: fit of the measurements of Milo et al., IRPS 2021 (IEEE 9405119), in CrossSim 3.2.0; valid up to 0.5 V, 50 to 225 uS
MILO_QUADRATIC = (0.0001388, 0.001541, 0.005711, 0.007063)  # in log10(G / S), highest power first; A/V^2
MILO_CUBIC = (8.8710e-5, 6.7919e-4, 1.2968e-3)              # A/V^3
MILO_MOST_V = 0.5


def milo_cells(conductance_S: np.ndarray) -> CubicCells:
    """The HfO2 RRAM of Milo et al. 2021 at conductances between 50 and 225 uS.

    Raises
    ------
    InputError
        If a conductance lies outside of what was measured, where the fit means nothing.
    """
    if not ((conductance_S >= 50e-6) & (conductance_S <= 225e-6)).all():
        raise InputError(
            "conductance_S", f"= {np.min(conductance_S):.3g} to {np.max(conductance_S):.3g}; the fit holds from 5e-05 to 0.000225 S")
    decades = np.log10(conductance_S)
    return CubicCells(conductance_S, np.polyval(MILO_QUADRATIC, decades), np.polyval(MILO_CUBIC, decades))


def solve_cells(cells: Cells, voltage_V: np.ndarray, wires: Wires, residual: float = RESIDUAL) -> Solution:
    """Currents and voltages of a crossbar of nonlinear cells.

    Parameters
    ----------
    cells : Cells
    voltage_V : (n_in,), of the drivers
    wires : Wires
    residual : float, largest current that may be missing at a crossing, as a share of the largest cell current, beyond the rounding
        errors of ``L v``

    Raises
    ------
    InputError
        If a shape or a number is not allowed, the currents overflow, or the residual is not reached.
    """
    conductance, voltage = checked(cells.conductance_S, voltage_V)
    if voltage.ndim != 1:
        raise InputError("voltage_V", f"has the shape {voltage.shape}; nonlinear cells are solved for one vector at a time")
    flip = slice(None, None, -1 if wires.sense_at_first else 1)
    mesh = Mesh(*wires.segments(*conductance.shape))
    n, known = mesh.n_unknown, mesh.fixed(voltage[None, flip])

    def law(function: Any, node_V: np.ndarray) -> np.ndarray:
        over = (mesh.cells @ node_V).reshape(mesh.shape)[:, flip]
        with np.errstate(over="ignore", invalid="ignore"):
            return np.broadcast_to(function(over), mesh.shape)[:, flip].reshape(-1, 1)

    def missing(node_V: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        current = law(cells.current_A, node_V)
        return (mesh.lines @ node_V + mesh.cells.T @ current)[:n], current

    linear = mesh.laplacian(conductance[:, flip])
    magnitude = abs(mesh.lines)
    node_V = np.vstack([solve_unknown(linear, -linear[:n, n:] @ known, n), known])
    force, current = missing(node_V)
    for _ in range(MOST_STEPS):
        if not np.isfinite(current).all():
            raise InputError("voltage_V", f"= up to {np.abs(voltage).max():g} V; the current of a cell overflows")
        if (np.abs(force) <= residual * np.abs(current).max() + ROUNDING * (magnitude @ np.abs(node_V))[:n]).all():
            found = mesh.solution(node_V, current, voltage[flip])
            return flipped(found) if wires.sense_at_first else found
        step = solve_unknown(mesh.laplacian(law(cells.slope_S, node_V)), -force, n)
        node_V, force, current = _line_search(missing, node_V, step, force, n)
    raise InputError(
        "residual", f"= {residual:g}; {np.abs(force).max() / np.abs(current).max():.3g} is left after {MOST_STEPS} Newton steps")


def _line_search(missing: Any, node_V: np.ndarray, step: np.ndarray, force: np.ndarray, n: int) -> tuple[np.ndarray, ...]:
    """Half, quarter, ... of a Newton step until the largest |F| falls; the smallest one at rounding errors."""
    share, before = 1.0, np.abs(force).max()
    while True:
        tried = node_V.copy()
        tried[:n] += share * step
        after, current = missing(tried)
        if np.abs(after).max() <= (1 - 0.1 * share) * before or share < 1e-6:
            return tried, after, current
        share /= 2
