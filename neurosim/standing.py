"""Where a wired chip stands: every array that it consists of, by the names of the fields on the way to it, and how to put it back.

All that a part keeps from one step to the next lies in arrays inside nested NamedTuples (contract.py), so that one walk finds it all:
conductances, membranes, what is on its way in axons, pending requests, moments, traces, counters, the clock.
"""
from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .arguments import Scratch
from .errors import InputError


def arrays_of(part: Any) -> dict[str, np.ndarray]:
    """Every array in nested NamedTuples, tuples and mappings, by its path: ``"recurrent/device/inner/clock"``.

    Memory that several fields share is listed once, under the path that comes first.  Workspace whose contents never survive a call
    (`arguments.Scratch`) is left out.
    """
    found: dict[str, np.ndarray] = {}
    _walk(part, "", found, set())
    return found


def _walk(part: Any, path: str, found: dict[str, np.ndarray], seen: set[tuple[int, int]]) -> None:
    if isinstance(part, np.ndarray):
        memory = part.ctypes.data, part.nbytes
        if part.size and memory not in seen:
            seen.add(memory)
            found[path] = part
        return
    if isinstance(part, Scratch):
        return
    if isinstance(part, Mapping):
        items: Any = part.items()
    elif isinstance(part, tuple):
        items = zip(getattr(part, "_fields", map(str, range(len(part)))), part, strict=True)
    else:
        return
    for name, item in items:
        _walk(item, f"{path}/{name}" if path else str(name), found, seen)


def digests_of(arrays: Mapping[str, np.ndarray]) -> dict[str, bytes]:
    """A digest of the bytes of every array."""
    return {name: hashlib.blake2b(np.ascontiguousarray(array).data, digest_size=16).digest() for name, array in arrays.items()}


def moved(arrays: Mapping[str, np.ndarray], fresh: Mapping[str, bytes]) -> dict[str, np.ndarray]:
    """Copies of the arrays that are not as they were wired; `fresh` are `digests_of` what was wired."""
    now = digests_of(arrays)
    return {name: array.copy() for name, array in arrays.items() if now[name] != fresh[name]}


def put_back(arrays: Mapping[str, np.ndarray], kept: Mapping[str, np.ndarray]) -> None:
    """Write what `moved` kept into the arrays of a chip that was wired afresh, in place.

    Raises
    ------
    InputError
        If there is no such array here, or it has another shape or type; nothing is changed then.
    """
    for name, array in kept.items():
        if name not in arrays:
            raise InputError("checkpoint", f"{name} is no array of this chip")
        if (arrays[name].shape, arrays[name].dtype) != (array.shape, array.dtype):
            wanted = f"{arrays[name].dtype} {arrays[name].shape}"
            raise InputError("checkpoint", f"{name} is {array.dtype} {array.shape}; this chip has {wanted}")
    for name, array in kept.items():
        arrays[name][...] = array


class Standing(NamedTuple):
    """Where a training run is between two pieces of an epoch: with it and a chip wired afresh, the run goes on to the same bytes.

    Attributes
    ----------
    epoch : that it is in, from 1
    place : `epochs.Place` in it
    done, shown : steps, and input values other than 0, of all epochs so far, those of this epoch included
    losses : (mean loss, weight) of the blocks of this epoch so far
    curves : rows of the epochs that are done
    arrays : those that are not as they were wired
    kept : `Chip.state` at the end of the last epoch, which is the last good one
    before : steps that were done then
    """

    epoch: int
    place: Any
    done: int
    shown: int
    losses: list[tuple[float, float]]
    curves: list[dict[str, Any]]
    arrays: dict[str, np.ndarray]
    kept: dict[str, np.ndarray]
    before: int
