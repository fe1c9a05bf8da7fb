"""Figures: learning curves beside what they have to beat, and the forecast beside the target."""
from __future__ import annotations

import io
import math
import textwrap
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from ..writing import write_bytes

# Okabe & Ito, Color universal design, 2008: told apart with every kind of colour vision
BLUE, VERMILION, GREEN, BLACK, GREY = "#0072B2", "#D55E00", "#009E73", "#000000", "#6E6E6E"
DPI = 150
DECADES_BELOW = 2  # what lies further below the curves is named at the lower edge instead of squashing them
LABEL = 8            # size of the text at the lines
STEPS = 300          # of the test that are shown
LEFT_OF_BAR = 0.85   # part of the axes that is left beside a colour bar
SYMBOLS = 100        # of the test, if the output is a symbol


def plot_curves(
    ax: Axes, curves: Iterable[Mapping[str, Any]], predictors: Mapping[str, float | None] | None = None,
    yardsticks: Mapping[str, float | None] | None = None,
) -> Axes:
    """Test error over epochs, one thin line per seed and a thick one for their mean, on a logarithmic axis.

    Parameters
    ----------
    ax : where to draw
    curves : rows with "seed", "epoch" and "test_mse", as in ``curves.csv``
    predictors, yardsticks : test mean squared error by name, drawn as labelled lines; None and NaN mean diverged
    """
    seeds: dict[int, list[tuple[float, float]]] = {}
    for row in curves:
        seeds.setdefault(int(row["seed"]), []).append((float(row["epoch"]), float(row["test_mse"])))
    table = {seed: np.array(sorted(rows)).T for seed, rows in seeds.items()}
    for epochs, errors in table.values():
        ax.plot(epochs, errors, color=BLUE, lw=0.8 if len(table) > 1 else 2.2, alpha=0.45 if len(table) > 1 else 1.0)
    epochs, mean = mean_curve(list(table.values()))
    if len(table) > 1:
        ax.plot(epochs, mean, color=BLUE, lw=2.2)
    ax.plot(epochs[-1:], mean[-1:], "o", color=BLUE, ms=5, clip_on=False)
    ax.set_yscale("log")
    ax.set_xlabel("epoch")
    ax.set_ylabel("test mean squared error")
    ax.set_xlim(0, max(epochs[-1], 1))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    everything = np.concatenate([errors for _, errors in table.values()])
    labels = [(mean[-1], "this run" + (f", mean of {len(table)} seeds" if len(table) > 1 else ""), BLUE, "bold")]
    for group, color, dashes in ((predictors, GREY, "--"), (yardsticks, VERMILION, "-.")):
        for name, value in (group or {}).items():
            if value is not None and math.isfinite(value):
                labels.append((value, name, color, "normal"))
                ax.axhline(max(value, 1e-300), color=color, ls=dashes, lw=1.0, zorder=0.5)
    fit_range(ax, everything, [value for value, *_ in labels])
    label_lines(ax, labels)
    diverged = [name for name, value in {**(predictors or {}), **(yardsticks or {})}.items()
                if value is None or not math.isfinite(value)]
    if diverged:
        ax.text(1.05, -0.1, "diverged: " + ", ".join(diverged), transform=ax.transAxes, fontsize=LABEL, color=VERMILION,
                va="top", parse_math=False)
    return tidy(ax)


def mean_curve(seeds: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Epochs that all seeds have, and the mean of the errors over seeds."""
    epochs = sorted(set.intersection(*(set(epochs) for epochs, _ in seeds)))
    errors = [[dict(zip(*seed, strict=True))[epoch] for epoch in epochs] for seed in seeds]
    return np.array(epochs), np.mean(errors, axis=0)


def fit_range(ax: Axes, curves: np.ndarray, references: Sequence[float]) -> None:
    """Limits that show the curves and the references near them."""
    lowest = max(curves.min(), 1e-300)
    floor = lowest / 10**DECADES_BELOW
    shown = [value for value in references if value >= floor]
    low, high = min(lowest, *shown), max(curves.max(), *shown)
    margin = (high / low) ** 0.06 if high > low else 1.5
    ax.set_ylim(low / margin, high * margin)
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    if high < 5 * low:
        ax.yaxis.set_minor_locator(LogLocator(subs=range(2, 10)))
    elif high < 200 * low:
        ax.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    ax.yaxis.set_minor_formatter(StrMethodFormatter("{x:g}") if high < 200 * low else NullFormatter())


def label_lines(ax: Axes, labels: Sequence[tuple[float, str, str, str]]) -> None:
    """Names at the right of the axes, moved apart; a line leads from each to its value."""
    low, high = (math.log(limit) for limit in ax.get_ylim())
    figure = ax.get_figure()
    points = ax.get_window_extent().height * 72 / figure.dpi if figure else 200.0
    gap = 1.35 * LABEL / points
    labels = sorted(labels, key=lambda label: label[0])
    wanted = [min(max((math.log(max(value, 1e-300)) - low) / (high - low), 0.0), 1.0) for value, *_ in labels]
    for (value, name, color, weight), at, place in zip(labels, wanted, apart(wanted, gap), strict=True):
        is_below = math.log(max(value, 1e-300)) < low
        text = f"{name}  {value:.2g}" + (" (below)" if is_below else "")
        ax.annotate(
            text, (1.0, at), (1.05, place), xycoords="axes fraction", textcoords="axes fraction", color=color, fontsize=LABEL,
            fontweight=weight, va="center", annotation_clip=False, parse_math=False,
            arrowprops={"arrowstyle": "-", "color": color, "lw": 0.6, "shrinkA": 1, "shrinkB": 0, "relpos": (0, 0.5)})


def apart(wanted: Sequence[float], gap: float) -> list[float]:
    """Places at least `gap` from each other and as near as can be to the sorted `wanted`, in [0, 1] if they fit.

    Least squares under the order: neighbours that are too close are pooled and spread about their mean.
    """
    groups: list[list[float]] = []  # of wanted - k gap, which only has to increase
    for k, place in enumerate(wanted):
        groups.append([place - k * gap])
        while len(groups) > 1 and np.mean(groups[-2]) >= np.mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    flat = [float(np.mean(group)) for group in groups for _ in group]
    top = 1.0 - (len(flat) - 1) * gap
    return [min(max(place, min(0.0, top)), max(top, 0.0)) + k * gap for k, place in enumerate(flat)]


def plot_forecast(ax: Axes, targets: np.ndarray, outputs: np.ndarray) -> Axes:
    """Targets and outputs of the first test stream over the first steps.

    Parameters
    ----------
    ax : where to draw
    targets, outputs : (n_trials, n_steps, batch, n_outputs); trials follow each other.  Of several outputs the one that
        varies most is drawn, or the largest one at each step if the targets are one-hot.
    """
    wanted, given = (np.asarray(a)[:, :, 0].reshape(-1, np.shape(a)[3])[:STEPS] for a in (targets, outputs))
    is_symbol = wanted.shape[1] > 1 and np.isin(wanted, (0, 1)).all() and (wanted.sum(axis=1) == 1).all()
    if is_symbol:
        wanted, given = wanted[:SYMBOLS], given[:SYMBOLS]
    steps = np.arange(len(wanted))
    if is_symbol:
        right = wanted.argmax(axis=1) == given.argmax(axis=1)
        ax.step(steps, wanted.argmax(axis=1), color=BLACK, lw=1.2, where="mid", label="target")
        ax.plot(steps[right], given.argmax(axis=1)[right], "o", ms=3.5, color=BLUE, label="output, right")
        ax.plot(steps[~right], given.argmax(axis=1)[~right], "x", ms=5, color=VERMILION, label="output, wrong")
        ax.set_ylabel("symbol")
    else:
        channel = int(wanted.var(axis=0).argmax())
        ax.plot(steps, wanted[:, channel], color=BLACK, lw=1.2, label="target")
        ax.plot(steps, given[:, channel], color=BLUE, lw=1.4, alpha=0.9, label="output")
        ax.set_ylabel("output" if wanted.shape[1] == 1 else f"output {channel}")
    ax.set_xlabel(f"test step (first {len(wanted)}, first stream)")
    ax.set_xlim(0, max(len(wanted) - 1, 1))
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=LABEL, borderaxespad=0.2)
    return tidy(ax)


def color_bar(ax: Axes, drawn: Any, label: str, form: Any = None) -> None:
    """A colour bar at the right, as high as what is drawn; it takes a part of the axes, unless the figure lays itself out."""
    figure = ax.get_figure()
    if figure is None:
        return
    if figure.get_layout_engine() is None:
        box = ax.get_position(original=True)
        ax.set_position((box.x0, box.y0, LEFT_OF_BAR * box.width, box.height))
    bar = figure.colorbar(drawn, cax=ax.inset_axes((1.03, 0.0, 0.05, 1.0)), format=form)
    bar.set_label(label, fontsize=LABEL)
    bar.ax.tick_params(which="both", labelsize=LABEL)
    bar.outline.set_visible(False)  # type: ignore[operator]  # the stubs take it for a function


def tidy(ax: Axes) -> Axes:
    """No frame where no axis is."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(which="both", labelsize=LABEL)
    return ax


def save_figure(
    path: Path, title: str, curves: Iterable[Mapping[str, Any]], summary: Mapping[str, Any], targets: np.ndarray,
    outputs: np.ndarray,
) -> None:
    """Learning curves above the forecast as a PNG file; the same numbers give the same bytes.

    Parameters
    ----------
    summary : what `report.summary.summarise` returns
    """
    with style.context("default"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a letter that the font lacks is drawn as a box
        figure = Figure(figsize=(9.0, 7.0), dpi=DPI)
        FigureCanvasAgg(figure)
        upper = figure.add_axes((0.09, 0.46, 0.52, 0.44))
        plot_curves(
            upper, curves, {name: value["mean"] for name, value in summary["predictors"].items()},
            {name: value["mean"] for name, value in summary["yardsticks"].items()})
        plot_forecast(figure.add_axes((0.09, 0.08, 0.88, 0.26)), targets, outputs)
        for ax in figure.axes:
            ax.yaxis.set_label_coords(-0.065 * 0.88 / ax.get_position().width, 0.5)
        lines = textwrap.wrap(title, 125, max_lines=2) or [""]
        figure.text(0.02, 0.985, "\n".join(lines), ha="left", va="top", fontsize=9, parse_math=False)
        write_bytes(path, png(figure))


def png(figure: Figure) -> bytes:
    """The figure as a PNG file; the same figure gives the same bytes."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, metadata={"Software": None})
    return drawn.getvalue()
