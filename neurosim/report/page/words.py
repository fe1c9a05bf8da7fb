"""Numbers, intervals and points of the grid as text."""
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..cost import shown

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
RULE, CHIP = "rule", "chip"
TWO_DIGITS = 3.55  # uncertainties that begin with less are given in two digits, as the Particle Data Group does
MOST_NAMED = 8  # names in a sentence; more are counted


def finite(value: Any) -> float | None:
    """A number that is one; None for what is absent, a word, or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def figure(value: Any, digits: int = 3) -> str:
    """A number for people: ``0.0312``, ``1.2×10⁻⁶``, ``–`` if there is none."""
    x = finite(value)
    if x is None:
        return "–"
    if x == 0:
        return "0"
    power = exponent(x)
    if -4 < power < 6:
        return minus(f"{x:.{max(0, digits - 1 - power)}f}")
    return minus(f"{x / 10.0**power:.{digits - 1}f}") + times(power)


def interval(mean: Any, lo: Any, hi: Any, is_signed: bool = False) -> str:
    """``0.931 [0.912, 0.951]``: as many digits as the interval supports."""
    values = [finite(value) for value in (mean, lo, hi)]
    if values[0] is None:
        return "–"
    sign = "+" if is_signed and values[0] > 0 else ""
    if values[1] is None or values[2] is None:
        return sign + figure(mean)
    middle, low, high = (value or 0.0 for value in values)
    largest = max(abs(middle), abs(low), abs(high))
    power = exponent(largest) if largest else 0
    scale = 0 if -4 < power < 6 else power
    half = (high - low) / 2 / 10.0**scale
    is_coarse = half > 0 and half / 10.0 ** exponent(half) >= TWO_DIGITS
    fine = -exponent(half) + (0 if is_coarse else 1) if half > 0 else 3 - (power - scale)
    places = min(max(fine, 0), 6)
    inner = [minus(f"{value / 10.0**scale:.{places}f}") for value in (middle, low, high)]
    return f"{sign}{inner[0]} [{inner[1]}, {inner[2]}]" + (f" {times(scale)}" if scale else "")


def exponent(x: float) -> int:
    """Power of ten of the first digit that rounding to three digits leaves."""
    return int(f"{abs(x):.2e}".partition("e")[2])


def times(power: int) -> str:
    """``×10⁻⁶``."""
    return "×10" + str(power).translate(SUPERSCRIPTS)


def minus(text: str) -> str:
    """The text with a minus that is as wide as a plus; no minus before zero."""
    return text.lstrip("-") if not text.strip("-0.") else text.replace("-", "−")


def chance(p: Any) -> str:
    """``p = 0.004`` of a corrected p value; empty if there is none."""
    x = finite(p)
    return "" if x is None else "p < 0.0001" if x < 1e-4 else f"p = {figure(x, 2)}"


def amount(cost: Mapping[str, Any], key: str, unit: str = "") -> str:
    """A cost with its unit, and how far it is known; "unavailable" is said, never 0."""
    value = finite(cost.get(key))
    if value is None:
        return "unavailable"
    text = minus(shown(value, unit)).replace(" u", " µ") if unit else figure(value) if value < 1e6 else figure(value, 3)
    if unit == "J" and key == "learning_J" and cost.get("is_bound"):
        return f"at most {text}"
    return f"at least {text}" if unit == "J" and cost.get("unavailable") else text


def value_text(value: Any) -> str:
    """A value of an axis."""
    number = finite(value)
    return str(value).lower() if isinstance(value, bool) else f"{number:g}" if number is not None else str(value)


def whole(value: Any) -> str:
    """A large whole number in groups of three, any other as it is."""
    number = finite(value)
    return f"{number:,.0f}" if number is not None and number.is_integer() and abs(number) < 1e12 else figure(value)


def label(point: Mapping[str, Any]) -> str:
    """A point of the grid in short: ``trace · reram-sb · noise 2``; numbers and switches need the name of their axis."""
    return " · ".join(value if isinstance(value, str) else f"{name} {value_text(value)}" for name, value in point.items()) or "this run"


def phrase(point: Mapping[str, Any]) -> str:
    """A point of the grid in a sentence: ``trace on reram-sb at noise 2``."""
    rest = [f"{name} {value_text(value)}" for name, value in point.items() if name not in (RULE, CHIP)]
    text = value_text(point[RULE]) if RULE in point else ""
    if CHIP in point:
        text = f"{text} on {value_text(point[CHIP])}".strip()
    return f"{text} at {listed(rest)}".strip() if rest and text else text or listed(rest or ["this run"])


def listed(names: Sequence[str]) -> str:
    """``a, b and c``, cut after a few; ``a, of a kind; b and c`` if there are commas in the names."""
    *most, last = names if len(names) <= MOST_NAMED else [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} more"]
    return " and ".join(filter(None, (("; " if any("," in name for name in names) else ", ").join(most), last)))


def counted(n: int, noun: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{n} {noun}" + ("" if n == 1 else "s")


def score_name(name: Any) -> str:
    """A score as people call it."""
    return {"test_mse": "test MSE", "nmse": "normalised MSE", "train_loss": "training loss"}.get(str(name), str(name).replace("_", " "))
