"""Figures of spiking networks: raster, membrane potentials, rates, intervals between spikes.

Spikes are (steps, n) arrays, 0 or 1, or graded; times are in seconds.
"""
from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from .plots import BLACK, BLUE, LABEL, VERMILION, tidy

WINDOW_S = 0.05  # over which population rates are counted
GAP = 1.2        # from line to line, in units of the range of all states


def plot_raster(ax: Axes, spikes: np.ndarray, step_s: float, first: int = 0) -> Axes:
    """A dot for every spike: time against neuron; `first` is the number of the first neuron shown."""
    step, neuron = np.nonzero(spikes)
    ax.plot(step * step_s, neuron + first, "|" if spikes.shape[1] <= 100 else ",", color=BLACK, ms=4, mew=0.8)
    ax.set_xlim(0, len(spikes) * step_s)
    ax.set_ylim(first - 0.5, first + spikes.shape[1] - 0.5)
    ax.set_xlabel("time (s)")
    ax.set_ylabel("neuron")
    return tidy(ax)


def plot_membranes(ax: Axes, membrane: np.ndarray, spikes: np.ndarray, step_s: float, threshold: float | None = None) -> Axes:
    """Potentials after every step, (steps, n), and spikes, as in `plot_states`."""
    return plot_states(ax, np.arange(1, len(membrane) + 1) * step_s, membrane, spikes, threshold, what="membrane potential")


def plot_states(
    ax: Axes, times_s: np.ndarray, states: np.ndarray, spikes: np.ndarray | None = None,
    threshold: float | np.ndarray | None = None, first: int = 0, what: str = "state",
) -> Axes:
    """States of a few neurons over time, one line above the other as in the raster; spikes are ticks at the threshold, or on top.

    Parameters
    ----------
    ax : where to draw
    times_s : (steps,) in seconds
    states : (steps, n), of any kind, for instance membrane potentials; what is not a number leaves a gap
    spikes : (steps, n), 0 where none was sent
    threshold : of all neurons, or (n,); a dotted line
    first : number of the first neuron
    what : the states are
    """
    times_s, states, n = np.asarray(times_s), np.asarray(states, np.float64), np.shape(states)[1]
    levels = None if threshold is None else np.broadcast_to(threshold, n)
    there = states[np.isfinite(states)]
    low, high = (float(there.min()), float(there.max())) if there.size else (0.0, 0.0)
    span = high - low or 1.0
    for i in range(n):
        base = GAP * span * i
        ax.plot(times_s, states[:, i] + base, color=BLUE, lw=0.8)
        if spikes is not None:
            fired = np.flatnonzero(spikes[:, i])
            top = high if levels is None else levels[i]
            ax.plot(times_s[fired], np.full(fired.size, top + base), "|", color=VERMILION, ms=6, mew=1.0)
        if levels is not None:
            ax.axhline(levels[i] + base, color=VERMILION, lw=0.5, ls=":")
    ax.set_xlabel("time (s)")
    ax.set_yticks(GAP * span * np.arange(n) + (low + high) / 2, [f"{first + i}" for i in range(n)])
    ax.set_ylabel(f"{what} of neuron")
    scale_bar(ax, span)
    return tidy(ax)


def scale_bar(ax: Axes, span: float) -> None:
    """A bar at the right, as high as a round number of the states, with this number; every line has the same scale."""
    power = 10.0 ** np.floor(np.log10(span / 2))
    height = float(max(step * power for step in (1, 2, 5) if step == 1 or step * power <= span / 2))
    low = ax.get_ylim()[0]
    ax.plot([1.01, 1.01], [low, low + height], transform=ax.get_yaxis_transform(), color=BLACK, lw=1.5, clip_on=False)
    ax.set_ylim(bottom=low)
    ax.text(1.02, low + height / 2, f"{height:g}", transform=ax.get_yaxis_transform(), va="center", fontsize=LABEL)


def population_rate(spikes: np.ndarray, step_s: float, window_s: float = WINDOW_S) -> tuple[np.ndarray, np.ndarray]:
    """(time, rate in Hz per neuron) of the population, counted in windows side by side; the last one may be cut off."""
    steps = max(int(round(window_s / step_s)), 1)
    starts = np.arange(0, len(spikes), steps)
    lengths = np.minimum(len(spikes) - starts, steps) * step_s
    counts = np.add.reduceat((spikes != 0).sum(axis=1), starts)
    return starts * step_s + lengths / 2, counts / (lengths * spikes.shape[1])


def plot_rate(ax: Axes, spikes: np.ndarray, step_s: float, window_s: float = WINDOW_S) -> Axes:
    """Mean rate of the population over time."""
    time, rate = population_rate(spikes, step_s, window_s)
    ax.plot(time, rate, color=BLUE, lw=1.5)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("time (s)")
    ax.set_ylabel("rate (Hz)")
    return tidy(ax)


def intervals(spikes: np.ndarray, step_s: float) -> list[np.ndarray]:
    """Seconds between the spikes of every neuron."""
    return [np.diff(np.flatnonzero(row)) * step_s for row in spikes.T]


def irregularity(spikes: np.ndarray, step_s: float, fewest: int = 3) -> np.ndarray:
    """Coefficient of variation of the intervals of every neuron with at least `fewest` of them; 1 for a Poisson process."""
    return np.array([row.std() / row.mean() for row in intervals(spikes, step_s) if row.size >= fewest])


def plot_intervals(ax: Axes, spikes: np.ndarray, step_s: float) -> Axes:
    """Histogram of all intervals between spikes, with the mean coefficient of variation."""
    together, found = np.concatenate(intervals(spikes, step_s)), irregularity(spikes, step_s)
    if together.size:
        ax.hist(together, bins=min(50, max(together.size // 5, 5)), color=BLUE)
    if found.size:
        ax.set_title(f"CV {found.mean():.2f} ({found.size} neurons)", fontsize=9)
    ax.set_xlabel("interval (s)")
    ax.set_ylabel("count")
    return tidy(ax)
