"""What it took to reach a score, as a table."""
from __future__ import annotations

from typing import Any

from ..cost import shown
from .blocks import Cell, Column, Table
from .folder import Found
from .words import finite, score_name, value_text

COLUMNS = (("forward_passes", "forward passes", ""), ("writes", "writes", ""), ("energy_J", "energy", "J"))


def reach_table(found: Found) -> Table | None:
    """Medians over the seeds of what training took to reach the level that the file names; none if it names none."""
    groups = [group for group in found.groups if isinstance(group.get("reach"), dict)]
    if not groups:
        return None
    rows = []
    for group in groups:
        reach = group["reach"]
        none = {"reached": 0, "n": len(group["seeds"])}
        first: Any = next((reach[name] for name, _, _ in COLUMNS if isinstance(reach.get(name), dict)), none)
        rows.append([
            *(Cell(value_text(group["point"].get(axis, "–"))) for axis in found.axes),
            Cell(f"{score_name(group.get('score'))} {value_text(reach['level'])}"),
            Cell(f"{first['reached']} of {first['n']}", finite(first["reached"])),
            *(cell(reach.get(name), unit) for name, _, unit in COLUMNS)])
    columns = [*(Column(axis, is_choice=True) for axis in found.axes), Column("reaches"), Column("seeds", True),
               *(Column(title, True) for _, title, _ in COLUMNS)]
    caption = "What training took to reach a score: medians over seeds, of which those that never got there count as the last."
    return Table("reach", caption, columns, rows)


def cell(spent: Any, unit: str) -> Cell:
    """A median; a dash where most seeds never got there, a word where nobody counts."""
    if not isinstance(spent, dict):
        return Cell("unavailable")
    return Cell("–" if spent["median"] is None else shown(spent["median"], unit), finite(spent["median"]))
