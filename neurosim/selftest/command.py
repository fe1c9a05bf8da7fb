"""Check promises one after the other; one that breaks down is one that is not kept."""
from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from .promise import Outcome, Promise, Size

PROMISES: dict[str, Promise] = {
    "same-bytes": Promise("same settings, same bytes", "every rule on every profile, 200 splits, 0 differences", "same_bytes"),
    "malformed": Promise("malformed files are refused, or read as they are", "10000 files per reader, 0 failures", "malformed"),
    "executed": Promise("nothing in a file is executed", "0 hits", "executed"),
    "writers": Promise("whatever happens to a write, the old or the new file is there", "200 faults for each writer, 0 broken", "writers"),
    "races": Promise("two that write in one place corrupt nothing", "50 pairs, 0 corrupt", "races"),
    "kills": Promise("killed workers and commands change no table", "20 workers, 20 commands, the same bytes", "kills"),
    "network": Promise("no network at run time", "0 connects", "network"),
    "watch": Promise("the live page shows its folder to this machine alone", "0 wrong answers", "watch_page"),
    "resume": Promise("exact resume: runs are killed and gone on with", "0 differences, one interval lost", "resume"),
    "signals": Promise("SIGINT and SIGTERM: a checkpoint and exit code 130", "within 2 s", "signals"),
    "soak": Promise("a long run takes no more memory, nor more time a step", "10^6 steps: <= 1 %, >= 0.97 of the rate", "soak"),
    "numbers": Promise("numbers are guarded: NaN, infinity, 1e300", "0 silent", "numbers_guarded"),
    "effects": Promise("every effect does something, and changes its own counts alone", "all effects, 0 wrong", "effects_on"),
    "noise": Promise("noise has the distribution that the profile states", "all numbers, family-wise 1e-3", "noise"),
    "estimators": Promise("estimates of gradients: mean and variance as theory says", "cosine >= 0.99, slope within 5 %", "estimators"),
}
HEADER = ["promise", "wanted", "found", "tried", "s", ""]
SHOWN = 5  # failures of a promise that are printed


class Line(NamedTuple):
    """A promise and what its check found."""

    name: str
    promise: Promise
    outcome: Outcome
    seconds: float


def check(
    names: Iterable[str], size: Size, seed: int, tell: Callable[[str], None], promises: Mapping[str, Promise] = PROMISES,
) -> list[Line]:
    """Check the promises of these names, or all of them if there are none.

    Raises
    ------
    InputError
        If there is no promise of a name; before anything is checked.
    """
    wanted = list(names) or list(promises)
    for name in wanted:
        if name not in promises:
            raise InputError("selftest", f"'{name}' is no promise; there are {', '.join(promises)}")
    lines = []
    for name in wanted:
        tell(f"checking: {promises[name].says}")
        lines.append(_checked(name, promises[name], size, seed))
    return lines


def _checked(name: str, promise: Promise, size: Size, seed: int) -> Line:
    """One promise, in a folder of its own."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="neurosim-selftest-") as folder:
        try:
            outcome = importlib.import_module(f".{promise.module}", __package__).check(size, seed, Path(folder))
        except Exception as error:  # whatever a check trips over is a finding, and the others still run
            outcome = Outcome(0, (f"the check itself failed: {type(error).__name__}: {error}",), "not measured")
    return Line(name, promise, outcome, time.perf_counter() - began)


def rows_of(lines: Iterable[Line]) -> list[tuple[str, ...]]:
    """A row of the table for each promise."""
    return [(line.promise.says, line.promise.wanted, line.outcome.figure, str(line.outcome.checked), f"{line.seconds:.1f}",
             "kept" if line.outcome.is_kept else "NOT KEPT") for line in lines]


def notes_of(lines: Iterable[Line]) -> list[str]:
    """What failed, and what could not be tried."""
    notes = []
    for line in lines:
        more = len(line.outcome.failures) - SHOWN
        notes += [f"{line.name}: {text}" for text in line.outcome.failures[:SHOWN]]
        notes += [f"{line.name}: and {more} more"] if more > 0 else []
        notes += [f"{line.name}, not tried: {text}" for text in line.outcome.skipped]
    return notes


def as_json(lines: Iterable[Line], size: Size, seed: int) -> dict[str, Any]:
    """The same as a record."""
    return {"schema": 1, "size": size, "seed": seed, "promises": [{
        "name": line.name, "promise": line.promise.says, "wanted": line.promise.wanted, "found": line.outcome.figure,
        "kept": line.outcome.is_kept, "checked": line.outcome.checked, "failures": list(line.outcome.failures),
        "skipped": list(line.outcome.skipped), "seconds": line.seconds} for line in lines]}
