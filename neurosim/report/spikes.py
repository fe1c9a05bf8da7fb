"""Figures of spiking networks: raster, membrane potentials, rates, intervals between spikes.

Spikes are (steps, n) arrays, 0 or 1, or graded; times are in seconds.
"""
from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from .plots import BLACK, BLUE, VERMILION, tidy

WINDOW_S = 0.05  # over which population rates are counted


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
    """Potentials after every step, (steps, n), one line above the other in the order of the neurons; spikes as ticks on top of them."""
    time, span = np.arange(1, len(membrane) + 1) * step_s, float(np.nanmax(membrane) - np.nanmin(membrane)) or 1.0
    for i in range(membrane.shape[1]):
        base = 1.2 * span * i
        ax.plot(time, membrane[:, i] + base, color=BLUE, lw=0.8)
        fired = np.flatnonzero(spikes[:, i])
        top = np.nanmax(membrane) if threshold is None else threshold
        ax.plot(time[fired], np.full(fired.size, top + base), "|", color=VERMILION, ms=6, mew=1.0)
        if threshold is not None:
            ax.axhline(threshold + base, color=VERMILION, lw=0.5, ls=":")
    ax.set_xlabel("time (s)")
    ax.set_ylabel("membrane potential")
    return tidy(ax)


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
