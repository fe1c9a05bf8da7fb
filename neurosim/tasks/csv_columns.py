"""Numbers from a CSV file that a user brings: what cannot be read is refused with its place, never guessed."""
from __future__ import annotations

import csv
import difflib
import gzip
import io
import math
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..untrusted import MAX_CELLS

MAX_BYTES = 2**29  # 512 MiB of text, unpacked
OTHER_MARKS = ";\t"  # between columns, of programs that write a decimal comma
MAX_LINE = 2**20   # characters in one line, and in the lines of one row
SHOWN = 20         # column names listed in a refusal
LISTED = 300       # characters of them


def read_header(path: Path) -> list[str]:
    """Names of the columns: the first line."""
    with opened(path) as rows:
        return [name.strip() for name in next(rows)[1]]


def read_columns(path: Path, columns: Sequence[str]) -> np.ndarray:
    """The named columns as numbers, (n_rows, len(columns)) float64.

    The file is UTF-8 text with a header line, gzip-packed if its name ends in ``.gz``.  Only the named columns are
    looked at.

    Raises
    ------
    InputError
        No such file, not a file, not readable, not UTF-8, larger than 512 MiB unpacked or of more than 2^25 numbers,
        empty, no such column, a column name that occurs twice, a line that is blank or has more or fewer fields than
        the header, a value that is no finite number.
    """
    values = array("d")
    with opened(path) as rows:
        header = [name.strip() for name in next(rows)[1]]
        places = [place_of(path, header, column) for column in columns]
        blank = 0
        for line, fields in rows:
            if not fields:
                blank = blank or line
                continue
            if blank:
                raise InputError(
                    f"{path.name}: line {blank}", "is blank; every row is one time step, so none can be left out")
            if len(fields) != len(header):
                raise InputError(f"{path.name}: line {line}", f"has {len(fields)} fields; the header has {len(header)}")
            for place, column in zip(places, columns, strict=True):
                values.append(number(path, line, column, fields[place]))
            if len(values) > MAX_CELLS:
                raise InputError(f"{path.name}: line {line}", f"is one too many; at most {MAX_CELLS} numbers are read")
    if not values:
        raise InputError(path.name, "has a header and no rows")
    return np.frombuffer(values).reshape(-1, len(columns))  # no copy


def place_of(path: Path, header: Sequence[str], column: str) -> int:
    """Index of `column` in the header."""
    count = header.count(column)
    if count == 1:
        return header.index(column)
    if count > 1:
        raise InputError(f"{path.name}: column {column!r}", f"occurs {count} times in the header; names must differ")
    nearest = difflib.get_close_matches(column.lower(), [name.lower() for name in header], n=1)
    hint = next((f"; did you mean {plain(name)!r:.60}" for name in header if nearest and name.lower() == nearest[0]), "")
    if len(header) == 1 and any(mark in header[0] for mark in OTHER_MARKS):
        hint = "; columns must be separated by commas, and numbers have a decimal point"
    raise InputError(f"{path.name}: column {column!r}", f"does not exist{hint}; the file has {listed(header)}")


def listed(names: Sequence[str]) -> str:
    """Column names for a message, cut after the first few."""
    text = ", ".join(map(plain, names[:SHOWN]))
    return text[:LISTED] + ("..." if len(text) > LISTED else "") + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def plain(name: str) -> str:
    """A column name for a message, without control characters."""
    return "".join(character if character.isprintable() else "?" for character in name)


def number(path: Path, line: int, column: str, text: str) -> float:
    """A finite number, or a refusal with its place."""
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        shown = text if len(text) <= 40 else text[:40] + "..."
        raise InputError(
            f"{path.name}: column {column!r}",
            f"line {line} holds {shown!r}; must be a finite number, fill gaps before use")
    return value


@contextmanager
def opened(path: Path) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """(line number, fields) of a CSV file; what goes wrong while it is read becomes an `InputError`."""
    try:
        if not path.is_file():
            raise InputError("task.data", f"= {str(path)!r}; {'not a file' if path.exists() else 'no such file'}")
        opener = gzip.open if path.name.endswith(".gz") else open
        with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
            yield numbered(path, stream)
    except UnicodeDecodeError as error:
        raise InputError(path.name, f"is not UTF-8 text ({error.reason})") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(path.name, f"is not a complete gzip file ({error})") from error
    except OSError as error:
        raise InputError(path.name, f"cannot be read ({error.strerror})") from error
    except csv.Error as error:
        raise InputError(path.name, f"is not CSV ({error})") from error


def numbered(path: Path, stream: io.TextIOBase) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line they end on; the first is the header and exists."""
    waiting = [0]
    reader = csv.reader(bounded(path, stream, waiting))
    is_empty = True
    for fields in reader:
        waiting[0] = 0
        if is_empty and not fields:
            break
        is_empty = False
        yield reader.line_num, fields
    if is_empty:
        raise InputError(path.name, "is empty or starts with a blank line; needs a header with column names")


def bounded(path: Path, stream: io.TextIOBase, waiting: list[int]) -> Iterator[str]:
    """Lines, as long as the file stays within bounds; a packed file can be far larger than it looks.

    Parameters
    ----------
    waiting : one number, characters of the row that is not yet whole, which whoever takes the rows sets back to 0: quotes that
        go on over lines would otherwise make one row of the whole file
    """
    total = 0
    while text := stream.readline(MAX_LINE + 1):
        total += len(text)
        waiting[0] += len(text)
        if waiting[0] > MAX_LINE:
            raise InputError(path.name, f"has a line of more than {MAX_LINE} characters, or quotes that go on for as long")
        if total > MAX_BYTES:
            raise InputError(path.name, f"holds more than {MAX_BYTES} characters")
        yield text
