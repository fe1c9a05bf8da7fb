"""Two replicas on two threads against one after the other: kernels release Python's lock."""
from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..network import Network
from .learning import data, learner
from .timing import Ratio, Spread

REPLICAS = 2


def timed(learn: Callable[[], Any]) -> float:
    """CPU seconds of the thread that learns."""
    start = time.thread_time()
    learn()
    return time.thread_time() - start


def threads(repeats: int, hidden: int = 500, steps: int = 400) -> list[Ratio]:
    """Seconds per replica of online ANP, alone and with another beside it; the first round is thrown away.

    By wall time, which other programs on the machine lengthen, and by CPU time of the slower thread, which they do not: that is what
    wall time would be with both processors to ourselves.
    """
    x, y = data(1, steps, 1)
    learners = [learner(Network(inputs=1, hidden=hidden, outputs=1), "step", x, y) for _ in range(REPLICAS)]
    alone: dict[str, list[float]] = {"wall": [], "CPU": []}
    both: dict[str, list[float]] = {"wall": [], "CPU": []}
    with ThreadPoolExecutor(REPLICAS) as pool:
        for _ in range(repeats + 1):
            start = time.perf_counter()
            used = timed(learners[0])
            alone["wall"].append(time.perf_counter() - start)
            alone["CPU"].append(used)
            start = time.perf_counter()
            each = list(pool.map(timed, learners))
            both["wall"].append((time.perf_counter() - start) / REPLICAS)
            both["CPU"].append(max(each) / REPLICAS)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [Ratio("threads", f"{REPLICAS} replicas on {REPLICAS} threads, N = {hidden}, {clock} time", "one alone", "s per replica",
                  Spread.of(both[clock][1:]), Spread.of(alone[clock][1:]), 1.6, f"{usable} processors") for clock in ("wall", "CPU")]
