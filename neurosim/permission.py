"""Whether a file may run code: a command runs only what its user allows, Python callers, whose own code runs anyway, all.

An experiment file, and what a run or a comparison keeps of it, can name a rule or a task as ``module:Class`` (see `plugins`); importing
it runs it.  This is asked where the import is made and nowhere else, so that no command, old or new, can forget to ask; it is a state of
the process because so is the command.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

OPTION = "--own-code"
EVERYTHING = "*"  # no name of a class
_commands: list[set[str]] = []  # names that the user of each has allowed; a command inside another happens in tests only


@contextmanager
def within_a_command() -> Iterator[None]:
    """Inside, nothing is allowed but what `allow` adds."""
    _commands.append(set())
    try:
        yield
    finally:
        _commands.pop()


def allow(names: Iterable[str]) -> None:
    """Let the command that is running import these names; outside of one, all are allowed already."""
    if _commands:
        _commands[-1].update(names)


def allow_said(value: Any) -> None:
    """Let it import what the user wrote on the command line: every ``module:Class`` in the value of a setting."""
    if isinstance(value, str):
        allow([value] if ":" in value else ())
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            allow_said(inner)


def is_allowed(name: str) -> bool:
    """Whether a class of this name may be imported."""
    return not _commands or EVERYTHING in _commands[-1] or name in _commands[-1]


def option() -> str:
    """What the same user has to add to a later command on what this one leaves: `` --own-code`` or nothing."""
    return f" {OPTION}" if _commands and _commands[-1] else ""
