"""Outer products written as stochastic pulse trains: against exact weights, against counts cell by cell."""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..compiled import compiled
from ..contract import Request
from ..devices.worn import Worn
from ..devices.writing import write_row
from ..generators import generator
from ..pulsed import build, hidden_of
from ..random import Key
from ..sections import DeviceSection
from ..slots import shared
from ..storage import padded, zeros
from ..updaters.bits import bits_of
from ..updaters.trains import Trains, meet_columns, prepare, write_pairs
from ..workspace import workspace
from .peers import Peer, Unavailable, client
from .timing import Ratio, interleaved, missing, thread_seconds

BENCH = 4004  # random stream
SLOTS, STEP = 31, 0.001
REQUESTS = (10.0, 1.0, 0.01)  # largest, in steps: about 70 %, 20 % and 0.3 % of all cells are pulsed
NOISES = ("additive", "multiplicative")  # pulses of the first add up to one exactly, those of the second but for their skewness
F = np.float32
# what aihwkit's SoftBoundsDevice has unless told otherwise (Rasch et al. 2021, arXiv:2104.02184)
SOFT_BOUNDS = {
    "update_model": "soft_bounds", "dw_min": STEP, "dw_min_dtod": 0.3, "dw_min_std": 0.3, "up_down": 0.0,
    "up_down_dtod": 0.01, "w_max": 0.6, "w_max_dtod": 0.3, "w_min": -0.6, "w_min_dtod": 0.3, "max_pulses": SLOTS}


def device_of(n: int, noise: str) -> tuple[Any, np.ndarray]:
    """Soft-bounds devices of an n x n array with all spreads on, their pulses counted, and their conductance, 0."""
    section = DeviceSection.model_validate({**SOFT_BOUNDS, "noise": noise})

    def cells(matrix: np.ndarray) -> np.ndarray:
        laid = zeros((n, padded(n)), F)
        laid[:, :n] = matrix.T
        return laid

    hidden, g = hidden_of(section, (n, n), 1, 1), zeros((n, padded(n)), F)
    up, down = (np.zeros(g.shape, np.int32) for _ in range(2))
    return Worn(build(section, hidden, 1.0, cells, 1, 1, F), up, down, np.zeros(2, np.int64)), g


def request_of(n: int, steps: float, step: float) -> Request:
    """An outer product of even numbers, the largest `steps` steps."""
    rng, (pre, post) = generator(1, BENCH), (zeros((1, padded(n)), F) for _ in range(2))
    for factor in (pre, post):
        x = rng.uniform(-1, 1, n)
        factor[0, :n] = np.sqrt(steps * step) * x / np.abs(x).max()
    return Request(pre, post, zeros(1, F), np.zeros(1, np.int64))


def scheme_of(request: Request) -> Trains:
    """Trains of 31 slots, neither managed."""
    real: Any = F
    return Trains(
        0, 0, real(0), np.zeros_like(request.pre), np.zeros_like(request.post), bits_of(request.pre, SLOTS), bits_of(request.post, SLOTS),
        np.zeros(1, np.int64))


@shared
def turn_round(request):
    """The opposite request, so that weights stay where they are."""
    for i in range(request.post.shape[1]):
        request.post[0, i] = -request.post[0, i]


@shared
def draw(scheme, device, request, key):
    """`prepare`, as a helper of `by_trains`."""
    prepare(scheme, device, request, 1, key)


@shared
def pulse(scheme, device, g, r, request, scratch, key):
    """`write_pairs`, as a helper of `by_trains`."""
    write_pairs(scheme, device, g, r, request, 1, scratch, key)


@shared
def meet(scheme, r, request, count):
    """`meet_columns`, as a helper of `share`."""
    return meet_columns(scheme, 0, r, request, count)


@shared
def write(device, g, r, scratch, key):
    """`write_row`, as a helper of `by_counts`."""
    write_row(device, g, r, scratch.drive, 0, scratch, key)


def by_trains(scheme, device, g, request, scratch, times):
    """Updates as trains."""
    for now in range(times):
        turn_round(request)
        key = Key(1, 16, now)
        draw(scheme, device, request, key)
        for r in range(g.shape[0]):
            pulse(scheme, device, g, r, request, scratch, key)


def by_counts(device, g, request, scratch, times):
    """Updates whose cells are each rounded for itself."""
    for now in range(times):
        turn_round(request)
        for r in range(g.shape[0]):
            for i in range(g.shape[1]):
                scratch.drive[0, i] = request.pre[0, r] * request.post[0, i]
            write(device, g, r, scratch, Key(1, 16, now))


def exactly(g, request, times):
    """Updates of exact weights."""
    for _ in range(times):
        turn_round(request)
        for r in range(g.shape[0]):
            for i in range(g.shape[1]):
                g[r, i] += request.pre[0, r] * request.post[0, i]


def share(scheme, device, g, request, scratch, times):
    """Cells that get pulses in `times` updates."""
    pulsed = 0
    for now in range(times):
        draw(scheme, device, request, Key(1, 16, now))
        for r in range(g.shape[0]):
            pulsed += meet(scheme, r, request, scratch.uniform)
    return pulsed


def per_update(call: Callable[[], object], updates: int) -> float:
    """CPU seconds of one of the `updates` that `call` makes."""
    return thread_seconds(call) / updates


def aihwkit(n: int, steps: float) -> Peer:
    """The same trains into aihwkit's soft-bounds devices."""
    return client("aihwkit", "run_aihwkit.py", n, steps * STEP, SLOTS)


def pulsed_updates(
    repeats: int, n: int = 500, requests: tuple[float, ...] = REQUESTS, noises: tuple[str, ...] = NOISES, times: int = 10,
    other_program: Callable[[int, float], Peer] = aihwkit
) -> list[Ratio]:
    """Updates of n x n soft-bounds devices by trains of 31 slots; the note of a line says the share of cells pulsed and the time of one.

    The peers are the same update of exact weights (whose ratio is the inverse of what devices cost), counts drawn cell by cell, and
    `other_program` for a largest request of so many steps, which is aihwkit if it is installed.
    """
    trains, counts, exact, shares = (compiled(function) for function in (by_trains, by_counts, exactly, share))
    lines = []
    for noise, steps in ((noise, steps) for noise in noises for steps in requests):
        device, g = device_of(n, noise)
        request, scratch, weights = request_of(n, steps, STEP), workspace(0, padded(n), F), zeros((n, padded(n)), F)
        scheme, other = scheme_of(request), device_of(n, noise)
        pulsed = shares(scheme, device, g, request, scratch, times) / (times * n * n)
        measures: dict[str, Callable[[], float]] = {
            "trains": partial(per_update, partial(trains, scheme, device, g, request, scratch, times), times),
            "exact weights": partial(per_update, partial(exact, weights, request, times), times),
            "counts cell by cell": partial(per_update, partial(counts, *other, request, scratch, times), times)}
        what = f"trains, {n} x {n}, {100 * pulsed:.2g} %, {noise}"
        try:
            program = other_program(n, steps)
        except Unavailable as problem:
            lines.append(missing("pulses", what, "aihwkit", problem))
            found = interleaved(measures, repeats)
        else:
            measures["aihwkit"] = program.seconds
            found = interleaved(measures, repeats)
            program.close()
        cell, whole = 1e9 / n**2, 1e3 * found["trains"]
        for peer in list(measures)[1:]:
            lines.append(Ratio(
                "pulses", what, peer, "ns per cell", cell * found["trains"], cell * found[peer], None,
                f"{100 * pulsed:.3g} % of the cells pulsed, {whole} ms"))
    return lines
