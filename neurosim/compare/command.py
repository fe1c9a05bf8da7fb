"""What ``neurosim compare`` was asked for, and its table."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..experiment import Experiment
from . import ablation, chips

Watch = Callable[[str], None]
Table = tuple[dict[str, Any], list[str], list[tuple[str, ...]], list[str]]


def chosen(names: str | None, group: str | None) -> tuple[str, str]:
    """("chips", names) or ("ablate", group).

    Raises
    ------
    InputError
        If both were given, or neither.
    """
    if names is not None and group is None:
        return "chips", names
    if group is not None and names is None:
        return "ablate", group
    raise InputError("compare", f"needs --chips or --ablate, and {'has both' if group is not None else 'has neither'}")


def compared(experiment: Experiment, kind: str, choice: str, folder: Path, watch: Watch) -> Table:
    """The record, header and rows of its table, and notes below it."""
    if kind == "chips":
        record = chips.compare(experiment, [name.strip() for name in choice.split(",")], folder, watch)
        return record, [*chips.HEADER[:2], record["score"], *chips.HEADER[2:]], chips.rows_of(record), chips.notes_of(record)
    record = ablation.ablate(experiment, choice, folder, watch)
    return record, ["chip", record["score"], "frozen", "cost of the effect", "cost alone"], ablation.rows_of(record), []
