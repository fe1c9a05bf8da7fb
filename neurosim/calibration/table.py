"""Measured pulse traces from a CSV file: what cannot be read is refused with its row and column, never guessed."""
from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError

COLUMNS = ("device", "pulse", "polarity", "conductance_S")
POLARITIES = {"1": 1, "+1": 1, "up": 1, "-1": -1, "down": -1, "0": 0, "none": 0}
MAX_BYTES = 2**26   # 64 MiB
MAX_ROWS = 2**21    # a row takes 200 bytes of memory
MAX_PULSE, MAX_NAME = 10**7, 60
BLANKS = " \t"  # around a value; str.strip takes control characters for blanks, too
MIN_DEVICES = 8     # a spread from device to device, and some devices to hold out
MIN_PULSES = 20     # of each device


class Reading(NamedTuple):
    """One row."""

    row: int           # line in the file, the header is line 1
    pulse: int         # running number of the last pulse
    polarity: int      # 1 up, -1 down, 0 no pulse since the reading before
    conductance: float  # siemens


class Table(NamedTuple):
    """A file of pulse traces."""

    file: str
    sha256: str                       # of the file, in hexadecimal
    devices: dict[str, list[Reading]]  # in the order of the file


def read_table(path: str | Path) -> Table:
    """Read a CSV file with the columns ``device, pulse, polarity, conductance_S``, in any order, others ignored.

    ``device`` is any text.  ``pulse`` is the running number of the pulses of that device and never decreases.  ``polarity`` is that of
    the pulses since the reading before: 1 or up, -1 or down, 0 or none for a repeated read without a pulse.  Rows with the same pulse
    number are readings of the same state.  Numbers may be left out: if 20 follows 10, ten pulses of that polarity came between.

    Raises
    ------
    InputError
        No such file, not UTF-8 text, empty, larger than 64 MiB or 2^21 rows, a missing or doubled column, a value that is not what its
        column holds, pulses out of order, two polarities for one pulse, fewer than 8 devices, fewer than 20 pulses of a device.
    """
    path = Path(path)
    raw = _read(path)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(path.name, f"is not UTF-8 text (byte {error.start}: {error.reason}); must be a CSV file") from error
    if "\0" in raw[:4096].decode("utf-8", "replace"):
        raise InputError(path.name, "holds zero bytes; must be a CSV file")
    table = Table(path.name, hashlib.sha256(raw).hexdigest(), {})
    try:
        _fill(table, csv.reader(io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig", newline="")))
    except csv.Error as error:
        raise InputError(path.name, f"is not CSV ({error})") from error
    _enough(table)
    return table


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise InputError(str(path), "is not a file" if path.exists() else "no such file")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(raw) > MAX_BYTES:
        raise InputError(path.name, f"is larger than {MAX_BYTES // 2**20} MiB; fit fewer devices or pulses")
    if not raw.strip():
        raise InputError(path.name, f"is empty; needs a header with {', '.join(COLUMNS)}")
    return raw


def _fill(table: Table, rows: Iterable[list[str]]) -> None:
    places: list[int] = []
    width = 0
    for row, fields in enumerate(rows, start=1):
        if row == 1:
            header = [name.strip() for name in fields]
            places, width = [_place(table.file, header, column) for column in COLUMNS], len(header)
            continue
        if row > MAX_ROWS:
            raise InputError(f"{table.file}: row {row}", f"is one too many; at most {MAX_ROWS} are read, fit fewer devices or pulses")
        if not any(field.strip() for field in fields):
            continue
        if len(fields) != width:
            raise InputError(f"{table.file}: row {row}", f"has {len(fields)} fields; the header has {width}")
        name, pulse, polarity, conductance = (fields[place].strip(BLANKS) for place in places)
        if not name.isprintable() or not 0 < len(name) <= MAX_NAME:
            raise _refused(table.file, row, "device", name, f"the name or number of a device, at most {MAX_NAME} characters")
        reading = Reading(
            row, _whole(table.file, row, pulse), _polarity(table.file, row, polarity), _finite(table.file, row, conductance))
        trace = table.devices.setdefault(name, [])
        if trace:
            _follows(table.file, name, trace[-1], reading)
        trace.append(reading)


def _place(file: str, header: Sequence[str], column: str) -> int:
    count = header.count(column)
    if count != 1:
        problem = "is missing" if count == 0 else f"occurs {count} times"
        raise InputError(f"{file}: column {column}", f"{problem}; the header must have {', '.join(COLUMNS)}")
    return header.index(column)


def _refused(file: str, row: int, column: str, text: str, allowed: str) -> InputError:
    shown = text if len(text) <= 40 else text[:40] + "..."
    return InputError(f"{file}: row {row}, column {column}", f"= {shown!r}; must be {allowed}")


def _whole(file: str, row: int, text: str) -> int:
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not 0 <= value <= MAX_PULSE or value != int(value):
        raise _refused(file, row, "pulse", text, f"a whole number from 0 to {MAX_PULSE}")
    return int(value)


def _polarity(file: str, row: int, text: str) -> int:
    if text.lower() not in POLARITIES:
        raise _refused(file, row, "polarity", text, "1 or up, -1 or down, 0 or none")
    return POLARITIES[text.lower()]


def _finite(file: str, row: int, text: str) -> float:
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _refused(file, row, "conductance_S", text, "a finite number")
    return value


def _follows(file: str, name: str, last: Reading, reading: Reading) -> None:
    where = f"{file}: row {reading.row}, column pulse"
    if reading.pulse < last.pulse:
        raise InputError(where, f"= {reading.pulse}; must be at least {last.pulse}, the pulse of device {name} in row {last.row} "
                                "(pulses in order, no trace twice)")
    if reading.pulse == last.pulse and reading.polarity and last.polarity and reading.polarity != last.polarity:
        raise InputError(where, f"= {reading.pulse}; device {name} has the other polarity for this pulse in row {last.row}")


def _enough(table: Table) -> None:
    if len(table.devices) < MIN_DEVICES:
        raise InputError(f"{table.file}: column device", f"has {len(table.devices)} devices; a fit needs at least {MIN_DEVICES}")
    for name, trace in table.devices.items():
        pulses = sum(1 for last, reading in zip(trace, trace[1:]) if reading.polarity and reading.pulse > last.pulse)
        if pulses < MIN_PULSES:
            raise InputError(f"{table.file}: row {trace[0].row}, column pulse",
                             f"device {name} has {pulses} readings after a pulse; a fit needs at least {MIN_PULSES}")
    for polarity, word in ((1, "up"), (-1, "down")):
        if not any(reading.polarity == polarity for trace in table.devices.values() for reading in trace[1:]):
            raise InputError(f"{table.file}: column polarity", f"has no {word} pulse; a fit needs both directions")
