"""What the figures share: safe text, names of colours, marks that differ in shape too."""
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .curves import rounded
from .folder import Found
from .words import RULE, finite, value_text

SERIES = 8
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "star", "hexagon")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
LONGEST = 24  # characters of a label beside an axis
ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"})
LOG_FROM = 20.0  # ratio of the largest to the smallest value from which an axis is logarithmic


def safe(text: Any) -> str:
    """Text that Plotly shows as it is, instead of reading tags in it."""
    return " ".join(str(text).split()).translate(ENTITIES)


def tick(text: str) -> str:
    """A safe label, cut to the room that there is."""
    return safe(text if len(text) <= LONGEST else text[:LONGEST - 1] + "…")


def colour(place: int, alpha: float | None = None) -> str:
    """Name of the colour of a series."""
    return f"@{place % SERIES}" + ("" if alpha is None else f"/{alpha:g}")


def series_axis(found: Found) -> str:
    """The axis that colours tell apart: the rule, or whatever comes first."""
    axes = found.axes
    return RULE if RULE in axes else axes[0] if axes else ""


def series_of(found: Found) -> dict[str, int]:
    """Place of every value of that axis."""
    return {value_text(value): place for place, value in enumerate(found.values(series_axis(found)))}


def rest_of(point: Mapping[str, Any], axis: str) -> tuple[tuple[str, str], ...]:
    """The point without one axis."""
    return tuple((name, value_text(value)) for name, value in point.items() if name != axis)


def rest_label(rest: Sequence[tuple[str, str]]) -> str:
    """``reram-sb, noise 2``."""
    return ", ".join(value if name == "chip" else f"{name} {value}" for name, value in rest)


def short(values: Sequence[Any]) -> list[float | int | None]:
    """Numbers in six digits, None for what is none."""
    return [rounded(finite(value)) for value in values]


def spans_decades(values: Sequence[Any]) -> bool:
    """Whether a logarithmic axis shows the values better: all positive, and far apart."""
    numbers = [number for number in map(finite, values) if number is not None]
    return bool(numbers) and min(numbers) > 0 and max(numbers) / min(numbers) >= LOG_FROM


def axis_of(text: str, values: Sequence[Any], is_logarithmic: bool = True, **more: Any) -> dict[str, Any]:
    """An axis for these values, logarithmic if they are far apart and it may be; ticks at every decade, or at every few."""
    if not (is_logarithmic and spans_decades(values)):
        return axis_title(text, **more)
    numbers = [number for number in map(finite, values) if number is not None]
    decades = math.log10(max(numbers) / min(numbers))
    return axis_title(text, type="log", **({"dtick": math.ceil(decades / 8)} if decades > 2 else {}), **more)


def padded(values: Sequence[Any], is_logarithmic: bool = True) -> list[float] | None:
    """Range of `axis_of` with room beyond the outermost values; None without values."""
    numbers = [number for number in map(finite, values) if number is not None]
    if not numbers:
        return None
    is_log = is_logarithmic and spans_decades(numbers)
    low, high = (math.log10(end) if is_log else end for end in (min(numbers), max(numbers)))
    room = 0.03 * (high - low) or 0.05 * abs(high) or 1.0
    return [low - room, high + room]


def axis_title(text: str, **more: Any) -> dict[str, Any]:
    """An axis of a layout."""
    return {"title": {"text": safe(text)}, **more}


def whiskers(values: Sequence[tuple[Any, Any, Any]], shade: str, thickness: float = 2, width: int = 5) -> dict[str, Any]:
    """Error bars from (mean, lo, hi); none where an end is unknown."""
    ends = [(finite(mean), finite(lo), finite(hi)) for mean, lo, hi in values]
    known = [None if mean is None or lo is None or hi is None else (hi - mean, mean - lo) for mean, lo, hi in ends]
    return {"type": "data", "visible": any(known), "symmetric": False, "array": short([one and one[0] for one in known]),
            "arrayminus": short([one and one[1] for one in known]), "color": shade, "thickness": thickness, "width": width}


def spread_of(group: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """(mean, lo, hi) of a group."""
    return group.get("mean"), group.get("lo"), group.get("hi")


def view(data: Sequence[Any], layout: Mapping[str, Any], note: str = "") -> dict[str, Any]:
    """One thing that a figure can show; the note is read below it."""
    return {"data": list(data), "layout": dict(layout), "note": note}


def only(shown: Mapping[str, Any]) -> dict[str, Any]:
    """A figure without choices."""
    return {"controls": [], "views": {"": dict(shown)}}


def control(label: str, options: Sequence[str]) -> dict[str, Any]:
    """Something to choose from; views are keyed by the places chosen, ``1,0``."""
    return {"label": label, "options": list(options)}
