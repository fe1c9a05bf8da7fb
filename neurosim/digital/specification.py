"""What the specifications of all chips share: integer arrays that are checked field by field, and what a run returns."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError


class Trace(NamedTuple):
    """What a forward run returns, one row per step; a state that the chip does not have is None.

    Attributes
    ----------
    spikes : (steps, n) int64, spikes of every hidden neuron in this step; activity where the chip sends values
    u : (steps, n) or (synapses, steps, n) int64, synaptic state at the end of the step
    v : (steps, n) int64, membrane at the end of the step
    outputs : (steps, outputs) int64
    """

    spikes: np.ndarray
    u: np.ndarray | None
    v: np.ndarray | None
    outputs: np.ndarray


def whole(where: str, value: Any, shape: tuple[int | None, ...], low: int, high: int) -> np.ndarray:
    """A read-only int64 array of the shape, every entry from `low` to `high`.

    Parameters
    ----------
    where : the chip and the field, for messages
    shape : None is any size; a single number fills a shape that has none

    Raises
    ------
    InputError
        If it is no array of whole numbers, has another shape or leaves the range.
    """
    given = np.asarray(value)
    if given.dtype.kind not in "iub":
        raise InputError(where, f"is of type {given.dtype}; must be whole numbers")
    outside = (given < low) | (given > high)
    if outside.any():
        raise InputError(where, f"= {given[outside].flat[0]}; must be from {low} to {high} on this chip")
    array = given.astype(np.int64)
    if array.ndim == 0:
        array = np.full([1 if size is None else size for size in shape], array)
    if array.ndim != len(shape) or any(want not in (None, have) for want, have in zip(shape, array.shape)):
        wanted = " x ".join("any" if size is None else str(size) for size in shape)
        raise InputError(where, f"has shape {' x '.join(map(str, given.shape)) or 'of a number'}; must be {wanted}")
    array.flags.writeable = False
    return array


def number(where: str, value: Any, low: int, high: int) -> int:
    """A single whole number in its range; see `whole`."""
    return int(whole(where, value, (), low, high))


def shifts_of(chip: str, spec: Any) -> dict[str, int]:
    """Left shifts of the weights of a specification, 0 to 7, by field."""
    return {name: number(f"{chip}: {name}", getattr(spec, name), 0, 7) for name in ("shift_in", "shift_rec", "shift_out")}


def at_most(where: str, found: int, most: int) -> None:
    """Refuse more of something than the chip has.

    Raises
    ------
    InputError
        If there is more.
    """
    if found > most:
        raise InputError(where, f"has {found}; this chip has room for {most}")


def frozen(spec: Any, **values: Any) -> None:
    """Put the checked values into a frozen data class, while it is made."""
    for name, value in values.items():
        object.__setattr__(spec, name, value)
