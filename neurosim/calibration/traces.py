"""Traces of all devices on one grid of pulses, in normalised units."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..errors import InputError
from .table import Table

MAX_CELLS = 2 * 10**7  # pulses x devices
LOW, HIGH = 2.0, 98.0  # percentiles of a trace that count as its range: write noise must not widen it


class Traces(NamedTuple):
    """What was measured; row t is what was seen after pulse t of a device, row 0 before its first.

    Readings of the same pulse are kept as their mean and their scatter, which is all that a Gaussian likelihood needs.
    """

    names: tuple[str, ...]
    polarity: np.ndarray   # (n_pulses, n_devices) int8, 1 up, -1 down, 0 padding
    mean: np.ndarray       # (n_pulses + 1, n_devices) normalised; 0 where nothing was read
    n_read: np.ndarray     # (n_pulses + 1, n_devices) readings
    scatter: np.ndarray    # (n_devices,) sum of squared deviations of repeated readings from their means
    g_min_S: float         # conductance at -1
    g_max_S: float         # conductance at +1

    @property
    def read_std(self) -> float | None:
        """Noise of one reading, normalised, from repeated readings of one pulse; None if there are none."""
        spare = int(np.sum(self.n_read) - np.count_nonzero(self.n_read))
        return float(np.sqrt(self.scatter.sum() / spare)) if spare else None

    def of(self, devices: np.ndarray) -> Traces:
        """The traces of some devices (indices)."""
        return self._replace(
            names=tuple(self.names[int(d)] for d in devices), polarity=self.polarity[:, devices], mean=self.mean[:, devices],
            n_read=self.n_read[:, devices], scatter=self.scatter[devices])


def traces_of(table: Table, range_S: tuple[float, float] | None = None) -> Traces:
    """Normalise and align.

    Parameters
    ----------
    range_S : conductances that become -1 and +1; by default the mean over devices of the 2nd and the 98th percentile of a trace

    Raises
    ------
    InputError
        The traces do not move, or there are more than 2e7 pulses x devices.
    """
    low, high = range_S or _mean_range(table)
    if not high > low:
        raise InputError(f"{table.file}: column conductance_S", f"ranges from {low:g} to {high:g} S; the devices must move")
    steps = {name: _applied(trace) for name, trace in table.devices.items()}
    n_pulses, n_devices = max(sum(map(abs, applied)) for applied in steps.values()), len(steps)
    if n_pulses * n_devices > MAX_CELLS:
        raise InputError(f"{table.file}: column pulse", f"asks for {n_pulses} pulses x {n_devices} devices; at most {MAX_CELLS} are fitted")
    polarity = np.zeros((n_pulses, n_devices), np.int8)
    total, square, count = np.zeros((3, n_pulses + 1, n_devices))
    for d, (name, trace) in enumerate(table.devices.items()):
        at = 0
        for reading, applied in zip(trace, steps[name]):
            polarity[at:at + abs(applied), d] = np.sign(applied)
            at += abs(applied)
            w = 2 * (reading.conductance - low) / (high - low) - 1
            total[at, d] += w
            square[at, d] += w * w
            count[at, d] += 1
    mean = total / np.maximum(count, 1)
    scatter = np.maximum(square - count * mean * mean, 0).sum(axis=0)
    return Traces(tuple(steps), polarity, mean, count, scatter, low, high)


def _applied(trace) -> list[int]:
    """Signed number of pulses before every reading; what came before the first is not known and does not matter."""
    return [0] + [(reading.pulse - last.pulse) * reading.polarity for last, reading in zip(trace, trace[1:])]


def _mean_range(table: Table) -> tuple[float, float]:
    ranges = [np.percentile([reading.conductance for reading in trace], (LOW, HIGH)) for trace in table.devices.values()]
    low, high = np.mean(ranges, axis=0)
    return float(low), float(high)
