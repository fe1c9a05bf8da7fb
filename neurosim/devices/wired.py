"""Wire resistance around any device: a read returns less of a weight the farther it lies from the drivers and amplifiers."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..circuits.wires import Geometry, Lines, attenuate, couple, lines_of
from ..contract import age, draws, is_ageing, sense
from ..slots import shared
from ..storage import zeros
from .firing import refresh_row
from .pulses import fire, is_clear
from .writing import lose, wrap


class Wired(NamedTuple):
    """The weight is that of the inner device times a factor of every cell; writes do not feel the wires.

    The factors follow from all weights on the lines of a cell (`neurosim.circuits.wires`).  They hold for the weights that `refresh`
    saw last: between two refreshes learning moves the weights, not the factors.
    """

    inner: tuple
    factor: np.ndarray      # (rows, width); 1 where there is no cell
    factors: np.ndarray     # (rows * width,), the same memory
    inputs: Lines
    outputs: Lines
    coupling: float
    weight: np.ndarray      # (rows * width,) workspace
    far: np.ndarray         # (rows * width,) workspace
    admittance: np.ndarray  # (2, longest line) workspace


wrap(Wired)


@draws.fill(Wired)
def _draws(part):
    return draws(part.inner)


@is_ageing.fill(Wired)
def _is_ageing(part):
    return is_ageing(part.inner)


@is_clear.fill(Wired)
def _is_clear(device, r, c, conductance, pulses):
    return is_clear(device.inner, r, c, conductance, pulses)


@fire.fill(Wired)
def _fire(device, r, c, conductance, pulses, normal, second):
    return fire(device.inner, r, c, conductance, pulses, normal, second)


@lose.fill(Wired)
def _lose(device, dw, d, first, last):
    lose(device.inner, dw, d, first, last)


@refresh_row.fill(Wired)
def _refresh_row(device, outer, g, r, scratch, key):
    refresh_row(device.inner, outer, g, r, scratch, key)


@sense.fill(Wired)
def _sense(device, r, c, conductance):
    return sense(device.inner, r, c, conductance) * device.factor[r, c]


@shared
def refresh(device, conductance):
    """Let the factors follow the weights that `conductance` (rows, width) holds now."""
    width = conductance.shape[1]
    for r in range(conductance.shape[0]):
        for c in range(width):
            device.weight[r * width + c] = sense(device.inner, r, c, conductance[r, c])
    attenuate(device.inputs, device.weight, device.admittance, device.factors)
    attenuate(device.outputs, device.weight, device.admittance, device.far)
    couple(device.coupling, device.factors, device.far)


@age.fill(Wired)
def _age(device, conductance, key, now_s):
    age(device.inner, conductance, key, now_s)
    refresh(device, conductance)


def wired(inner: Any, labels: np.ndarray, n_pre: int, geometry: Geometry, siemens: float, coupling: float, dtype: Any) -> Wired:
    """Put a device on lines with resistance; the factors are 1 until `refresh`.

    Parameters
    ----------
    inner : device
    labels, n_pre, geometry, siemens : see `neurosim.circuits.wires.lines_of`
    coupling : see `neurosim.circuits.calibration`
    """
    inputs, outputs = lines_of(labels, n_pre, geometry, siemens, dtype)
    factors, far = zeros(labels.size, dtype), zeros(labels.size, dtype)
    factors[...] = far[...] = 1
    return Wired(
        inner, factors.reshape(labels.shape), factors, inputs, outputs, np.dtype(dtype).type(coupling), zeros(labels.size, dtype), far,
        zeros((2, max(inputs.longest, outputs.longest)), dtype))
