"""The figure of a chip and of what it did in a run: placement, weights before and after, energy of learning and of an inference."""
from __future__ import annotations

import textwrap
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..profile import Profile
from ..writing import write_bytes
from .bills import plot_bills
from .maps import plot_weight_change
from .placements import plot_placement
from .plots import DPI, png

PLACE = (0.045, 0.57, 0.235, 0.32)  # left, bottom, width, height, of the figure
MAPS = [(left, 0.57, 0.19, 0.32) for left in (0.36, 0.57, 0.775)]
BILLS = [(left, 0.08, 0.32, 0.33) for left in (0.155, 0.655)]


def save_chip(
    path: Path, title: str, profile: Profile, mapping: Mapping[str, Any], cost: Mapping[str, Any], before: np.ndarray, after: np.ndarray,
    exists: np.ndarray,
) -> None:
    """Placement and weights above the energies, as a PNG file; the same numbers give the same bytes.

    Parameters
    ----------
    mapping : of one seed, as in ``mapping.json``
    cost : of that seed, what `ledger.cost` returns
    before, after : a weight matrix (post, pre)
    exists : (post, pre) bool, which of its synapses there are
    """
    with style.context("default"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a letter that the font lacks is drawn as a box
        figure = Figure(figsize=(13.0, 7.6), dpi=DPI)
        FigureCanvasAgg(figure)
        plot_placement(figure.add_axes(PLACE), mapping, profile)
        plot_weight_change([figure.add_axes(place) for place in MAPS], before, after, exists)
        plot_bills([figure.add_axes(place) for place in BILLS], cost)
        figure.text(0.02, 0.985, "\n".join(textwrap.wrap(title, 170, max_lines=2)), ha="left", va="top", fontsize=9, parse_math=False)
        write_bytes(path, png(figure))
