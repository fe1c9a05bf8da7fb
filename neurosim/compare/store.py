"""The folder of a comparison: finished runs under their digests, each whole or absent, and a lock that dies with its process."""
from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..bounded import read_json, read_rows
from ..errors import InputError
from ..writing import ensure_folder, held, put_folder

RUNS, PLAN, SUMMARY, RESULTS, PROGRESS, RECIPE, LOCK, TIMES = (
    "runs", "plan.json", "comparison.json", "results.csv", "progress.json", "comparison.toml", ".lock", "times.csv")
CURVES = "curves.csv"  # of a run


def is_comparison(folder: Path) -> bool:
    """Whether a folder is one of a comparison of a grid."""
    return (folder / RECIPE).is_file()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; it is let go whatever ends the process.

    Raises
    ------
    InputError
        If another process holds it, or it is the folder of something else.
    """
    _refuse_others(folder)
    ensure_folder(folder)
    with held(folder / LOCK, folder, ", or name another folder with --out"):
        _refuse_others(folder)  # again: it may have been made for something else in the meantime
        yield


def _refuse_others(folder: Path) -> None:
    """Refuse the folder of something else."""
    if folder.exists() and not (folder.is_dir() and (is_comparison(folder) or not any(entry.name != LOCK for entry in folder.iterdir()))):
        raise InputError(str(folder), "already exists and holds no such comparison; name another folder with --out")


def place(folder: Path, run: str) -> Path:
    """The folder of a run."""
    return folder / RUNS / run


def keep(folder: Path, run: str, files: Mapping[str, str]) -> None:
    """Write the folder of a run: all of it or nothing, and on the disk before it has its name."""
    wanted = place(folder, run)
    ensure_folder(wanted.parent)
    put_folder(wanted, files)


def finished(folder: Path) -> set[str]:
    """The runs that are there."""
    runs = folder / RUNS
    return {entry.name for entry in runs.iterdir() if not entry.name.startswith(".")} if runs.is_dir() else set()


def record_of(folder: Path, run: str) -> dict[str, Any]:
    """What a finished run gave.

    Raises
    ------
    InputError
        If its file is none that was written here.
    """
    path = place(folder, run) / "run.json"
    try:
        record = read_json(path, "a finished run")
        if record["run"] != run or not isinstance(record["scores"], dict) or not isinstance(record["status"], str):
            raise ValueError
    except (InputError, ValueError, KeyError) as error:
        reason = error.problem if isinstance(error, InputError) else type(error).__name__
        raise InputError(str(path), f"is no finished run ({reason}); delete its folder and it is run again") from error
    return record


def curve_of(folder: Path, run: str, x: str, y: str) -> list[tuple[float, float]]:
    """Two columns of the learning curve of a finished run; NaN where it has no number.

    Raises
    ------
    InputError
        If its file is none that was written here.
    """
    path = place(folder, run) / CURVES
    try:
        return [(number_in(row, x), number_in(row, y)) for row in read_rows(path)]
    except (InputError, ValueError) as error:
        reason = error.problem if isinstance(error, InputError) else error
        raise InputError(str(path), f"holds no curve of a run ({reason}); delete its folder and it is run again") from error


def number_in(row: Mapping[str, str], name: str) -> float:
    """The number in a column; NaN if there is none."""
    return float(row[name]) if row.get(name) else math.nan
