"""The figure of the learning curves, as data from which the page draws what is chosen."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .blocks import Figure
from .curves import PLACES, curves_of
from .drawing import control, rest_label, rest_of, safe, series_axis, series_of
from .folder import Found
from .scores import MARKS, references
from .tables import kind_name
from .words import label, score_name, value_text

TITLES = {"epoch": "epochs", "forward_passes": "forward passes", "writes": "writes", "energy_J": "energy of learning (J)"}


def learning_figure(found: Found) -> Figure | None:
    """Every run as a thin line, means and ranges of combinations, against what learning took."""
    curves = curves_of(found)
    if not curves:
        return None
    columns = list(dict.fromkeys(name for curve in curves for name in curve["columns"]))
    score = str(found.groups[0].get("score", ""))
    errors = [name for name in columns if name not in PLACES]
    errors.sort(key=lambda name: (name != score, name == "train_loss"))
    places = [name for name in ("forward_passes", "writes", "energy_J", "epoch") if name in columns or name != "epoch"]
    axis, series = series_axis(found), series_of(found)
    panels = list(dict.fromkeys(rest_of(group["point"], axis) for group in found.groups))
    groups = []
    for group in found.groups:
        name = value_text(group["point"].get(axis, "this run"))
        groups.append({
            "panel": panels.index(rest_of(group["point"], axis)), "series": series.get(name, 0), "name": safe(name),
            "who": safe(label(group["point"]))})
    data = {
        "builder": "learning", "controls": [control("score", [score_name(name) for name in errors]),
                                            control("against", [TITLES[name] for name in places])],
        "errors": errors, "places": places, "titles": {"x": [TITLES[name] for name in places], "y": [score_name(name) for name in errors]},
        "panels": [{"title": safe(rest_label(panel)), "lines": lines_of(found, k, panels, axis)} for k, panel in enumerate(panels)],
        "groups": groups, "score": score, "curves": curves}
    caption = ("Thick lines are means over seeds, bands go from the lowest to the highest seed, thin lines are seeds. The mean ends where "
               "the first seed does; a run that diverged or failed is a thin dotted line only.")
    return Figure("learning", "Learning curves", caption, data)


def lines_of(found: Found, k: int, panels: list[Any], axis: str) -> list[Mapping[str, Any]]:
    """The yardsticks of a panel."""
    group = next(group for group in found.groups if rest_of(group["point"], axis) == panels[k])
    lines: list[Mapping[str, Any]] = []
    for kind, value, text in references(group, found.record["yardsticks"]):
        shade, dash = MARKS.get(kind, ("@muted", "longdash"))
        name = kind.removeprefix("predictor ") if kind.startswith("predictor ") else kind_name({"kind": kind})
        lines.append({"value": value, "text": text, "name": safe(name), "color": shade, "dash": dash})
    return lines
