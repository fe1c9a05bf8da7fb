"""Files of unknown origin, read whole within bounds: what is no regular file, too large or something else is refused in one sentence."""
from __future__ import annotations

import csv
import json
import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from .errors import InputError

SCHEMA = 1           # of the records that are written as JSON, and of experiment files
MOST_TEXT = 2**24    # bytes of a JSON or CSV file; a list in a list takes 45 times as much memory as its text
MOST_ROWS = 2**20
SHOWN = 120          # characters of a library's message
UNREADABLE = (OSError, ValueError)  # ValueError: a name with a zero byte


def read_bytes(path: Path, most: int, what: str, below: Path | None = None) -> bytes:
    """The bytes of a regular file.

    Parameters
    ----------
    most : bytes that it may have
    what : it must be, for the message
    below : a folder that `path` is in; links inside it are refused, wherever they lead

    Raises
    ------
    InputError
        No such file, a folder, a pipe or a device, not readable, or larger; nothing is waited for.
    """
    try:
        if below is None:
            check_kind(path, path.stat().st_mode, what)  # before it is opened: to open a device may do something
        with open(path, "rb", opener=None if below is None else partial(opened_below, below)) as stream:
            check_kind(path, os.fstat(stream.fileno()).st_mode, what)
            raw = stream.read(most + 1)
    except FileNotFoundError as error:
        raise InputError(str(path), "no such file") from error
    except UNREADABLE as error:
        raise InputError(str(path), f"cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(raw) > most:
        raise InputError(path.name, f"is larger than {size(most)}; must be {what}")
    return raw


def check_kind(path: Path, kind: int, what: str) -> None:
    """Refuse what is no regular file."""
    if not stat.S_ISREG(kind):
        raise InputError(str(path), f"is {'a directory' if stat.S_ISDIR(kind) else 'not a regular file'}; must be {what}")


def opened_below(folder: Path, path: str, flags: int) -> int:
    """Open a path inside a folder, from folder to folder, so that none can be exchanged for a link meanwhile; a pipe is not waited for."""
    *places, name = Path(path).relative_to(folder).parts
    if ".." in places:
        raise ValueError("leads out of the folder")
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for place in places:
            at, above = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at), at
            os.close(above)
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)


def read_json(path: Path, what: str, below: Path | None = None, most: int = MOST_TEXT) -> dict[str, Any]:
    """The table in a JSON file of at most so many bytes.

    Raises
    ------
    InputError
        What `read_bytes` refuses, what is no JSON or no table, and a record of another schema.
    """
    try:
        value = json.loads(read_bytes(path, most, what, below))
    except (ValueError, RecursionError) as error:
        raise InputError(str(path), f"is no JSON ({brief(error)}); must be {what}") from error
    if not isinstance(value, dict):
        raise InputError(str(path), f"must hold a table; must be {what}")
    check_schema(str(path), value.get("schema", SCHEMA))
    return value


def check_schema(file: str, found: Any) -> None:
    """Refuse a file of a version that this program does not read."""
    if type(found) is not int or found != SCHEMA:
        raise InputError(f"{file}: schema", f"= {found!r:.40}; must be {SCHEMA}, the version that this program reads")


def read_rows(path: Path, below: Path | None = None) -> Iterator[dict[str, str]]:
    """The rows of a CSV file by the names of its columns; of a row that is too short or too long, what can be named.

    Raises
    ------
    InputError
        What `read_bytes` refuses, what is no UTF-8 text or no CSV, or more than 2^20 rows.
    """
    raw = read_bytes(path, MOST_TEXT, "the curves of a run", below)
    try:
        for count, row in enumerate(csv.DictReader(raw.decode("utf-8").splitlines())):
            if count >= MOST_ROWS:
                raise InputError(str(path), f"has more than {MOST_ROWS} rows; must be the curves of a run")
            yield {key: value for key, value in row.items() if isinstance(key, str) and isinstance(value, str)}
    except (ValueError, csv.Error) as error:
        raise InputError(str(path), f"is no CSV ({brief(error)}); must be the curves of a run") from error


def brief(error: BaseException) -> str:
    """The start of a library's message, in one printable line."""
    text = "".join(c if c.isprintable() else " " for c in " ".join(str(error).split())) or type(error).__name__
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def size(count: int) -> str:
    """Bytes in words."""
    return f"{count // 2**20} MiB" if count >= 2**20 else f"{count // 2**10} KiB"
