"""How cost and memory grow: exponents fitted through medians."""
from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..compiled import compiled
from ..events import Connections, at_random
from ..events.connections import arrange
from ..generators import generator
from ..network import Network
from ..storage import padded, zeros
from .kernels import deliveries, per_call
from .learning import data, learner
from .timing import Spread, interleaved

EVENTS = 4007  # random stream
SIZES = (256, 320, 384, 448)     # whole rows of 64; all of them in a second-level cache of 1 MiB
LARGER = (704, 832, 960, 1088, 1216)  # beyond it, 2 to 6 MiB
LENGTHS, BATCHES, SPIKES = (4000, 8000, 16000, 32000), (8, 16, 32, 64), (20, 40, 80, 160, 320)


class Growth(NamedTuple):
    """How a cost grows with one number: cost = constant * value^exponent."""

    benchmark: str
    what: str
    variable: str
    values: tuple[int, ...]
    costs: tuple[Spread, ...]
    unit: str
    wanted: float  # the largest exponent

    @property
    def exponent(self) -> float:
        """Slope of the logarithms of the medians, least squares."""
        return float(np.polyfit(np.log(self.values), np.log([cost.median for cost in self.costs]), 1)[0])

    @property
    def name(self) -> str:
        """What tells it from all other lines."""
        return f"{self.benchmark}: {self.what} in {self.variable}, {self.values[0]} to {self.values[-1]}"

    def as_json(self) -> dict[str, Any]:
        """Every field, and the exponent."""
        return {"name": self.name, **self._asdict(), "costs": [asdict(cost) for cost in self.costs], "exponent": self.exponent}


def line(
    what: str, variable: str, values: Sequence[int], measure: Callable[[int], Callable[[], float]], wanted: float, repeats: int,
) -> Growth:
    """Seconds by value, all values interleaved; `measure` makes what measures one."""
    found = interleaved({str(value): measure(value) for value in values}, repeats)
    return Growth("growth", what, variable, tuple(values), tuple(1e6 * found[str(value)] for value in values), "us", wanted)


def learning(hidden: int, steps: int, batch: int, update: str) -> Callable[[], float]:
    """Measures the seconds of learning one trial."""
    return partial(per_call, learner(Network(inputs=1, hidden=hidden, outputs=1), update, *data(1, steps, batch)), 1)


def delivering(spikes: int, n: int = 1000, density: float = 0.1, times: int = 50) -> Callable[[], float]:
    """Measures the seconds that so many spikes take through rows of synapses."""
    rng = generator(3, EVENTS)
    pre, post = at_random(n, n, density, rng)
    synapses, depth = arrange(Connections(pre, post, rng.integers(1, 100, pre.size) / 64, 1, 1 / 64), n, n, 1, np.float32, "rows")
    ring, sent = zeros((depth, 1, padded(n)), np.float32), np.sort(rng.permutation(n)[:spikes]).astype(np.int32)
    function: Any = compiled(deliveries)
    return partial(per_call, partial(function, synapses, sent, ring, times), times)


def peak(steps: int, hidden: int) -> float:
    """KiB that an online run allocates at most beside its data, its network made and learned."""
    x, y = data(1, steps, 1)
    tracemalloc.start()
    try:
        learner(Network(inputs=1, hidden=hidden, outputs=1), "step", x, y)()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return (most - x.nbytes) / 1024  # the weight of every step is data as well


def growth(
    repeats: int, sizes: Sequence[int] = SIZES, larger: Sequence[int] = LARGER, lengths: Sequence[int] = LENGTHS,
    batches: Sequence[int] = BATCHES, spikes: Sequence[int] = SPIKES, hidden: int = 128, steps: int = 2000,
) -> list[Growth]:
    """CPU time in the size of the network, the steps, the batch and the events; memory in the steps.

    What is called once per run, about as much as 200 steps of a small network, is in all of them.
    """
    peak(lengths[0], hidden)  # compiles and imports
    memory = tuple(Spread.of([peak(length, hidden)]) for length in lengths)
    return [
        line("online ANP step", "N", sizes, lambda n: learning(n, steps, 1, "step"), 2.1, repeats),
        line("online ANP step", "N", larger, lambda n: learning(n, max(1, steps // 10), 1, "step"), 2.1, repeats),
        line(f"online ANP, N = {hidden}", "steps", lengths, lambda length: learning(hidden, length, 1, "step"), 1.05, repeats),
        line(f"ANP per sequence, N = {hidden}", "batch", batches, lambda batch: learning(hidden, max(1, steps // 10), batch, "sequence"),
             1.05, repeats),
        line("rows of 100 synapses", "spikes", spikes, delivering, 1.05, repeats),
        Growth("growth", f"memory beside the data, online ANP, N = {hidden}", "steps", tuple(lengths), memory, "KiB", 0.05)]
