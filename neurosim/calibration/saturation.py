"""Whether a trace got to a bound: a bound that it never met is better started beyond it.

A bound put where a trace turns explains its last step a little better than no bound, by chance.  A search that begins there stays
there, and the devices that turned early are taken for devices with narrow bounds.
"""
from __future__ import annotations

import numpy as np

from .traces import Traces

PARTS = 4      # of a run of equal pulses; the fastest tells what a free step is
TAIL = 10      # the last 10th of a run ...
LEAST = 4      # ... and at least so many pulses
STALLED = 0.5  # of the free step
NEAR = 0.1     # of the range: runs that end this close to the extreme count
LEAST_SHARE = 0.2
CLEAR = 3.0    # standard errors of a move


def is_reached(traces: Traces, d: int, sign: int, slope: float, jitter: float) -> bool:
    """Whether device `d` stalls at the end of its runs of pulses of polarity `sign` that go farthest.

    Parameters
    ----------
    slope : how much of its step at 0 a device loses per unit of the state that it moves by, as in ``1 - slope |w|``
    jitter : standard deviation of what differs from reading to reading; where it hides whether a device still moves, True
    """
    at = np.flatnonzero(traces.n_read[:, d])
    w = sign * traces.mean[at, d]
    extreme, near = w.max(), NEAR * np.ptp(w)
    free, tail, moves = [], [], []
    for begin, end in runs(traces.polarity[:, d], sign):
        inside = np.flatnonzero((at >= begin) & (at <= end))
        if len(inside) < 2 * PARTS or w[inside[-1]] < extreme - near:
            continue
        edges = inside[np.linspace(0, len(inside) - 1, PARTS + 1).astype(int)]
        free.append(max(_rate(at, w, i, j, slope) for i, j in zip(edges, edges[1:])))
        from_ = inside[min(int(np.searchsorted(at[inside], end - max(LEAST, (end - begin) // TAIL), "right")) - 1, len(inside) - 2)]
        tail.append(_rate(at, w, from_, inside[-1], slope))
        moves.append(w[inside[-1]] - w[from_])
    if not free or float(np.mean(moves)) < CLEAR * jitter * np.sqrt(2 / len(moves)):
        return True
    return float(np.mean(tail)) < STALLED * float(np.mean(free))


def runs(polarity: np.ndarray, sign: int) -> list[tuple[int, int]]:
    """First and last state (pulse number) of every run of pulses of one polarity."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], polarity == sign, [0]]).astype(int)))
    return [(int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2])]


def _rate(at: np.ndarray, w: np.ndarray, i: int, j: int, slope: float) -> float:
    """Move per pulse between two readings, as a step at state 0."""
    share = max(1 - slope * float(w[i] + w[j]) / 2, LEAST_SHARE)
    return float(w[j] - w[i]) / float(at[j] - at[i]) / share
