"""Learning curves of every run, thinned to what a screen can show."""
from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...bounded import read_rows
from ...errors import InputError
from .folder import CURVES, Found

MOST, LEAST = 200, 20  # points of a curve: a few runs have the most, thousands the least
ALL = 40_000  # points of all curves together, which a page holds and draws quickly
DIGITS = 6
PLACES = ("epoch", "forward_passes", "writes", "energy_J")  # what a curve may be drawn against


def curves_of(found: Found) -> list[dict[str, Any]]:
    """Of every run of every group: {"group", "seed", "run", "status", "columns": {name: [...]}}; what cannot be read is left out."""
    curves = []
    runs = sum(len(group["seeds"]) for group in found.groups)
    most = max(LEAST, min(MOST, ALL // max(runs, 1)))
    whole = by_seed(rows_of(found.folder / CURVES)) if found.is_single else {}
    for place, group in enumerate(found.groups):
        for seed, one in group["seeds"].items():
            run = str(one.get("run", "")) if isinstance(one, Mapping) else ""
            rows = whole.get(str(seed), []) if found.is_single else rows_of(inside(found.folder, found.place(run)) / CURVES)
            if rows:
                state = str(one.get("status", "complete"))
                curves.append({"group": place, "seed": str(seed), "run": run, "status": state, "columns": columns_of(rows, most)})
    return curves


def inside(folder: Path, place: str) -> Path:
    """A path inside the folder; a name that leads out of it leads nowhere."""
    path = folder / place
    return path if path.resolve().is_relative_to(folder.resolve()) else folder / "nowhere"


def rows_of(path: Path, below: Path | None = None) -> list[dict[str, float | None]]:
    """Rows of a CSV file as numbers, None where there is none; no rows if there is no such file, it is none, or is a link in `below`."""
    try:
        return [{key: parsed(value) for key, value in row.items()} for row in read_rows(path, below)]
    except InputError:
        return []


def parsed(text: Any) -> float | None:
    """The number that a cell holds; None if it holds none that is finite."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def by_seed(rows: list[dict[str, float | None]]) -> dict[str, list[dict[str, float | None]]]:
    """The rows of each seed of a run folder's curves."""
    found: dict[str, list[dict[str, float | None]]] = {}
    for row in rows:
        seed = row.get("seed")
        if seed is not None:
            found.setdefault(str(int(seed)), []).append({key: value for key, value in row.items() if key != "seed"})
    return found


def columns_of(rows: list[dict[str, float | None]], most: int = MOST) -> dict[str, list[float | int | None]]:
    """Columns with any number in them, thinned evenly to `most` rows, first and last among them, and rounded to `DIGITS` digits."""
    n = len(rows)
    kept = sorted({round(k * (n - 1) / (most - 1)) for k in range(most)}) if n > most else range(n)
    names = list(dict.fromkeys(key for row in rows for key in row))
    columns = {name: [rounded(rows[k].get(name)) for k in kept] for name in names}
    return {name: values for name, values in columns.items() if any(value is not None for value in values)}


def rounded(value: float | None) -> float | int | None:
    """The number in `DIGITS` digits; a whole one without a point, so that it takes less room."""
    if value is None:
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
