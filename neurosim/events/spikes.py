"""The spikes of a run, and what is told of them: rates, irregularity, correlation."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

BIN_S = 5e-3  # over which spikes are counted for correlations


class Spikes(NamedTuple):
    """Spikes in the order of time."""

    step: np.ndarray       # (spikes,) from the start of the run
    neuron: np.ndarray     # (spikes,)
    n: int                 # neurons
    steps: int
    step_s: float
    membranes: np.ndarray  # (steps, watched) after every step

    @property
    def duration_s(self) -> float:
        """Time that was run."""
        return self.steps * self.step_s

    def rates_Hz(self) -> np.ndarray:
        """Spikes per second of every neuron."""
        return np.bincount(self.neuron, minlength=self.n) / self.duration_s

    def irregularity(self, fewest: int = 3) -> np.ndarray:
        """Coefficient of variation of the intervals of every neuron with at least `fewest` of them; 1 for a Poisson process."""
        order = np.lexsort((self.step, self.neuron))
        neuron, gap = self.neuron[order], np.diff(self.step[order])
        inside = neuron[1:] == neuron[:-1]
        gap, of = gap[inside].astype(float), neuron[1:][inside]
        count = np.bincount(of, minlength=self.n)
        many = count >= fewest
        total, square = (np.bincount(of, gap**power, self.n)[many] for power in (1, 2))
        mean = total / count[many]
        return np.sqrt(np.maximum(square / count[many] - mean**2, 0)) / mean

    def correlation(self, sample: int = 400, bin_s: float = BIN_S) -> float:
        """Mean correlation coefficient of the counts of two neurons in bins of `bin_s`, over all pairs of `sample` neurons that fired.

        Not a number if fewer than two of them fired.
        """
        wide = max(int(round(bin_s / self.step_s)), 1)
        bins = self.steps // wide
        rate = np.bincount(self.neuron, minlength=self.n)
        shown = np.flatnonzero(rate)[:: max(1, np.count_nonzero(rate) // sample)][:sample]
        place = np.full(self.n, -1)
        place[shown] = np.arange(shown.size)
        kept = (place[self.neuron] >= 0) & (self.step < bins * wide)
        counts = np.zeros((shown.size, bins))
        np.add.at(counts, (place[self.neuron[kept]], self.step[kept] // wide), 1)
        counts = counts[counts.std(axis=1) > 0]
        if len(counts) < 2:
            return float("nan")
        matrix = np.corrcoef(counts)
        return float((matrix.sum() - len(matrix)) / (len(matrix) * (len(matrix) - 1)))

    def dense(self) -> np.ndarray:
        """(steps, n) uint8, 1 where a neuron fired: what the figures of report/spikes.py take."""
        sent = np.zeros((self.steps, self.n), np.uint8)
        sent[self.step, self.neuron] = 1
        return sent
