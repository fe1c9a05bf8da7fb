"""What ``neurosim compare`` was asked for, and its table."""
from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..experiment import Experiment
from ..toml import toml_text
from . import ablation, chips

Watch = Callable[[str], None]
Table = tuple[dict[str, Any], list[str], list[tuple[str, ...]], list[str]]


def chosen(names: str | None, group: str | None, file: str) -> tuple[str, str]:
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
    has = "has both" if group is not None else "has none of them"
    raise InputError(file, f"needs one of a [compare] table in it, --chips or --ablate, and {has}")


def compared(experiment: Experiment, kind: str, choice: str, folder: Path, watch: Watch) -> Table:
    """The record, header and rows of its table, and notes below it."""
    if kind == "chips":
        record = chips.compare(experiment, [name.strip() for name in choice.split(",")], folder, watch)
        return record, [*chips.HEADER[:2], record["score"], *chips.HEADER[2:]], chips.rows_of(record), chips.notes_of(record)
    record = ablation.ablate(experiment, choice, folder, watch)
    return record, ["chip", record["score"], "frozen", "cost of the effect", "cost alone"], ablation.rows_of(record), []


def workers_of(wanted: int | None) -> int:
    """How many processes: as many as asked for, or as there are cores for this one."""
    return wanted if wanted is not None else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_folder(tables: Mapping[str, Any], path: Path) -> Path:
    """``runs/<name of the file>-<start of the digest of its tables>``."""
    return Path("runs") / f"{path.stem}-{hashlib.sha256(toml_text(tables).encode()).hexdigest()[:8]}"


def quick_tables(tables: Mapping[str, Any]) -> dict[str, Any]:
    """One epoch of the first seed, two trials of a search, no budget: does it run?"""
    train, compare = dict(tables.get("train", {})), dict(tables["compare"])
    train |= {"epochs": 1, "bptt_epochs": 1, **({"seeds": train["seeds"][:1]} if isinstance(train.get("seeds"), list) else {})}
    compare.pop("budget", None)
    if isinstance(compare.get("tune"), Mapping):
        compare["tune"] = {**compare["tune"], "trials": 2}
    return {**tables, "train": train, "compare": compare}
