"""Posterior-predictive plot: measured traces, the fitted mean device, and the band in which new devices would lie."""
from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..generators import generator
from ..report.plots import BLUE, DPI, GREY, LABEL, png, tidy
from ..writing import write_bytes
from .scoring import Fitted
from .simulate import mean_trace, simulated

STREAM = 71          # of the generator; this plot is its only user
N_SIMULATED = 400
N_SHOWN = 40         # measured traces
BAND = (5.0, 95.0)   # percentiles


def predictive_band(fitted: Fitted) -> tuple[np.ndarray, np.ndarray]:
    """5th and 95th percentile of 400 simulated devices after every pulse, each (n_pulses + 1,) normalised."""
    low, high = np.percentile(simulated(fitted, N_SIMULATED, generator(0, STREAM)), BAND, axis=1)
    return low, high


def coverage(fitted: Fitted) -> float:
    """Share of the readings of devices pulsed like the first that lie in the band; 0.9 if the fit is right."""
    traces = fitted.problem.traces
    alike = (traces.polarity == traces.polarity[:, :1]).all(axis=0)
    low, high = predictive_band(fitted)
    n = len(low)
    w, is_read = traces.mean[:n, alike], traces.n_read[:n, alike] > 0
    return float(np.mean(((w >= low[:, None]) & (w <= high[:, None]))[is_read]))


def save_plot(path: Path, fitted: Fitted, title: str) -> None:
    """Write the figure (`drawn`) as a PNG file; the same fit gives the same bytes."""
    with style.context("default"):
        write_bytes(path, png(drawn(fitted, title)))


def drawn(fitted: Fitted, title: str) -> Figure:
    """Draw the traces over the pulse number in siemens, under them the band of the fitted devices, over them their mean."""
    traces = fitted.problem.traces
    low, high = predictive_band(fitted)

    def siemens(w: np.ndarray) -> np.ndarray:
        return traces.g_min_S + (w + 1) / 2 * (traces.g_max_S - traces.g_min_S)

    with style.context("default"):
        figure = Figure(figsize=(9.0, 5.0), dpi=DPI)
        FigureCanvasAgg(figure)
        ax = figure.add_axes((0.1, 0.12, 0.86, 0.74))
        pulses = np.arange(len(low))
        ax.fill_between(pulses, siemens(low), siemens(high), color=BLUE, alpha=0.2, lw=0, label="fitted devices, 5 % to 95 %")
        for d in range(min(len(traces.names), N_SHOWN)):
            at = np.flatnonzero(traces.n_read[:, d])
            ax.plot(at, siemens(traces.mean[at, d]), color=GREY, lw=0.5, alpha=0.5, label="measured" if d == 0 else None)
        ax.plot(pulses, siemens(mean_trace(fitted)), color=BLUE, lw=2.0, label="fitted mean device")
        ax.set_xlabel("pulse")
        ax.set_ylabel("conductance (S)")
        ax.set_xlim(0, len(low) - 1)
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=LABEL)
        tidy(ax)
        figure.text(0.02, 0.97, title, ha="left", va="top", fontsize=9, parse_math=False)
    return figure
