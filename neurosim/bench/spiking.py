"""CUBA and Brunel's network here, in Brian2 and in NEST: CPU time per biological second, and whether it is the same network."""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .networks import SIZES, STEP_S, brunel, cuba, described
from .peers import Peer, Unavailable, brian2, client
from .timing import Ratio, Spread, missing

MAKERS: dict[str, Callable[..., Any]] = {"cuba": cuba, "brunel": brunel}
START, NEST = "start of standalone", "NEST"
WANTED = {("cuba", "cython"): 20.0, ("cuba", "standalone"): 3.0, ("brunel", "standalone"): 4.0,
          ("cuba", NEST): 25.0, ("brunel", NEST): 12.0}
MODES = ("standalone", "cython", NEST)
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
    model: str, repeats: int, n: int | None = None, duration_s: float = 1.0, modes: tuple[str, ...] = MODES,
) -> tuple[list[Ratio], list[Agreement]]:
    """Run the network here and in the other programs in turn; the first round is thrown away.

    Of Brian2's standalone program, which builds its network at every start, a run of one step is subtracted.

    Every run here, and every one of the standalone program, is a network of its own; all record their spikes.

    Returns
    -------
    (speed, statistics); a peer that does not run here has a `Ratio` with a note in place of a time.
    """
    n = n or SIZES[model]
    peers, lines = started(model, n, duration_s, modes)
    seconds: dict[str, list[float]] = {name: [] for name in ("neurosim", *peers)}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in seconds}
    try:
        for turn in range(repeats + 1):
            network = MAKERS[model](n, turn + 1)
            start = time.thread_time()
            spikes = network.run(int(round(duration_s / STEP_S)))
            answers = {"neurosim": {"seconds": time.thread_time() - start, **described(spikes)}}
            answers |= {mode: peer.run() for mode, peer in peers.items()}
            if turn > 0:
                for name, answer in answers.items():
                    seconds[name].append(answer["seconds"])
                    found[name].append(answer)
    finally:
        for peer in peers.values():
            peer.close()
    times = {name: np.array(values) / duration_s for name, values in seconds.items()}
    if START in peers:
        times["standalone"] = times["standalone"] - np.median(times[START])
    ours = Spread.of(times["neurosim"])
    notes = {mode: f"{np.mean([run['rate_Hz'] for run in found[mode]]):.3g} Hz" for mode in peers if mode == NEST}
    lines += [
        Ratio(model, "neurosim", called(mode), "CPU s per s", ours, Spread.of(times[mode]), WANTED.get((model, mode)), notes.get(mode, ""))
        for mode in modes if mode in peers]
    brian = [mode for mode in modes if mode in peers and mode != NEST]
    return lines, alike(model, repeats, found["neurosim"], found[brian[0]]) if brian else []


def started(model: str, n: int, duration_s: float, modes: tuple[str, ...]) -> tuple[dict[str, Peer], list[Ratio]]:
    """The peers that run here, by mode, and the lines of those that do not."""
    peers: dict[str, Peer] = {}
    lines = []
    for mode in (START, *modes) if "standalone" in modes else modes:
        try:
            if mode == NEST:
                peers[mode] = client("nest", "run_nest.py", model, n, duration_s)
            else:
                peers[mode] = brian2(model, "standalone", n, STEP_S) if mode == START else brian2(model, mode, n, duration_s)
        except Unavailable as problem:
            if mode != START:
                lines.append(missing(model, "neurosim", called(mode), problem))
    return peers, lines


def called(mode: str) -> str:
    """The name of a peer in the tables."""
    return mode if mode == NEST else f"Brian2 {mode}"


def alike(model: str, repeats: int, ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> list[Agreement]:
    """Every quantity in both programs."""
    lines = []
    for quantity in WHAT:
        both = [np.array([run[quantity] for run in runs]) for runs in (ours, theirs)]
        spread = [(float(values.mean()), float(values.std(ddof=1)) if repeats > 1 else float("nan")) for values in both]
        lines.append(Agreement(model, quantity, spread[0], spread[1], repeats))
    return lines
