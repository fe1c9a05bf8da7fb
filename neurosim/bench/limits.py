"""What this machine can do on one thread: bandwidth by cache level, and matrix products of its BLAS.

The kernels add whole numbers: their sums may be reordered, so that LLVM makes several vector accumulators of one loop, and what is
measured is the machine.  An update reads and writes every byte; both are counted.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from ..compiled import compiled
from ..storage import zeros
from .machine import Caches, caches
from .timing import Spread, interleaved, thread_seconds

LEAST = 2**26     # bytes that a measurement moves
BEYOND = 4        # times the last cache: memory
PRODUCT = 1024    # rows of the matrices of the product


class Limit(NamedTuple):
    """One limit: `what`, where, and how much per second in `unit`."""

    what: str
    where: str
    unit: str
    rate: Spread


def read(words, times):
    """Add up an array, `times` times."""
    total = words[0]
    for _ in range(times):
        for i in range(words.size):
            total += words[i]
        words[0] = total  # the next turn reads anew
    return total


def update(words, step, times):
    """Add `step` to every word of an array in place, `times` times."""
    for _ in range(times):
        for i in range(words.size):
            words[i] += step


def words_of(size: int) -> np.ndarray:
    """An array of so many bytes."""
    return zeros(max(size // 8, 1), np.uint64)


def turns(size: int, least: int) -> int:
    """How often an array is gone through so that a measurement is long enough."""
    return max(least // size, 1)


def reading(size: int, least: int = LEAST) -> Callable[[], float]:
    """Measures the seconds that one reading of so many bytes takes."""
    words, times, run = words_of(size), turns(size, least), compiled(read)
    return lambda: thread_seconds(partial(run, words, times)) / times


def updating(size: int, least: int = LEAST) -> Callable[[], float]:
    """Measures the seconds that one update in place of so many bytes takes."""
    words, times, run = words_of(size), turns(size, least), compiled(update)
    return lambda: thread_seconds(partial(run, words, np.uint64(1), times)) / times


def multiplying(n: int = PRODUCT) -> Callable[[], float]:
    """Measures the seconds that NumPy needs per floating-point operation of a product of two float32 matrices, on one thread."""
    a, out = np.ones((n, n), np.float32), np.empty((n, n), np.float32)

    def measure() -> float:
        with threadpool_limits(1):
            return thread_seconds(lambda: np.dot(a, a, out=out)) / (2 * n**3)
    return measure


def sizes(known: Caches) -> dict[str, int]:
    """Bytes of an array that lies in each level, and in none."""
    last = max(known.sizes, key=lambda name: known.sizes[name])  # shared with the other processors
    return {**{name: room // (4 if name == last else 2) for name, room in known.sizes.items()}, "memory": BEYOND * known.sizes[last]}


def measure(repeats: int, least: int = LEAST, product: int = PRODUCT) -> list[Limit]:
    """All limits, interleaved."""
    known = caches()
    places = sizes(known)
    measures: dict[str, Callable[[], float]] = {"product": multiplying(product)}
    for where, size in places.items():
        measures[f"read {where}"], measures[f"update {where}"] = reading(size, least), updating(size, least)
    found = interleaved(measures, repeats)

    def rate(amount: float, seconds: Spread) -> Spread:
        return Spread(*(amount / value for value in (seconds.median, seconds.high, seconds.low)))

    moved = [(what, count, where, size) for what, count in (("read", 1), ("update", 2)) for where, size in places.items()]
    lines = [Limit(what, f"{where}, {size_text(size)}" + ("" if known.is_known else ", cache sizes are assumed"), "GB/s",
                   rate(1e-9 * count * size, found[f"{what} {where}"])) for what, count, where, size in moved]
    return [*lines, Limit("sgemm", f"NumPy, {product} x {product}", "GFLOP/s", rate(1e-9, found["product"]))]


def size_text(size: int) -> str:
    """Bytes as people write them."""
    for unit, name in ((2**20, "MiB"), (2**10, "KiB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} B"


def as_json(limit: Limit) -> dict[str, Any]:
    """Every field."""
    return {**limit._asdict(), "rate": vars(limit.rate)}
