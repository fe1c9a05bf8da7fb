"""Address-event lists (AER): what an event camera or a recording of spikes is, from CSV or NPZ; what is wrong is refused with its place."""
from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from ..untrusted import npz_arrays
from .csv_columns import read_columns, read_header

COLUMNS = ("t_s", "address")
VALUE = "value"


class Events(NamedTuple):
    """Events in the order of time."""

    t_s: np.ndarray      # (n,) float64, seconds from the start
    address: np.ndarray  # (n,) int64, the line that sends
    value: np.ndarray    # (n,) float64, what it sends; 1 for spikes


def read_events(path: Path, lines: int, duration_s: float) -> Events:
    """Read a list of events.

    CSV: a header with the columns ``t_s, address`` and, for graded events, ``value``; packed if the name ends in ``.gz``.  NPZ: arrays of
    these names, one-dimensional and equally long.

    Parameters
    ----------
    lines : addresses are whole numbers from 0 to ``lines - 1``
    duration_s : times are at least 0 and below

    Raises
    ------
    InputError
        What `csv_columns.read_columns` and `untrusted.npz_arrays` refuse, arrays of other shapes or kinds; a time
        that is negative, too late or before the one that precedes it, an address that is no line.
    """
    is_packed = path.suffix == ".npz"
    t_s, address, value = from_npz(path) if is_packed else from_csv(path)
    first = 0 if is_packed else 2  # of the file: rows count from the line after the header
    what = "event" if is_packed else "line"

    def refuse(wrong: np.ndarray, problem: str) -> None:
        if wrong.any():
            k = int(np.argmax(wrong))
            raise InputError(f"{path.name}: {what} {k + first}", problem.format(t=f"{t_s[k]:g}", a=f"{address[k]:g}"))

    refuse(t_s < 0, "is at t_s = {t}; must not be negative")
    refuse(t_s >= duration_s, f"is at t_s = {{t}}; must be below the {duration_s:g} s that are shown")
    refuse(np.diff(t_s, prepend=-np.inf) < 0, "is at t_s = {t}, earlier than the event before it; events must be in the order of time")
    refuse((address < 0) | (address >= lines) | (address != np.floor(address)),
           f"has address = {{a}}; must be a whole number from 0 to {lines - 1}")
    return Events(t_s, address.astype(np.int64), value)


def from_csv(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, addresses and values as they stand in the file."""
    graded = path.is_file() and VALUE in read_header(path)
    found = read_columns(path, (*COLUMNS, VALUE) if graded else COLUMNS)
    return found[:, 0], found[:, 1], found[:, 2] if graded else np.ones(len(found))


def from_npz(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, addresses and values as they stand in the file; nothing is unpickled."""
    if not path.is_file():
        raise InputError("task.data", f"= {str(path)!r}; {'not a file' if path.exists() else 'no such file'}")
    arrays = npz_arrays(path, (*COLUMNS, VALUE))
    missing = [name for name in COLUMNS if name not in arrays]
    if missing:
        raise InputError(path.name, f"has no array {missing[0]!r}; must hold t_s and address, and may hold value")
    length = arrays["t_s"].size
    for name, array in arrays.items():
        if array.ndim != 1 or array.size != length or array.dtype.kind not in "iuf":
            raise InputError(f"{path.name}: {name}", f"has shape {array.shape} of {array.dtype}; must be {length} numbers in a row")
        if not np.isfinite(array).all():
            raise InputError(f"{path.name}: {name}", f"holds {array[~np.isfinite(array)][0]} at event {int(np.argmin(np.isfinite(array)))}")
    if not length:
        raise InputError(path.name, "holds no event")
    t_s, address = (arrays[name].astype(np.float64) for name in COLUMNS)
    return t_s, address, arrays[VALUE].astype(np.float64) if VALUE in arrays else np.ones(length)


def binned(events: Events, lines: int, step_s: float, steps: int) -> np.ndarray:
    """What every line sends in every step, (steps, lines): values of a step added up; an event belongs to step floor(t / step)."""
    frames = np.zeros((steps, lines))
    step = np.minimum((events.t_s / step_s + 1e-9).astype(np.int64), steps - 1)  # a time that is a whole number of steps stays one
    np.add.at(frames, (step, events.address), events.value)
    return frames


def rate_coded(values: np.ndarray, steps: int, most: float, rng: np.random.Generator) -> np.ndarray:
    """Poisson spikes, (steps, n), of values between 0 and 1: a spike with probability ``most * value`` in every step."""
    if not ((values >= 0) & (values <= 1)).all() or not 0 < most <= 1:
        raise InputError("rate", f"= {most:g} of values from {values.min():g} to {values.max():g}; both must be between 0 and 1")
    return (rng.random((steps, len(values))) < most * values).astype(float)
