"""CPU time of alternatives, interleaved, medians: machines are noisy, ratios within one run are not."""
from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np


class Ratio(NamedTuple):
    """One line of a benchmark: how much faster ours is than a peer in the same run."""

    benchmark: str
    ours: str
    peer: str
    unit: str
    ours_time: float     # median, in `unit`
    peer_time: float
    wanted: float | None  # the least ratio that the project set itself
    note: str = ""

    @property
    def ratio(self) -> float:
        """Peer's time over ours."""
        return self.peer_time / self.ours_time


def thread_seconds(call: Callable[[], object]) -> float:
    """CPU seconds of this thread."""
    start = time.thread_time()
    call()
    return time.thread_time() - start


def interleaved(measures: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, float]:
    """Median of what every measure returns, seconds, each called once per round; the first round is thrown away."""
    kept: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(repeats + 1):
        for name, measure in measures.items():
            seconds = measure()
            if turn > 0:
                kept[name].append(seconds)
    return {name: float(np.median(values)) for name, values in kept.items()}
