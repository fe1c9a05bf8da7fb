"""Figures that are maps: the grid as a heat map, and what moved from chip to chip."""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .blocks import Figure
from .drawing import axis_title, control, rest_label, safe, short, spans_decades, tick, view
from .folder import Found
from .groups import BPTT, FROZEN, Group, gap, status
from .words import figure, finite, interval, label, score_name, value_text

CELL = 38      # pixels of a row
MOST_TEXT = 144  # cells that still have room for their numbers


def heat_figure(found: Found) -> Figure | None:
    """Score, and difference to the yardsticks, over two axes; the others are chosen."""
    wide = [axis for axis in found.axes if len(found.values(axis)) > 1]
    if len(wide) < 2:
        return None
    first, second, *others = wide
    groups = [group for group in found.groups if group.get("kind", "learn") == "learn"]
    rests = list(dict.fromkeys(tuple((name, value_text(group["point"].get(name, ""))) for name in others) for group in groups))
    measures = measures_of(groups)
    views: dict[str, Any] = {}
    for m, (title, of) in enumerate(measures):
        for r, rest in enumerate(rests):
            chosen = [group for group in groups if all(value_text(group["point"].get(name, "")) == value for name, value in rest)]
            shown = heat_view(found, first, second, chosen, of, title)
            views[f"{m},{r}" if others else str(m)] = shown
    controls = [control("measure", [title for title, _ in measures])]
    if others:
        controls.append(control(" and ".join(others), [rest_label(rest) for rest in rests]))
    caption = (f"{first.capitalize()} by {second}. Differences are coloured around zero: blue is better, orange worse than the yardstick. "
               "A cell without a number has no finished run.")
    return Figure("heat", f"{first.capitalize()} by {second}", caption, {"controls": controls, "views": views})


def measures_of(groups: list[Any]) -> list[tuple[str, Callable[[Group], Any]]]:
    """What a cell may show: the score, and the gains over frozen and BPTT where they are known."""
    name = score_name(groups[0].get("score")) if groups else "score"
    found: list[tuple[str, Callable[[Group], Any]]] = [(name, lambda group: group.get("mean"))]
    for words, to in ((f"{name} minus frozen", FROZEN), (f"{name} minus BPTT", BPTT)):
        of = partial(mean_gap, to=to)
        if any(of(group) is not None for group in groups):
            found.append((words, of))
    return found


def mean_gap(group: Group, to: str) -> float | None:
    """The difference to a yardstick."""
    found = gap(group, to)
    return None if found is None else found.mean


def heat_view(found: Found, first: str, second: str, groups: list[Any], of: Callable[[Group], Any], title: str) -> dict[str, Any]:
    """One heat map."""
    rows, columns = found.values(first), found.values(second)
    table = {(value_text(g["point"].get(first)), value_text(g["point"].get(second))): g for g in groups}
    cells = [[table.get((value_text(row), value_text(column))) for column in columns] for row in rows]
    values = [[None if cell is None else finite(of(cell)) for cell in line] for line in cells]
    hover = [[safe("not run" if cell is None else
                   f"{label(cell['point'])}: {interval(cell.get('mean'), cell.get('lo'), cell.get('hi'))}; {title} {figure(of(cell))}"
                   f"; {status(cell)}") for cell in line] for line in cells]
    is_better_high = bool(groups and groups[0].get("is_higher_better"))
    centred = " minus " in title
    return heat(values, [tick(value_text(value)) for value in columns], [tick(value_text(value)) for value in rows], hover, title,
                second, first, is_better_high, centred)


def heat(values: list[list[Any]], x: list[str], y: list[str], hover: list[list[str]], title: str, x_title: str, y_title: str,
         is_better_high: bool, is_centred: bool) -> dict[str, Any]:
    """A heat map as a view; the better end of the scale has the same colour whatever the score."""
    flat = [value for line in values for value in line if value is not None]
    numbers = [[figure(value) if value is not None else "" for value in line] for line in values]
    has_log = not is_centred and not is_better_high and spans_decades(flat)


    drawn = [[math.log10(value) if has_log and value is not None else value for value in line] for line in values]
    most = max((abs(value) for value in flat), default=1.0) or 1.0
    trace: dict[str, Any] = {
        "type": "heatmap", "z": [short(line) for line in drawn], "x": list(range(len(x))), "y": list(range(len(y))),
        "xgap": 2, "ygap": 2, "colorscale": "@diverging" if is_centred else "@sequential", "reversescale": not is_better_high,
        "hovertext": hover, "hovertemplate": "%{hovertext}<extra></extra>", "hoverongaps": False,
        "colorbar": {"title": {"text": safe(("log₁₀ " if has_log else "") + title), "side": "right"}, "thickness": 12, "outlinewidth": 0}}
    if is_centred:
        trace |= {"zmin": -most, "zmax": most}
    if len(x) * len(y) <= MOST_TEXT:
        trace |= {"text": numbers, "texttemplate": "%{text}", "textfont": {"color": "@ink", "size": 12}}
    layout = {
        "height": 150 + CELL * len(y),
        "xaxis": axis_title(x_title, tickvals=list(range(len(x))), ticktext=x, showgrid=False, zeroline=False),
        "yaxis": axis_title(y_title, tickvals=list(range(len(y))), ticktext=y, showgrid=False, zeroline=False, autorange="reversed")}
    return view([trace], layout)


def transfer_figure(found: Found) -> Figure | None:
    """What was learned on one chip instance, run on another, after a time."""
    wanted = [one for one in found.record["transfer"] if isinstance(one.get("ages"), list) and one["ages"]]
    if not wanted:
        return None
    ages = list(dict.fromkeys(age.get("age_s") for one in wanted for age in one["ages"] if isinstance(age, Mapping)))
    views = {}
    for p, one in enumerate(wanted):
        chips = [f"chip {value_text(chip)}" for chip in one.get("chips", [])]
        for a, age in enumerate(ages):
            matrix = next((item.get("matrix") for item in one["ages"] if isinstance(item, Mapping) and item.get("age_s") == age), None)
            views[f"{p},{a}"] = transfer_view(one, age, matrix, chips)
    controls = [control("combination", [label(one["point"]) for one in wanted]), control("after", [age_text(age) for age in ages])]
    caption = ("Weights learned on the chip instance of a row and run on that of a column; the diagonal is where they were learned. "
               "Instances differ in their mismatch only.")
    return Figure("transfer", "From chip to chip", caption, {"controls": controls, "views": views})


def transfer_view(one: Mapping[str, Any], age: Any, matrix: Any, chips: list[str]) -> dict[str, Any]:
    """The matrix of one combination at one age."""
    score = next((item.get("score") for item in one["ages"] if isinstance(item, Mapping) and item.get("age_s") == age), "score")
    lines = [[finite(value) for value in line] for line in matrix or [] if isinstance(line, list)]
    names = chips or [f"chip {k + 1}" for k in range(len(lines))]
    hover = [[safe(f"learned on {row}, run on {column}: {figure(value, 4)}") for column, value in zip(names, line)]
             for row, line in zip(names, lines)]
    is_better_high = score in ("accuracy",) or bool(one.get("is_higher_better"))
    shown = heat(lines, [tick(name) for name in names], [tick(name) for name in names], hover, score_name(score), "run on", "learned on",
                 is_better_high, False)
    return {**shown, "note": str(one.get("says", ""))}


def age_text(seconds: Any) -> str:
    """A time since learning."""
    value = finite(seconds)
    if value is None:
        return str(seconds)
    for unit, size in (("years", 31557600.0), ("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return "at once" if value == 0 else f"{value:.3g} s"


