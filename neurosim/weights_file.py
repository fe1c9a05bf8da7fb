"""Weights in a ``.npz`` of NumPy, from whoever: what `network.Topology.weights` starts from.

``inputs`` (hidden, inputs), ``recurrent`` (hidden, hidden), and if they are there ``readout`` (outputs, hidden) and ``bias`` (hidden,).
"""
from __future__ import annotations

from pathlib import Path

import numpy as np

from .errors import InputError
from .untrusted import Arrays, npz_arrays

NAMES = ("inputs", "recurrent", "readout", "bias")
LARGEST = 65535  # neurons and inputs of a network
MOST = 1e30  # of a weight; single precision ends at 3e38


def read(path: str | Path) -> Arrays:
    """The arrays of a file of weights, float64.

    Raises
    ------
    InputError
        For what `untrusted.npz_arrays` refuses (also what else there is to know of neurons: `neurosim import` makes settings of it), an
        array that is missing or not finite, a weight beyond 1e30, and shapes that do not fit each other.
    """
    path = Path(path)
    arrays = {name: np.ascontiguousarray(array, np.float64) for name, array in npz_arrays(path, NAMES).items()}
    for name in ("inputs", "recurrent"):
        if name not in arrays or arrays[name].ndim != 2:
            raise InputError(f"{path.name}: {name}", "is missing" if name not in arrays else "must be a matrix (post x pre)")
    hidden, readout = len(arrays["recurrent"]), arrays.get("readout", np.zeros((1, 1)))
    wanted = {
        "inputs": (hidden, arrays["inputs"].shape[1]), "recurrent": (hidden, hidden), "bias": (hidden,), "readout": (len(readout), hidden)}
    for name, array in arrays.items():
        if array.shape != wanted[name] or not all(0 < size <= LARGEST for size in array.shape):
            raise InputError(f"{path.name}: {name}", f"has shape {array.shape}; must be {wanted[name]}, 1 to {LARGEST} each")
        if not np.isfinite(array).all():
            raise InputError(f"{path.name}: {name}", "holds numbers that are not finite")
        if largest(array) > MOST:
            raise InputError(f"{path.name}: {name}", f"holds {largest(array):g}; at most {MOST:g} is a weight")
    return arrays


def largest(array: np.ndarray) -> float:
    """The largest absolute value, without a copy of the array."""
    return float(max(array.max(), -array.min()))
