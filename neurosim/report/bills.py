"""Figures of a bill (`ledger.bill`): energies and counts per operation, on logarithmic axes.

What has no price is an open, hatched bar across the whole axis: it could be anywhere.  It is never drawn as 0.
"""
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter, NullLocator

from ..ledger import COVERED, FORWARD, LEARNING, POWER, UNAVAILABLE
from .cost import shown
from .plots import BLUE, GREEN, GREY, LABEL, VERMILION, tidy

PARTS = {FORWARD: BLUE, LEARNING: VERMILION, POWER: GREEN}
ROOM = 0.35    # of the axis, right of the longest bar, for its label
FEWEST = 4     # bars that the axis has room for, so that a single one stays a bar
HATCH = "////"

Bill = Mapping[str, Any]


def plot_costs(ax: Axes, bill: Bill, per: float = 1.0) -> Axes:
    """Energy of every operation and power of a bill: a bar for each, in the order of the bill, coloured by the part it belongs to.

    Parameters
    ----------
    ax : where to draw
    bill : what `ledger.bill` returns, also "learning" or "inference" of `ledger.cost` and of ``ledger.json``
    per : divides the energies, for instance the inferences of a test

    Returns
    -------
    ax, titled with the sum: "at least" if something has no price, "at most" if the bill is a bound.
    """
    lines = bill["lines"]
    draw_bars(ax, lines, [divided(line["energy_J"], per) for line in lines], "J")
    ax.set_xlabel("energy (J)")
    title(ax, total_text(bill, per))
    return tidy_bars(ax, lines, sums_of(bill, per))


def plot_events(ax: Axes, bill: Bill, per: float = 1.0) -> Axes:
    """How often every operation of a bill was done, as in `plot_costs`; powers, which last, are left out."""
    lines = [line for line in bill["lines"] if "unit" not in line]
    draw_bars(ax, lines, [divided(line["count"], per) for line in lines], "")
    ax.set_xlabel("operations")
    title(ax, "")
    return tidy_bars(ax, lines, {})


def plot_bills(axes: Sequence[Axes], cost: Mapping[str, Bill]) -> Sequence[Axes]:
    """Energy of a whole training on the first of two axes, of one inference on the second; `cost` as `ledger.cost` returns it."""
    learning, inference = cost["learning"], cost["inference"]
    for ax, name, bill, per in ((axes[0], "learning", learning, 1), (axes[1], "one inference", inference, inference["inferences"])):
        plot_costs(ax, bill, per)
        title(ax, f"{name}: {total_text(bill, per)}")
    return axes


def total_text(bill: Bill, per: float = 1.0) -> str:
    """The sum of a bill in words; without some of its parts it is at least what is shown, and nothing known is no number at all."""
    energy = bill["energy_J"]
    if isinstance(energy, str):
        return energy
    much = words(energy / per, "J")
    if bill["is_bound"]:
        return f"at most {much}"
    return f"at least {much}" if bill["unavailable"] else much


def sums_of(bill: Bill, per: float = 1.0) -> dict[str, str]:
    """The sum of every part of a bill in words."""
    sums = {}
    for part in dict.fromkeys(line["part"] for line in bill["lines"]):
        is_short = any(line["part"] == part and line["energy_J"] == UNAVAILABLE for line in bill["lines"])
        known = bill["parts"].get(part)
        sums[part] = UNAVAILABLE if known is None else "≥ " * is_short + words(known / per, "J")
    return sums


def words(value: float, unit: str) -> str:
    """``3.2 µJ``; ``51.2 M`` without a unit."""
    return shown(value, unit or " ").strip().replace(" u", " µ")


def divided(value: Any, per: float) -> Any:
    """A number divided; a word as it is."""
    return value if isinstance(value, str) else value / per


def draw_bars(ax: Axes, lines: Sequence[Mapping[str, Any]], values: Sequence[Any], unit: str) -> None:
    """A bar from the left edge to every value, one below the other, with the value in words; words instead of a value have no solid bar."""
    known = [value for value in values if not isinstance(value, str) and value > 0]
    low, high = limits(known)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    for y, (line, value) in enumerate(zip(lines, values, strict=True)):
        color = PARTS.get(line["part"], GREY)
        if value == UNAVAILABLE:
            ax.barh(y, high - low, left=low, height=0.6, facecolor="none", edgecolor=color, hatch=HATCH, lw=0.6, alpha=0.45)
        elif not isinstance(value, str) and value > 0:
            ax.barh(y, value - low, left=low, height=0.6, color=color)
        sure = f" ({line['status']})" if unit and line.get("status") in ("unverified", "assumed") else ""
        text, at = (value, low) if isinstance(value, str) else (words(value, unit) + sure, max(value, low))
        ax.annotate(
            text, (at, y), (3, 0), textcoords="offset points", va="center", fontsize=LABEL,
            color=GREY if value == COVERED else "black", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8})
    ax.set_yticks(range(len(lines)), [line["operation"] for line in lines])
    ax.set_ylim(max(len(lines), FEWEST) - 0.4, -0.6)
    decades = math.log10(high / low)
    ax.xaxis.set_major_locator(LogLocator(10 ** max(math.ceil(decades / 5), 1)) if known else NullLocator())
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(EngFormatter() if known else NullFormatter())
    if not lines:
        ax.text(0.5, 0.5, "no operation was counted", transform=ax.transAxes, ha="center", va="center", fontsize=LABEL, color=GREY)


def limits(known: Sequence[float]) -> tuple[float, float]:
    """Left and right end of the axis: whole decades below the smallest value, room for words beyond the largest."""
    if not known:
        return 1.0, 10.0
    low = 10.0 ** math.floor(math.log10(min(known)) - 0.3)
    return low, low * (max(known) / low) ** (1 / (1 - ROOM))


def title(ax: Axes, text: str) -> None:
    """A title at the left, where the bars begin, above the legend."""
    ax.set_title(text, fontsize=LABEL + 1, loc="left", pad=20)


def tidy_bars(ax: Axes, lines: Sequence[Mapping[str, Any]], sums: Mapping[str, str]) -> Axes:
    """Parts and their sums above the bars; no frame where no axis is."""
    present = dict.fromkeys(line["part"] for line in lines)
    handles = [Patch(color=PARTS.get(part, GREY), label=f"{part}  {sums.get(part, '')}".strip()) for part in present]
    if handles:
        ax.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(handles), frameon=False, fontsize=LABEL, borderaxespad=0.2,
            borderpad=0.2, handlelength=1.2, columnspacing=1.2)
    ax.tick_params(axis="y", length=0)
    return tidy(ax)

