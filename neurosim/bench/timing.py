"""CPU time of alternatives, interleaved: median, smallest and largest.  Machines are noisy, ratios within one run are not."""
from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np


@dataclass(frozen=True)
class Spread:
    """What several rounds measured: the median, the smallest and the largest."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: Any) -> Spread:
        """Of the numbers of all rounds; not a number if there are none."""
        values = np.asarray(values, float)
        return Spread(float(np.median(values)), float(values.min()), float(values.max())) if values.size else Spread(*[float("nan")] * 3)

    def __rmul__(self, factor: float) -> Spread:
        """The same in another unit."""
        return Spread(factor * self.median, factor * self.low, factor * self.high)

    def __truediv__(self, count: float) -> Spread:
        """Of one of so many."""
        return 1 / count * self

    def __str__(self) -> str:
        return f"{self.median:.4g} ({self.low:.4g} - {self.high:.4g})"


UNKNOWN = Spread.of(())


class Ratio(NamedTuple):
    """One line of a benchmark: how much faster ours is than a peer in the same run.

    A peer whose name starts with "limit: " is what the machine can do; the ratio is the share of it that was reached.
    """

    benchmark: str
    ours: str
    peer: str
    unit: str
    ours_time: Spread     # in `unit`
    peer_time: Spread
    wanted: float | None  # the least ratio that the project set itself
    note: str = ""

    @property
    def ratio(self) -> float:
        """Peer's time over ours, medians."""
        return self.peer_time.median / self.ours_time.median

    @property
    def name(self) -> str:
        """What tells it from all other lines."""
        return f"{self.benchmark}: {self.ours} / {self.peer}"

    def as_json(self) -> dict[str, Any]:
        """Every field, and the ratio; what is not known is null."""
        times = {field: asdict(getattr(self, field)) if known(getattr(self, field)) else None for field in ("ours_time", "peer_time")}
        ratio = self.ratio if all(times.values()) else None
        return {"name": self.name, **self._asdict(), **times, "ratio": ratio}


def known(spread: Spread) -> bool:
    """Whether it was measured."""
    return spread.median == spread.median


def missing(benchmark: str, ours: str, peer: str, why: object) -> Ratio:
    """The line of a peer that does not run here."""
    return Ratio(benchmark, ours, peer, "", UNKNOWN, UNKNOWN, None, f"unavailable: {why}")


def thread_seconds(call: Callable[[], object]) -> float:
    """CPU seconds of this thread."""
    start = time.thread_time()
    call()
    return time.thread_time() - start


def interleaved(measures: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, Spread]:
    """What every measure returns, seconds, each called once per round; the first round is thrown away."""
    kept: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(repeats + 1):
        for name, measure in measures.items():
            seconds = measure()
            if turn > 0:
                kept[name].append(seconds)
    return {name: Spread.of(values) for name, values in kept.items()}
