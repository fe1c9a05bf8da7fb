"""Settings that stand in the wrong place of an experiment file: the sentence says where they belong."""
from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .errors import InputError
from .sentences import dotted, hint, shown

GRID = "compare"
Keys = Mapping[str, Collection[str]]
"""Names that a table may have, by table."""


def refuse_table(name: str, value: Any, known: Collection[str], keys: Keys, file: str) -> None:
    """Refuse what stands at the top of the file and is no table of it.

    Raises
    ------
    InputError
        Always: with the table that it belongs in, what else the file may be for, or the nearest name.
    """
    what = "" if isinstance(value, Mapping) else f"= {shown(value)}; "
    other = "; it is for `neurosim compare`, not for a single run" if name == GRID else hint(name, known)
    raise InputError(f"{file}: {dotted((name,))}", f"{what}there is no such table{belonging(name, keys) or other}")


def check_keys(tables: Mapping[str, Mapping[str, Any]], keys: Keys, file: str) -> None:
    """Refuse a key that only another table has; what no table has is left to the one that it stands in.

    Raises
    ------
    InputError
        With the tables that have it.
    """
    for name, table in tables.items():
        for key in table:
            if key not in keys[name] and (belongs := belonging(key, keys)):
                raise InputError(f"{file}: {dotted((name, key))}", f"= {shown(table[key])}; there is no such key{belongs}")


def belonging(key: str, keys: Keys) -> str:
    """Which tables have such a key, in words; nothing if none has."""
    found = [f"[{table}]" for table, known in keys.items() if key in known and key != "name"]
    return f"; it belongs in {' or '.join(found)}" if found else ""
