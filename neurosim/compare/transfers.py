"""Transfer matrices: learned on one chip, run on another, fresh or after a wait."""
from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from typing import Any

from ..scores import main_score
from .plan import LEARN, Plan


def transfers(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of every combination whose runs were transferred: by profile and age the matrix of scores, learned on the row, run on the column."""
    found = []
    for point in plan.points:
        runs = plan.runs.get(tuple(point.labels.values()), {}).get(LEARN, {})
        rows = {seed: records[run]["transfer"] for seed, run in runs.items() if run in records and records[run].get("transfer")}
        cells = [cell for each in rows.values() for cell in each]
        if not cells:
            continue
        score = main_score(cells[0])
        chips = list(dict.fromkeys(cell["chip"] for cell in cells))
        for profile in dict.fromkeys(cell["profile"] for cell in cells):
            ages = []
            for age in dict.fromkeys(cell["age_s"] for cell in cells if cell["profile"] == profile):
                table = {seed: {cell["chip"]: cell.get(score) for cell in each if cell["profile"] == profile and cell["age_s"] == age}
                         for seed, each in rows.items()}
                ages.append({"age_s": age, "score": score, "matrix": [[table[seed].get(chip) for chip in chips] for seed in table]})
            found.append({"point": point.labels, "to": profile, "learned_on": list(rows), "chips": chips, "ages": ages,
                          "says": said(list(rows), chips, ages)})
    return found


def said(rows: list[int], chips: list[int], ages: list[dict[str, Any]]) -> str:
    """The means on and off the diagonal, in words."""
    parts = []
    for one in ages:
        cells = [(row == chip, value) for row, line in zip(rows, one["matrix"], strict=True)
                 for chip, value in zip(chips, line, strict=True) if value is not None and math.isfinite(value)]
        own, other = ([value for is_own, value in cells if is_own == wanted] for wanted in (True, False))
        means = [f"{name} {statistics.fmean(values):.3g}" for name, values in (("on the same chip", own), ("on another", other)) if values]
        parts.append(f"{waited(one['age_s'])}: " + ", ".join(means))
    return f"{ages[0]['score']} " + "; ".join(parts)


def waited(age_s: float) -> str:
    """A time in words."""
    for name, seconds in (("month", 2592000.0), ("day", 86400.0), ("hour", 3600.0)):
        if age_s >= seconds:
            return f"after {age_s / seconds:.3g} {name}{'' if age_s == seconds else 's'}"
    return f"after {age_s:g} s" if age_s else "at once"
