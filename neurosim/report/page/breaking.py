"""Figures of what was varied until it broke, of tuning, and of what the rules did inside."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .blocks import Figure
from .drawing import (
    DASHES,
    SYMBOLS,
    axis_of,
    axis_title,
    colour,
    control,
    only,
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
from .scores import ROW
from .words import figure, finite, interval, label, phrase, score_name, value_text


def threshold_figure(found: Found) -> Figure | None:
    """Score over the axis that was raised, with the level at which each combination breaks."""
    wanted = found.record["thresholds"]
    if not wanted:
        return None
    axes = list(dict.fromkeys(str(one.get("axis", "level")) for one in wanted))
    views = {str(k): threshold_view(found, axis, [one for one in wanted if str(one.get("axis", "level")) == axis])
             for k, axis in enumerate(axes)}
    caption = ("The level at which a combination breaks, with its interval; an open triangle has not broken at any level that was tried."
               + (" Lines above are means with their 95 % interval." if any("yaxis" in one["layout"] for one in views.values()) else ""))
    data = {"controls": [control("axis", axes)] if len(axes) > 1 else [], "views": views if len(axes) > 1 else {"": views["0"]}}
    return Figure("thresholds", "Thresholds", caption, data)


def threshold_view(found: Found, axis: str, wanted: list[Any]) -> dict[str, Any]:
    """Curves above, levels below."""
    lines = level_lines(found, axis)
    tried = [finite(value) for value in found.values(axis)]
    numbers = [value for value in tried if value is not None]
    top = max([*numbers, *(finite(one.get("level")) or 0.0 for one in wanted)], default=1.0)
    series, told = series_of(found), series_axis(found)
    marks = []
    for y, one in enumerate(wanted):
        k = series.get(value_text(one["point"].get(told, "")), y)
        level = finite(one.get("level"))
        marks.append({
            "type": "scatter", "mode": "markers", "x": short([top if level is None else level]), "y": [y], "yaxis": "y2",
            "showlegend": False, "error_x": whiskers([(level, one.get("lo"), one.get("hi"))], colour(k)),
            "marker": {"color": colour(k), "size": 10, "symbol": "triangle-right-open" if level is None else SYMBOLS[k % len(SYMBOLS)]},
            "hovertemplate": "%{text}<extra></extra>",
            "text": [safe(f"{phrase(one['point'])}: {one.get('says') or figure(level)}")]})
    rows = max(1, len(wanted))
    share = min(0.5, rows * ROW / (330 + rows * ROW)) if lines else 1
    score: Mapping[str, Any] = next((group for group in found.groups if axis in group["point"]), {})
    layout = {
        "height": round((430 if lines else 130) + rows * ROW), "hovermode": "closest", "xaxis": axis_of(axis, numbers, anchor="y2"),
        **({"yaxis": axis_title(score_name(score.get("score", "score")), domain=[share + 0.08, 1])} if lines else {}),
        "yaxis2": {"domain": [0, share], "tickvals": list(range(rows)), "ticktext": [tick(label(one["point"])) for one in wanted],
                   "range": [rows - 0.4, -0.6], "zeroline": False, "showgrid": False, "title": {"text": "breaks at"}, "fixedrange": True}}
    return view([*lines, *marks], layout)


def level_lines(found: Found, axis: str) -> list[dict[str, Any]]:
    """Mean and interval over a numeric axis, a line for every combination of the others."""
    series, told = series_of(found), series_axis(found)
    lines: dict[Any, list[Any]] = {}
    for group in found.groups:
        if group.get("kind", "learn") == "learn" and finite(group["point"].get(axis)) is not None and finite(group.get("mean")) is not None:
            lines.setdefault(rest_of(group["point"], axis), []).append(group)
    rests = list(dict.fromkeys(tuple(item for item in rest if item[0] != told) for rest in lines))
    traces = []
    for rest, groups in lines.items():
        groups.sort(key=lambda group: group["point"][axis])
        k = series.get(dict(rest).get(told, ""), 0)
        dash = DASHES[rests.index(tuple(item for item in rest if item[0] != told)) % len(DASHES)]
        name = label({key: value for key, value in groups[0]["point"].items() if key != axis})
        traces.append({
            "type": "scatter", "mode": "lines+markers", "x": short([g["point"][axis] for g in groups]),
            "y": short([g["mean"] for g in groups]), "name": safe(name), "line": {"color": colour(k), "dash": dash, "width": 2},
            "marker": {"symbol": SYMBOLS[k % len(SYMBOLS)], "size": 7, "color": colour(k)},
            "error_y": whiskers([spread_of(g) for g in groups], colour(k, 0.6), 1.2, 3),
            "hovertemplate": "%{text}<extra></extra>",
            "text": [safe(f"{label(g['point'])}: {interval(g['mean'], g.get('lo'), g.get('hi'))}") for g in groups]})
    return traces


def tuning_figure(found: Found) -> Figure | None:
    """What every setting that was tried gave, and which was chosen."""
    tuning = found.record["tuning"]
    tuned = [one for one in tuning.get("found") or [] if isinstance(one, Mapping) and one.get("tried")]
    keys = [str(key) for key in tuning.get("keys") or []]
    if not tuned or not keys:
        return None
    views = {str(k): tuning_view(tuned, key, str(tuning.get("score", "value"))) for k, key in enumerate(keys)}
    caption = "Every setting that was tried, in the score that chose; the large marks were taken into the comparison."
    data = {"controls": [control("setting", keys)] if len(keys) > 1 else [], "views": views if len(keys) > 1 else {"": views["0"]}}
    return Figure("tuning", "Tuning", caption, data)


def tuning_view(tuned: list[Any], key: str, score: str) -> dict[str, Any]:
    """Score over one setting."""
    traces: list[dict[str, Any]] = []
    for k, one in enumerate(tuned):
        name = label(one.get("point") or {})
        tried = [t for t in one["tried"] if isinstance(t, Mapping) and finite((t.get("settings") or {}).get(key)) is not None
                 and finite(t.get("value")) is not None]
        tried.sort(key=lambda t: t["settings"][key])
        mark = {"color": colour(k), "symbol": SYMBOLS[k % len(SYMBOLS)]}
        traces.append({
            "type": "scatter", "mode": "lines+markers", "x": short([t["settings"][key] for t in tried]),
            "y": short([t["value"] for t in tried]),
            "name": safe(name), "legendgroup": f"t{k}", "line": {"color": colour(k, 0.5), "width": 1}, "marker": {**mark, "size": 7},
            "hovertemplate": "%{text}<extra></extra>",
            "text": [safe(f"{name}: {', '.join(f'{n} = {value_text(v)}' for n, v in t['settings'].items())}; {figure(t['value'], 4)}")
                     for t in tried]})
        chosen = finite((one.get("chosen") or {}).get(key))
        if chosen is not None and finite(one.get("value")) is not None:
            traces.append({
                "type": "scatter", "mode": "markers", "x": short([chosen]), "y": short([one["value"]]), "showlegend": False,
                "legendgroup": f"t{k}", "marker": {**mark, "size": 15, "line": {"color": "@ink", "width": 2}},
                "hovertemplate": "%{text}<extra></extra>", "text": [safe(f"{name}: {key} = {value_text(chosen)} was chosen")]})
    x, y = ([value for trace in traces for value in trace[side]] for side in "xy")
    return view(traces, {
        "height": 400, "hovermode": "closest", "xaxis": axis_of(key, x), "yaxis": axis_of(score_name(score), y)})


def diagnostics_figure(found: Found) -> Figure | None:
    """Mean and spread of every quantity that was diagnosed."""
    wanted: dict[tuple[str, str], list[tuple[Any, Any]]] = {}
    for one in found.record["diagnostics"]:
        values = one.get("values")
        for name, value in (values.items() if isinstance(values, Mapping) else ()):
            value = value if isinstance(value, Mapping) else {"mean": value}
            if finite(value.get("mean")) is not None:
                wanted.setdefault((str(one.get("name", "")), str(name)), []).append((one["point"], value))
    if not wanted:
        return None
    options = [f"{name}: {value}".replace("_", " ") for name, value in wanted]
    views = {str(k): diagnostics_view(found, title, rows) for k, (title, rows) in enumerate(zip(options, wanted.values(), strict=True))}
    caption = "Mean over seeds; the bar is one standard deviation to either side."
    if len(views) == 1:
        return Figure("diagnostics", "Inside the rules", caption, only(views["0"]))
    return Figure("diagnostics", "Inside the rules", caption, {"controls": [control("quantity", options)], "views": views})


def diagnostics_view(found: Found, title: str, rows: list[tuple[Any, Any]]) -> dict[str, Any]:
    """One quantity of every combination."""
    series, told = series_of(found), series_axis(found)
    places = [series.get(value_text(point.get(told, "")), 0) for point, _ in rows]
    trace = {
        "type": "scatter", "mode": "markers", "x": short([value["mean"] for _, value in rows]), "y": list(range(len(rows))),
        "showlegend": False,
        "marker": {"color": [colour(k) for k in places], "symbol": [SYMBOLS[k % len(SYMBOLS)] for k in places], "size": 10},
        "error_x": {"type": "data", "array": short([value.get("sd") for _, value in rows]), "color": "@muted", "thickness": 1.2,
                    "width": 4},
        "hovertemplate": "%{text}<extra></extra>",
        "text": [safe(f"{label(point)}: {figure(value['mean'])} (sd {figure(value.get('sd'), 2)})") for point, value in rows]}
    layout = {
        "height": round(len(rows) * ROW + 120), "hovermode": "closest", "xaxis": axis_title(title, zeroline=True),
        "yaxis": {"tickvals": list(range(len(rows))), "ticktext": [tick(label(point)) for point, _ in rows], "showgrid": False,
                  "range": [len(rows) - 0.4, -0.6], "zeroline": False, "fixedrange": True}}
    return view([trace], layout)
