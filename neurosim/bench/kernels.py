"""Events against everything at once: the event kernel of a dense matrix, and the int8 core against rows of synapses."""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..circuits.read_path import ReadPath
from ..compiled import compiled
from ..events import Connections, at_random
from ..events.connections import arrange
from ..events.contract import scatter
from ..generators import generator
from ..mvm import bundle, circuit_for
from ..slots import shared
from ..storage import padded, zeros
from ..synapses.rows import deliver_rows
from ..verbs import pass_on
from .timing import Ratio, interleaved, thread_seconds

BENCH = 4003  # random stream
SHARES = (0.01, 0.03, 0.1, 0.3, 1.0)
DENSITIES = (0.01, 0.03, 0.1, 0.3, 1.0)
F = np.float32


def products(p, z, current, times):
    """The dense kernel: every row, in order, `times` times."""
    for _ in range(times):
        for r in range(0, p.conductance.shape[0], 4):
            deliver_rows(p.device, p.conductance, r, r + 1, r + 2, r + 3, z, current, current.shape[1])


def events(p, z, current, batch, times):
    """The event kernel: rows that send, found anew every time."""
    for now in range(times):
        pass_on(p, 0, z, current, batch, 1, 0, now)


@shared
def send(synapses, spikes, n, now, ring):
    """`scatter`, as a helper of `deliveries`."""
    return scatter(synapses, spikes, n, now, ring)


def deliveries(synapses, spikes, ring, times):
    """The same spikes, `times` times."""
    reached = 0
    for now in range(times):
        reached += send(synapses, spikes, spikes.size, now, ring)
    return reached


def per_call(call: Callable[[], object], calls: int) -> float:
    """CPU seconds of one of the `calls` that `call` makes."""
    return thread_seconds(call) / calls


def event_rate(repeats: int, n: int = 1000, lanes: int = 2, shares: tuple[float, ...] = SHARES, times: int = 200) -> list[Ratio]:
    """A dense n x n product of activity of which a share is not zero: rows that send against all rows, counting included.

    Both lanes (clean and perturbed pass) send in the same rows.
    """
    rng = generator(1, BENCH)
    weights = (rng.standard_normal((n, n)) / np.sqrt(n)).astype(F)
    p, current = bundle(circuit_for(ReadPath(), weights, lanes), weights, lanes, F), zeros((lanes, padded(n)), F)
    dense: Any = compiled(products)
    sparse: Any = compiled(events)
    full = zeros((lanes, padded(n)), F)
    full[:, :n] = 1e-9 * rng.standard_normal((lanes, n))
    measures = {"dense": partial(per_call, partial(dense, p, full, current, times), times)}
    for share in shares:
        z = zeros((lanes, padded(n)), F)
        chosen = rng.permutation(n)[:max(1, int(round(share * n)))]
        z[:, chosen] = full[:, chosen]
        measures[f"{share:g}"] = partial(per_call, partial(sparse, p, z, current, lanes, times), times)
    found = interleaved(measures, repeats)
    wanted = {0.1: 6.0, 1.0: 1 / 1.15}
    return [
        Ratio("event_rate", f"events, {100 * share:g} % of {n}", "dense", "us", 1e6 * found[f"{share:g}"], 1e6 * found["dense"],
              wanted.get(share)) for share in shares]


def core(repeats: int, n: int = 1000, densities: tuple[float, ...] = DENSITIES, spikes: int = 40, times: int = 200) -> list[Ratio]:
    """A spike through an int8 crossbar core against the same synapses in rows, one float32 weight each."""
    rng, lines = generator(2, BENCH), []
    function: Any = compiled(deliveries)
    for density in densities:
        pre, post = at_random(n, n, density, rng)
        listed = Connections(pre, post, rng.integers(1, 100, pre.size) / 64, 1, 1 / 64)
        sent = np.sort(rng.permutation(n)[:spikes]).astype(np.int32)
        measures: dict[str, Callable[[], float]] = {}
        for form in ("core", "rows"):
            synapses, depth = arrange(listed, n, n, 1, F, form)
            ring = zeros((depth, 1, padded(n)), F)
            call = partial(function, synapses, sent, ring, times)
            measures[form] = partial(per_call, call, times * spikes)
        found = interleaved(measures, repeats)
        lines.append(Ratio(
            "core", f"int8 core, {n} x {n}", f"rows, density {density:g}", "ns per spike", 1e9 * found["core"], 1e9 * found["rows"],
            2.0 if density == 0.1 else None))
    return lines
