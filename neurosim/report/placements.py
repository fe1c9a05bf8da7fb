"""Figures of a network on the cores or tiles of a chip, from a mapping report (`mapping.fit`, ``mapping.json``) and the profile."""
from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from ..profile import Profile
from ..quantity import number
from ..tiles import Tile, tiles_of
from .plots import BLACK, BLUE, GREEN, GREY, LABEL, VERMILION, color_bar

EMPTY = "#DDDDDD"
SKY, ORANGE, PURPLE = "#56B4E9", "#E69F00", "#CC79A7"  # Okabe & Ito, as in plots.py
COLORS = {"inputs": SKY, "recurrent": BLUE, "readout": VERMILION, "lateral": GREEN, "input_lateral": PURPLE}
STORE = ORANGE
SIDE = 16      # squares in a row or column that are shown of a chip, unless the network has more
FILLED = 0.88  # of the distance between squares
NUMBERED = 64  # squares that have room for numbers
TINY = 5       # size of the numbers

Mapped = Mapping[str, Any]


class Grid(NamedTuple):
    """Where squares lie: the numbers of those that are shown, x and y of their middles, the side of one, and what the axes count."""

    shown: np.ndarray
    x: np.ndarray
    y: np.ndarray
    side: float
    what: str


def plot_placement(ax: Axes, mapping: Mapped, profile: Profile) -> Axes:
    """Cores of a chip, coloured by how many neurons they hold of what fits, or its tiles, with the part of a matrix that each holds.

    Cores lie on the mesh as `cores.deal` places them, otherwise in order, row by row, as tiles do.  Cores and tiles without anything are
    grey; of a large chip only some of them are shown, and the title says how many more there are.

    Parameters
    ----------
    ax : where to draw; with cores a colour bar takes a part of it
    mapping : `Chip.mapping`, or the entry of a seed in ``mapping.json``
    profile : of the chip
    """
    ax.spines[:].set_visible(False)
    if profile.topology.array_rows is not None and profile.topology.array_cols is not None:
        return plot_tiles(ax, mapping, profile)
    return plot_cores(ax, mapping["cores"], profile) if "cores" in mapping else plot_sizes(ax, mapping)


def plot_cores(ax: Axes, cores: Mapped, profile: Profile) -> Axes:
    """Cores as squares, on the mesh or in order; `cores` as in the mapping report, see `plot_placement`."""
    neurons, fits = np.array(cores["neurons"]), profile.topology.neurons_per_core
    grid = mesh(profile, cores["used"], cores["available"])
    most = int(neurons.max()) if fits is None else int(fits.v)
    squares(ax, grid, grid.shown >= cores["used"]).set_facecolor(EMPTY)
    filled = squares(ax, grid, grid.shown < cores["used"])
    filled.set(array=neurons, cmap="viridis", clim=(0, most))
    if len(grid.shown) <= NUMBERED:
        for x, y, n in zip(grid.x, grid.y, neurons):  # the first cores are those with neurons
            ax.text(x, y, f"{n}", ha="center", va="center", fontsize=LABEL - 1, color="white" if n < 0.6 * most else BLACK)
    color_bar(ax, filled, "neurons" + ("" if fits is None else f" (of {most} that fit)"))
    return framed(ax, grid, f"{cores['used']} of {cores['available']} cores", cores["available"] - len(grid.shown))


def plot_tiles(ax: Axes, mapping: Mapped, profile: Profile) -> Axes:
    """Tiles as squares; what a matrix takes of one is coloured, postsynaptic columns across and presynaptic rows down, and numbered."""
    parts = list(parts_of(mapping, profile))
    rows, cols = (int(number(size)) for size in (profile.topology.array_rows, profile.topology.array_cols))
    known = profile.topology.n_cores
    available = len(parts) if known is None else int(known.v)
    grid = in_order(len(parts), available)
    squares(ax, grid, np.full(len(grid.shown), True)).set_facecolor(EMPTY)
    labelled: set[str] = set()
    for (name, color, tile), x, y in zip(parts, grid.x, grid.y):  # what is left of the grid has nothing
        corner = x - grid.side / 2, y - grid.side / 2
        width, height = (grid.side * (ends[1] - ends[0]) / most for ends, most in ((tile.post, cols), (tile.pre, rows)))
        ax.add_patch(Rectangle(corner, width, height, facecolor=color, lw=0, alpha=0.6, label="" if name in labelled else name))
        ax.add_patch(Rectangle(corner, grid.side, grid.side, facecolor="none", edgecolor=color, lw=1.2))
        labelled.add(name)
        if len(grid.shown) <= NUMBERED:
            ax.text(x, y, f"{span(tile.post)}\n{span(tile.pre)}", ha="center", va="center", fontsize=TINY)
    ax.legend(
        loc="upper left", bbox_to_anchor=(0, 0), ncols=3, frameon=False, fontsize=LABEL, handlelength=1.2, columnspacing=1.2,
        borderaxespad=0.2, alignment="left", title="numbers: postsynaptic above presynaptic" if len(grid.shown) <= NUMBERED else None,
        title_fontsize=LABEL)
    used = f"{len(parts)} of {'unavailable' if known is None else available} tiles of {rows} x {cols}"
    return framed(ax, grid, used, available - len(grid.shown), digital(mapping))


def plot_sizes(ax: Axes, mapping: Mapped) -> Axes:
    """For a chip of which neither cores nor arrays are known: what there is to place, in words."""
    ax.set(xticks=[], yticks=[], title="")
    lines = [f"{name}: {size['post']} x {size['pre']}{' (digital)' * ('digital' in size)}" for name, size in mapping["projections"].items()]
    ax.text(
        0.5, 0.5, "\n".join(["cores and arrays of this chip: unavailable", "", "post x pre", *lines]), transform=ax.transAxes, ha="center",
        va="center", fontsize=LABEL, color=GREY)
    return ax


def parts_of(mapping: Mapped, profile: Profile) -> Iterator[tuple[str, str, Tile]]:
    """(name, colour, part of a matrix) of every tile in use, projection by projection, then those of the fast arrays of updaters."""
    sizes = {name: (size["post"], size["pre"]) for name, size in mapping["projections"].items()}
    for name, size in mapping["projections"].items():
        if "digital" not in size:
            yield from ((name, COLORS.get(name, GREY), tile) for tile in tiles_of(profile, *sizes[name]))
    for name, store in mapping.get("stores", {}).items():
        if "tiles" in store:
            yield from ((name, STORE, tile) for tile in tiles_of(profile, *sizes[name.partition(",")[0]]))


def mesh(profile: Profile, used: int, available: int) -> Grid:
    """Cores tile by tile on a mesh of two dimensions, numbered column by column as in `cores.deal`; in order if there is no such mesh."""
    topology = profile.topology
    if topology.noc != "mesh" or topology.mesh_shape is None or len(topology.mesh_shape) != 2:
        return in_order(used, available)
    each = int(number(topology.cores_per_tile, 1))
    side = math.ceil(math.sqrt(each))
    numbers = np.arange(available)
    x, y = np.divmod(numbers // each, topology.mesh_shape[1])
    most = [max(SIDE // side, int(place[:used].max()) + 1) for place in (x, y)]
    shown = numbers[(x < most[0]) & (y < most[1])]
    inside = [((place - (side - 1) / 2) / side) * FILLED for place in (shown % each % side, shown % each // side)]
    return Grid(shown, x[shown] + inside[0], y[shown] + inside[1], FILLED**2 / side if side > 1 else FILLED, "tiles")


def in_order(used: int, available: int) -> Grid:
    """Squares row by row, about as many rows as columns."""
    few = min(available, max(used, SIDE**2))
    columns = math.ceil(math.sqrt(few))
    shown = np.arange(min(available, columns * math.ceil(few / columns)))
    return Grid(shown, shown % columns + 0.0, shown // columns + 0.0, FILLED, "")


def squares(ax: Axes, grid: Grid, which: np.ndarray) -> PatchCollection:
    """Draw some of the squares of a grid."""
    half = grid.side / 2
    found = PatchCollection([Rectangle((x - half, y - half), grid.side, grid.side) for x, y in zip(grid.x[which], grid.y[which])], lw=0)
    ax.add_collection(found)
    return found


def framed(ax: Axes, grid: Grid, used: str, more: int, note: str = "") -> Axes:
    """Limits around a grid, the first square at the upper left, and a title: what is used, and how much is not shown."""
    ax.set(xlim=(-0.55, float(grid.x.max()) + 0.55), ylim=(float(grid.y.max()) + 0.55, -0.55), aspect="equal")
    ax.tick_params(labelsize=LABEL, length=0)
    if grid.what:
        ax.set_xlabel(f"x ({grid.what})", fontsize=LABEL)
        ax.set_ylabel(f"y ({grid.what})", fontsize=LABEL)
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
        ax.yaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    else:
        ax.set(xticks=[], yticks=[])
    lines = [used, ", ".join(filter(None, (f"{more} more without anything are not shown" * (more > 0), note)))]
    ax.set_title("\n".join(filter(None, lines)), fontsize=LABEL + 1, loc="left")
    return ax


def digital(mapping: Mapped) -> str:
    """What is not on the chip."""
    names = [name for name, size in mapping["projections"].items() if "digital" in size]
    return f"{', '.join(names)} digital, off the chip" if names else ""


def span(ends: tuple[int, int]) -> str:
    """``0-255`` for (0, 256)."""
    return f"{ends[0]}-{ends[1] - 1}" if ends[1] - ends[0] > 1 else f"{ends[0]}"
