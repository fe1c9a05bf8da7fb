"""CUBA and Brunel's network here and in Brian2: CPU time per biological second, and whether it is the same network."""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .networks import SIZES, STEP_S, brunel, cuba, described
from .peers import Brian2, Unavailable
from .timing import Ratio

MAKERS: dict[str, Callable[..., Any]] = {"cuba": cuba, "brunel": brunel}
WANTED = {("cuba", "cython"): 20.0, ("cuba", "standalone"): 3.0, ("brunel", "standalone"): 4.0}
START = "start of standalone"
WHAT = ("rate_Hz", "cv", "correlation")


class Agreement(NamedTuple):
    """One quantity of the same network in two programs, over independent realisations."""

    benchmark: str
    quantity: str
    ours: tuple[float, float]  # mean and standard deviation
    peer: tuple[float, float]
    runs: int

    @property
    def is_within(self) -> bool:
        """Whether our mean is within two standard deviations of the peer's single runs."""
        return abs(self.ours[0] - self.peer[0]) <= 2 * self.peer[1]


def compare(
    model: str, repeats: int, n: int | None = None, duration_s: float = 1.0, modes: tuple[str, ...] = ("standalone", "cython"),
) -> tuple[list[Ratio], list[Agreement]]:
    """Run the network here and in Brian2 in turn.

    Of the standalone program, which builds its network at every start, a run of one step is subtracted.

    Every run here, and every one of Brian2's standalone program, is a network of its own; all record their spikes.

    Returns
    -------
    (speed, statistics); a peer that does not run here has a `Ratio` with a note in place of a time.
    """
    n = n or SIZES[model]
    steps, peers, lines = int(round(duration_s / STEP_S)), {}, []
    for mode in (START, *modes) if "standalone" in modes else modes:
        try:
            peers[mode] = Brian2(model, "standalone", n, STEP_S) if mode == START else Brian2(model, mode, n, duration_s)
        except Unavailable as problem:
            if mode != START:
                lines.append(
                    Ratio(model, "neurosim", f"Brian2 {mode}", "s", float("nan"), float("nan"), None, f"unavailable: {problem}"))
    seconds: dict[str, list[float]] = {name: [] for name in ("neurosim", *peers)}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in seconds}
    try:
        MAKERS[model](n).run(10)  # compiles
        for turn in range(repeats):
            network = MAKERS[model](n, turn + 1)
            start = time.thread_time()
            spikes = network.run(steps)
            seconds["neurosim"].append(time.thread_time() - start)
            found["neurosim"].append(described(spikes))
            for mode, peer in peers.items():
                answer = peer.run()
                seconds[mode].append(answer["seconds"])
                if mode != START:
                    found[mode].append(answer)
    finally:
        for peer in peers.values():
            peer.close()
    median = {name: float(np.median(values)) / duration_s for name, values in seconds.items()}
    if START in peers:
        median["standalone"] -= median[START]
    lines += [
        Ratio(model, "neurosim", f"Brian2 {mode}", "CPU s per s", median["neurosim"], median[mode], WANTED.get((model, mode)))
        for mode in modes if mode in peers]
    agreement = []
    if peers:
        mode = "standalone" if "standalone" in peers else next(iter(peers))
        for quantity in WHAT:
            both = [np.array([run[quantity] for run in found[name]]) for name in ("neurosim", mode)]
            spread = [(float(values.mean()), float(values.std(ddof=1)) if repeats > 1 else float("nan")) for values in both]
            agreement.append(Agreement(model, quantity, spread[0], spread[1], repeats))
    return lines, agreement
