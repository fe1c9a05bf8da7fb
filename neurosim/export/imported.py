"""A network that somebody else made: its description and its matrices; and the checks that all readers share."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from ..chip import Trained
from ..errors import InputError
from ..network import Network
from ..neurons.settings import Membrane
from ..untrusted import Arrays
from ..weights_file import LARGEST, MOST, largest


@dataclass(frozen=True)
class ImportedNetwork:
    """What a file tells.

    Attributes
    ----------
    file : its name
    network : sizes, neurons, time constants, thresholds
    trained : matrices (post, pre) by projection, for `chip.compile_chip`; the bias is the last column of the inputs
    """

    file: str
    network: Network
    trained: Trained


def described(
    path: Path, inputs: np.ndarray, recurrent: np.ndarray, readout: np.ndarray, bias: np.ndarray | None, **rest: Any
) -> ImportedNetwork:
    """A network of these matrices, after a last look at them.

    Parameters
    ----------
    rest : further fields of `network.Network`

    Raises
    ------
    InputError
        If shapes do not match, an entry is not finite, or the settings contradict each other.
    """
    hidden, outputs = len(recurrent), len(readout)
    wanted = {"inputs": (hidden, inputs.shape[1]), "recurrent": (hidden, hidden), "readout": (outputs, hidden), "bias": (hidden,)}
    matrices = {"inputs": inputs, "recurrent": recurrent, "readout": readout, **({} if bias is None else {"bias": bias})}
    for name, array in matrices.items():
        if array.shape != wanted[name] or min(array.shape) < 1 or max(array.shape) > LARGEST:
            raise InputError(f"{path.name}: {name}", f"has shape {array.shape}; must be {wanted[name]}, 1 to {LARGEST} each")
        if not np.isfinite(array).all():
            raise InputError(f"{path.name}: {name}", "has entries that are not finite")
        if largest(array) > MOST:
            raise InputError(f"{path.name}: {name}", f"has an entry of {largest(array):g}; at most {MOST:g} is a weight")
    lines = inputs if bias is None else np.hstack([inputs, bias[:, None]])
    try:
        network = Network(inputs=inputs.shape[1], outputs=outputs, hidden=hidden, bias=bias is not None, **rest)
    except ValidationError as error:
        raise InputError(path.name, first_problem(error)) from error
    return ImportedNetwork(path.name, network, Trained({"inputs": lines, "recurrent": recurrent, "readout": readout}))


def membrane(path: Path, **fields: Any) -> Membrane:
    """LIF neurons.

    Raises
    ------
    InputError
        If the numbers contradict each other.
    """
    try:
        return Membrane(**fields)
    except ValidationError as error:
        raise InputError(path.name, first_problem(error)) from error


def first_problem(error: ValidationError) -> str:
    """What the settings say of the first field that is wrong."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'neurons'}: {first['msg']}"


def shared(path: Path, name: str, values: np.ndarray, n: int) -> float:
    """The one value that all neurons have.

    Raises
    ------
    InputError
        If it is not finite, or neurons differ.
    """
    values = np.asarray(values, np.float64)
    if values.shape not in ((), (1,), (n,)) or not values.size:
        raise InputError(f"{path.name}: {name}", f"has shape {values.shape}; must be ({n},), one per neuron")
    if not np.isfinite(values).all():
        raise InputError(f"{path.name}: {name}", "has entries that are not finite")
    if (values != values.flat[0]).any():
        raise InputError(f"{path.name}: {name}", f"= {values.min():g} to {values.max():g}; must be the same for all neurons of a network")
    return float(values.flat[0])


def needed(path: Path, arrays: Arrays, name: str, dimensions: int) -> np.ndarray:
    """An array in double precision.

    Raises
    ------
    InputError
        If it is missing or has other dimensions.
    """
    if name not in arrays:
        raise InputError(f"{path.name}: {name}", "is missing")
    if arrays[name].ndim != dimensions:
        raise InputError(f"{path.name}: {name}", f"has shape {arrays[name].shape}; must have {dimensions} dimensions")
    return np.asarray(arrays[name], np.float64)
