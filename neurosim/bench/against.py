"""What has become slower since a record was made: ratios, shares and exponents, never seconds."""
from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..bounded import read_json
from ..errors import InputError
from .growth import Growth
from .timing import Ratio, known

WORSE = 1.2  # times the recorded cost, by the medians and by the smallest times: less is noise


class Slower(NamedTuple):
    """One line that became slower: by which factor, and its ratio or exponent now and in the record."""

    name: str
    factor: float
    now: float
    recorded: float

    def __str__(self) -> str:
        return f"slower: {self.name} takes {self.factor:.2f} times as long as recorded ({self.now:.3g}, recorded {self.recorded:.3g})"


class Comparison(NamedTuple):
    """A record beside what was measured now."""

    file: str
    processor: str        # of the record
    compared: int         # lines that both have
    slower: list[Slower]


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The record that ``neurosim bench --json`` printed.

    Raises
    ------
    InputError
        If it cannot be read, or is something else.
    """
    name = Path(path).name
    record = read_json(Path(path), "what neurosim bench --json printed")
    lines = [record.get(key) for key in ("speed", "growth")] if record.get("schema") == 1 else [None]
    if not all(isinstance(part, list) and all(isinstance(line, dict) for line in part) for part in lines):
        raise InputError(name, "is not a record of neurosim bench --json, schema 1")
    return record


def compare(record: dict[str, Any], file: str, lines: Sequence[Any]) -> Comparison:
    """Every ratio and exponent that both have."""
    before = {line.get("name"): line for line in (*record["speed"], *record["growth"])}
    slower, compared = [], 0
    for line in lines:
        found = one(before.get(line.name, {}), line) if isinstance(line, Ratio | Growth) else None
        if found is not None:
            compared += 1
            if found.factor > WORSE:
                slower.append(found)
    machine = record.get("machine")
    processor = machine.get("processor", "") if isinstance(machine, dict) else ""
    return Comparison(file, str(processor), compared, slower)


def one(before: dict[str, Any], line: Ratio | Growth) -> Slower | None:
    """A line beside what was recorded of it; None if that has no number."""
    recorded: Any = before.get("exponent" if isinstance(line, Growth) else "ratio")
    if isinstance(line, Growth):
        if not is_number(recorded):
            return None
        return Slower(line.name, (line.values[-1] / line.values[0]) ** (line.exponent - recorded), line.exponent, recorded)
    times = [before.get(field) for field in ("ours_time", "peer_time")]
    if not is_number(recorded) or recorded <= 0 or not known(line.peer_time):
        return None
    factor = recorded / line.ratio
    lows: list[Any] = [time.get("low") if isinstance(time, dict) else None for time in times]
    if all(is_number(low) and low > 0 for low in lows):
        factor = min(factor, lows[1] / lows[0] * line.ours_time.low / line.peer_time.low)
    return Slower(line.name, factor, line.ratio, recorded)


def is_number(value: Any) -> bool:
    """Whether a value of a record is one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_json(found: Comparison) -> dict[str, Any]:
    """Every field."""
    return {**found._asdict(), "slower": [line._asdict() for line in found.slower]}
