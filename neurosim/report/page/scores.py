"""Figures of the scores: every seed beside its yardsticks, and what a score costs."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .blocks import Figure
from .drawing import (
    SYMBOLS,
    axis_of,
    colour,
    control,
    only,
    padded,
    rest_label,
    rest_of,
    safe,
    series_axis,
    series_of,
    short,
    spread_of,
    tick,
    view,
    whiskers,
)
from .folder import Found
from .groups import Group, predictors_of, status, yardsticks_of
from .tables import kind_name
from .words import amount, finite, interval, label, score_name, value_text

ROW = 26          # pixels of a group
BLOCK = 1.3       # rows that the name of a block takes
MARKS = {"frozen_least_squares": ("@ink", "dash"), "frozen_same_rule": ("@muted", "dot"), "true_bptt": ("@ink", "solid"),
         "one_step": ("@muted", "dashdot")}
COSTS = (("learning_J", "energy of learning (J)", "J"), ("writes", "writes", ""), ("learning_s", "time of learning (s)", "s"),
         ("inference_J", "energy of an inference (J)", "J"))


def score_figure(found: Found) -> Figure | None:
    """Groups as rows in blocks that share their yardsticks; every seed a point, the mean with its interval above them."""
    axis, series = series_axis(found), series_of(found)
    blocks: dict[Any, list[tuple[int, Group]]] = {}
    for place, group in enumerate(found.groups):
        if group.get("kind", "learn") == "learn":
            blocks.setdefault(rest_of(group["point"], axis), []).append((place, group))
    if not blocks:
        return None
    places, names, notes = [], [], []
    rows: dict[str, list[tuple[float, Group]]] = {}
    y = 0.0
    marks: dict[str, dict[str, Any]] = {}
    for rest, groups in blocks.items():
        if rest and len(blocks) > 1:
            y += BLOCK
            notes.append({
                "xref": "paper", "x": 0, "y": y - 0.72, "text": f"<b>{safe(rest_label(rest))}</b>", "showarrow": False, "xanchor": "left",
                "yanchor": "middle", "font": {"color": "@ink", "size": 12}})
        top = y - 0.45
        for _, group in groups:
            name = value_text(group["point"].get(axis, "this run"))
            rows.setdefault(name, []).append((y, group))
            places.append(y)
            names.append(tick(name))
            y += 1
        for kind, value, text in references(groups[0][1], found.record["yardsticks"]):
            mark = marks.setdefault(kind, {"x": [], "y": [], "text": []})
            mark["x"] += [*short([value, value]), None]
            mark["y"] += [round(top, 3), round(y - 0.55, 3), None]
            mark["text"] += [text, text, ""]
    traces = [trace for name, own in rows.items() for trace in marks_of(own, series.get(name, 0), name)]
    lines = [mark_of(kind, mark) for kind, mark in marks.items()]
    group = next(iter(blocks.values()))[0][1]
    values = [value for trace in [*traces, *lines] for value in trace["x"]]
    better = "higher is better" if group.get("is_higher_better") else "lower is better"
    layout = {
        "height": round(y * ROW + 150), "annotations": notes, "hovermode": "closest",
        "xaxis": axis_of(f"{score_name(group.get('score'))} ({better})", values, not group.get("is_higher_better"), side="top",
                         zeroline=False, range=padded(values, not group.get("is_higher_better"))),
        "yaxis": {"tickvals": places, "ticktext": names, "range": [y - 0.4, -0.7], "zeroline": False, "showgrid": False,
                  "fixedrange": True},
        "legend": {"orientation": "h", "y": 0, "yanchor": "top", "x": 0, "xanchor": "left"}}
    caption = ("Every thin point is one seed, the thick one the mean with its 95 % interval. Lines across a block are the yardsticks that "
               "were measured for it: a rule has to be beyond the frozen lines to have learned anything.")
    return Figure("scores", "Scores of every seed", caption, only(view([*lines, *traces], layout)))


def marks_of(rows: Sequence[tuple[float, Group]], k: int, name: str) -> list[dict[str, Any]]:
    """Seeds, and above them means with their intervals, of everything that has one colour; (place, group) in the order of the places."""
    points, means, spreads = [], [], []
    for y, group in rows:
        who, unit = label(group["point"]), score_name(group.get("score"))
        for seed, one in group["seeds"].items():
            value = finite(one.get("value")) if isinstance(one, Mapping) else None
            if value is not None:
                points.append((value, y + 0.16, safe(f"{who}, seed {seed}: {value:.6g} (run {one.get('run', '')})")))
        mean = finite(group.get("mean"))
        if mean is None:
            continue
        state = status(group)
        text = f"{who}: {unit} {interval(*spread_of(group))}, {group.get('n', 0)} seeds" + ("" if state == "complete" else f" ({state})")
        means.append((mean, y - 0.12, safe(text)))
        spreads.append(spread_of(group))
    shape = {"symbol": SYMBOLS[k % len(SYMBOLS)]}
    return [
        scatter(points, safe(name), {"color": colour(k, 0.55), "size": 7, **shape}),
        {**scatter(means, safe(name), {"color": colour(k), "size": 11, "line": {"color": "@paper", "width": 1}, **shape}),
         "error_x": whiskers(spreads, colour(k))}]


def scatter(points: Sequence[tuple[float, float, str]], name: str, marker: Mapping[str, Any]) -> dict[str, Any]:
    """Marks at (x, y), with what is said of each."""
    return {
        "type": "scatter", "mode": "markers", "x": short([x for x, _, _ in points]), "y": [round(y, 3) for _, y, _ in points],
        "text": [text for _, _, text in points], "hovertemplate": "%{text}<extra></extra>", "name": name, "showlegend": False,
        "marker": dict(marker)}


def references(group: Group, yardsticks: list[Any]) -> list[tuple[str, float, str]]:
    """(kind, mean, what is said of it) of the yardsticks and predictors beside a group."""
    found = []
    for one in yardsticks_of(group, yardsticks):
        value = finite(one.get("mean"))
        if value is not None and one.get("score") == group.get("score"):
            found.append((str(one.get("kind")), value, safe(f"{kind_name(one)}: {interval(value, one.get('lo'), one.get('hi'))}")))
    return found + [(f"predictor {name}", value, safe(f"{name}: {value:.4g}")) for name, value in predictors_of(group).items()]


def mark_of(kind: str, mark: Mapping[str, Any]) -> dict[str, Any]:
    """One line of the legend for all of a kind."""
    shade, dash = MARKS.get(kind, ("@muted", "longdash"))
    name = kind.removeprefix("predictor ") if kind.startswith("predictor ") else kind_name({"kind": kind})
    return {"type": "scatter", "mode": "lines", **mark, "name": safe(name), "line": {"color": shade, "dash": dash, "width": 1.6},
            "hovertemplate": "%{text}<extra></extra>", "connectgaps": False}


def cost_figure(found: Found) -> Figure | None:
    """Score against energy, writes and time."""
    axis, series = series_axis(found), series_of(found)
    groups = [group for group in found.groups if group.get("kind", "learn") == "learn" and finite(group.get("mean")) is not None]
    views: dict[str, Any] = {}
    options: list[str] = []
    for key, title, unit in COSTS:
        known = [group for group in groups if finite(group["cost"].get(key)) is not None]
        if len(known) < 2:
            continue
        traces = []
        for name, k in series.items():
            own = [group for group in known if value_text(group["point"].get(axis, "this run")) == name or not series]
            if own:
                traces.append(cost_trace(own, key, unit, k, name, axis))
        missing = [label(group["point"]) for group in groups if group not in known]
        note = f"Not drawn, because it is unavailable: {', '.join(missing[:12])}{' …' if len(missing) > 12 else ''}." if missing else ""
        score, values = groups[0], [group["cost"][key] for group in known]
        means = [group["mean"] for group in known]
        layout = {
            "height": 420, "hovermode": "closest", "xaxis": axis_of(title, values, counts=True),
            "yaxis": axis_of(score_name(score.get("score")), means, not score.get("is_higher_better"))}
        views[str(len(options))] = view(traces, layout, note)
        options.append(title)
    if not views:
        return None
    caption = "Every point is a combination, with the interval of its score. Towards the left is cheaper."
    return Figure("cost", "Score against cost", caption, {"controls": [control("cost", options)], "views": views})


def cost_trace(own: list[Any], key: str, unit: str, k: int, name: str, axis: str) -> dict[str, Any]:
    """The groups of one series over what they cost."""
    rests = [rest_label(rest_of(group["point"], axis)) for group in own]
    return {
        "type": "scatter", "mode": "markers+text", "x": short([group["cost"][key] for group in own]),
        "y": short([group["mean"] for group in own]),
        "name": safe(name), "marker": {"color": colour(k), "size": 10, "symbol": SYMBOLS[k % len(SYMBOLS)]},
        "error_y": whiskers([spread_of(group) for group in own], colour(k, 0.6), 1.2, 3),
        "hovertemplate": "%{hovertext}<extra></extra>", "text": [tick(rest) for rest in rests], "textposition": "middle right",
        "textfont": {"size": 10, "color": "@muted"}, "cliponaxis": False,
        "hovertext": [safe(f"{label(group['point'])}: {interval(group['mean'], group.get('lo'), group.get('hi'))}; "
                           f"{amount(group['cost'], key, unit)}") for group in own]}
