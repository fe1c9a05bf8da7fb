"""TOML in and out: a file that cannot be read is refused in one sentence, what is written reads back the same."""
from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import InputError

MAX_BYTES = 2**20


def read_toml(path: Path, tables: Sequence[str]) -> dict[str, Any]:
    """The tables of a TOML file.

    Parameters
    ----------
    path : file
    tables : names of what it should hold, for the message if it is empty

    Raises
    ------
    InputError
        No such file, not a regular file, not readable, larger than 1 MiB, empty, not UTF-8, not TOML.
    """
    try:
        if not path.exists():
            raise InputError(str(path), "no such file")
        if not path.is_file():
            kind = "a directory" if path.is_dir() else "not a regular file"
            raise InputError(str(path), f"is {kind}; must be a TOML file")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(str(path), f"cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(raw) > MAX_BYTES:
        raise InputError(path.name, f"is larger than {MAX_BYTES // 2**20} MiB; must be a TOML file of tables and settings")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path.name, f"is not UTF-8 text (byte {error.start}: {error.reason})") from error
    if not text.strip():
        raise InputError(path.name, f"is empty; needs the tables {', '.join(f'[{name}]' for name in tables)}")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise InputError(path.name, "is not TOML that can be read (nested too deeply)") from error
    except ValueError as error:
        raise InputError(path.name, f"is not TOML ({error})") from error


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
