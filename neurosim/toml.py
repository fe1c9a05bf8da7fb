"""TOML in and out: a file that cannot be read is refused in one sentence, what is written reads back the same."""
from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .bounded import SCHEMA, brief, check_schema, read_bytes
from .errors import InputError

MAX_BYTES = 2**18  # of a file; the largest that we know has 8 KiB
MAX_PARTS = 32     # of a dotted key
NAMED = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-]){NAMED}(?:[ \t]*+\.[ \t]*+{NAMED}){{{MAX_PARTS}}}")
"""A dotted key of more parts: tomllib takes time that grows with parts times lines, hours for a file of a MiB."""


def read_toml(path: Path, tables: Sequence[str]) -> dict[str, Any]:
    """The tables of an experiment file, without its schema, which is 1 if it names none.

    Parameters
    ----------
    path : file
    tables : names of what it should hold, for the message if it is empty

    Raises
    ------
    InputError
        No such file, not a regular file, not readable, larger than 256 KiB, empty, not UTF-8, not TOML, keys of more than 32 parts,
        of another schema.
    """
    raw = read_bytes(path, MAX_BYTES, "a TOML file")
    found = parsed(raw, path.name, f"needs the tables {', '.join(f'[{name}]' for name in tables)}")
    check_schema(path.name, found.pop("schema", SCHEMA))
    return found


def parsed(raw: bytes, file: str, needs: str) -> dict[str, Any]:
    """The tables of the bytes of a TOML file.

    Parameters
    ----------
    file : its name, for messages
    needs : what the message says if it is empty

    Raises
    ------
    InputError
        Empty, not UTF-8, not TOML, nested too deeply.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(file, f"is not UTF-8 text (byte {error.start}: {error.reason})") from error
    if not text.strip():
        raise InputError(file, f"is empty; {needs}")
    try:
        return loads(text)
    except ValueError as error:
        more = "; text must stand in quotes" if str(error).startswith("Invalid value") else ""
        raise InputError(file, f"is not TOML{' that can be read' if isinstance(error, Deep) else ''} ({brief(error)}){more}") from error


class Deep(ValueError):
    """TOML that nobody needs: nested so that reading it takes all time."""


def loads(text: str) -> dict[str, Any]:
    """What `tomllib.loads` makes of a text, in bounded time and depth.

    Raises
    ------
    ValueError
        Not TOML; `Deep` if it is nested too deeply.
    """
    if LONG_KEY.search(text):
        raise Deep(f"a key of more than {MAX_PARTS} parts")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise Deep("nested too deeply") from error


def toml_text(table: Mapping[str, Any], place: tuple[str, ...] = ()) -> str:
    """Tables, lists, text, finite numbers and booleans as TOML; keys keep their order."""
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    lines = [f"{toml_key(key)} = {toml_value(value)}\n" for key, value in plain.items()]
    if place and (plain or len(table) == 0):
        lines.insert(0, f"[{'.'.join(map(toml_key, place))}]\n")
    parts = ["".join(lines)] if lines else []
    parts += [toml_text(value, (*place, key)) for key, value in table.items() if isinstance(value, Mapping)]
    return "\n".join(parts)


def toml_value(value: Any) -> str:
    """One value, in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{toml_key(key)} = {toml_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"no TOML for {type(value).__name__}")


def toml_key(key: str) -> str:
    """A key, quoted where it must be."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_value(key)
