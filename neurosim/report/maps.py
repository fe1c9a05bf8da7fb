"""Maps of what every synapse of a matrix (post, pre) holds and has gone through: weights, conductances, wear.

Rows are postsynaptic, columns presynaptic neurons, the first of both at the upper left.  Where no synapse exists nothing is drawn, and the
ground shows, a light grey; a weight of 0 is white.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import EngFormatter, MaxNLocator, StrMethodFormatter

from .plots import GREY, LABEL, color_bar

SIGNED, UNSIGNED = "RdBu_r", "viridis"  # told apart with every kind of colour vision
GROUND = "#DDDDDD"
LONGEST = 4  # a matrix whose sides are further apart than this fills its axes, cells no longer square


def plot_weights(
    ax: Axes, before: np.ndarray, after: np.ndarray | None = None, exists: np.ndarray | None = None, limit: float | None = None
) -> Axes:
    """Weights as colours, red above 0 and blue below, with the same limit on both sides; with `after`, what has changed.

    Parameters
    ----------
    ax : where to draw; a colour bar takes a part of it
    before, after : (post, pre); with both, the map shows ``after - before``
    exists : (post, pre) bool, which synapses there are; all if absent
    limit : weight at the ends of the colour bar; the largest that is drawn if absent
    """
    drawn = shown_cells(before if after is None else np.subtract(after, before), exists)
    limit = largest(drawn) if limit is None else limit
    return draw_map(ax, drawn, SIGNED, Normalize(-limit, limit), "", StrMethodFormatter("{x:g}"))


def plot_weight_change(
    axes: Sequence[Axes], before: np.ndarray, after: np.ndarray, exists: np.ndarray | None = None
) -> Sequence[Axes]:
    """Weights before, after, and what has changed, on three axes; before and after have the same colours, the change its own."""
    limit = max(largest(shown_cells(one, exists)) for one in (before, after))
    plot_weights(axes[0], before, None, exists, limit)
    plot_weights(axes[1], after, None, exists, limit)
    plot_weights(axes[2], before, after, exists)
    is_same = not np.any(shown_cells(np.subtract(after, before), exists))
    for ax, title in zip(axes, ("weights before", "weights after", "no change" if is_same else "change")):
        ax.set_title(title, fontsize=LABEL + 1)
    for ax in axes[1:]:
        ax.set_ylabel("")
        ax.tick_params(left=False, labelleft=False)
    return axes


def plot_conductance(ax: Axes, conductance_S: np.ndarray, g_max_S: float | None = None, exists: np.ndarray | None = None) -> Axes:
    """Conductance of the devices of a matrix in siemens: of the plus or of the minus devices, or, with a sign, of both together.

    Parameters
    ----------
    ax : where to draw; a colour bar takes a part of it
    conductance_S : (post, pre), as `tiles.siemens` returns it
    g_max_S : end of the colour bar; the largest that is drawn if absent
    exists : (post, pre) bool, which synapses there are; all if absent
    """
    drawn = shown_cells(conductance_S, exists)
    limit = largest(drawn) if g_max_S is None else g_max_S
    is_signed = bool((drawn < 0).any())
    return draw_map(
        ax, drawn, SIGNED if is_signed else UNSIGNED, Normalize(-limit if is_signed else 0.0, limit), "conductance (S)", EngFormatter())


def plot_wear(ax: Axes, counts: np.ndarray, exists: np.ndarray | None = None, what: str = "pulses") -> Axes:
    """Pulses or writes of every synapse, on a logarithmic scale; those that had none show the ground.

    Parameters
    ----------
    ax : where to draw; a colour bar takes a part of it
    counts : (post, pre), as in `Chip.wear`, or the second of `tiles.writes`
    exists : (post, pre) bool, which synapses there are; all if absent
    what : is counted
    """
    drawn = shown_cells(counts, exists)
    drawn = np.ma.masked_where(drawn.filled(0) <= 0, drawn)
    draw_map(ax, drawn, UNSIGNED, LogNorm(1, max(largest(drawn), 10.0)), what)
    if drawn.count() == 0:
        ax.text(0.5, 0.5, f"no {what}", transform=ax.transAxes, ha="center", va="center", fontsize=LABEL, color=GREY)
    return ax


def shown_cells(matrix: np.ndarray, exists: np.ndarray | None) -> Any:
    """The matrix in float64, masked where there is no synapse or no number."""
    values = np.asarray(matrix, np.float64)
    hidden = ~np.isfinite(values)
    return np.ma.masked_array(values, hidden if exists is None else hidden | ~np.asarray(exists, bool))


def largest(drawn: Any) -> float:
    """The largest absolute value that is drawn; 1 if there is none."""
    top = float(np.abs(drawn).max()) if drawn.count() else 0.0
    return top if top > 0 else 1.0


def draw_map(ax: Axes, drawn: Any, colors: str, norm: Normalize, label: str, form: Any = None) -> Axes:
    """A matrix as an image, cell by cell, with a colour bar beside it."""
    post, pre = drawn.shape
    ax.set_facecolor(GROUND)
    ax.spines[:].set_visible(False)
    image = ax.imshow(  # of a matrix with more cells than the image has points some are left out: a mean of them would be near 0
        drawn, cmap=colors, norm=norm, interpolation="nearest",
        aspect="equal" if max(post, pre) <= LONGEST * min(post, pre) else "auto")
    for axis, size in ((ax.xaxis, pre), (ax.yaxis, post)):
        axis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        if size == 1:
            axis.set_ticks([0])
    ax.set_xlabel("presynaptic", fontsize=LABEL)
    ax.set_ylabel("postsynaptic", fontsize=LABEL)
    ax.tick_params(labelsize=LABEL)
    color_bar(ax, image, label, form)
    return ax
