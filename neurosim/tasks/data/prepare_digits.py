"""Make ``digits.csv.gz`` from the ``digits.csv.gz`` of scikit-learn; see README.md beside this file.

    python prepare_digits.py path/to/sklearn/datasets/data/digits.csv.gz digits.csv.gz
"""
from __future__ import annotations

import gzip
import sys
from pathlib import Path

from neurosim.tasks.data.prepare_jfk_2013 import pack

COLUMNS = (*(f"pixel_{k}" for k in range(64)), "digit")


def prepare(source: Path) -> str:
    """The text of the file: the source as it is, under a line with the names of the columns."""
    with gzip.open(source, "rt", encoding="utf-8") as stream:
        rows = stream.read().split()
    for k, row in enumerate(rows):
        *pixels, digit = [int(value) for value in row.split(",")]
        if len(pixels) != 64 or not 0 <= min(pixels) <= max(pixels) <= 16 or not 0 <= digit <= 9:
            raise ValueError(f"row {k} is no 8 x 8 image of 0 ... 16 with a digit")
    return "\n".join([",".join(COLUMNS), *rows]) + "\n"


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(pack(prepare(Path(sys.argv[1]))))
