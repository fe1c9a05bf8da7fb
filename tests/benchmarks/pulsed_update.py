"""CPU time of one pulsed rank-one update of a 256 x 256 tile, all spreads on, against the same update of exact weights.

Usage: python tests/benchmarks/pulsed_update.py [PROFILE ...]
Trains of up to 31 slots on rows and columns (update and train management, as aihwkit's presets have them), and counts drawn cell by cell;
interleaved, medians of 40, one thread.  aihwkit 1.2.0 needed 2.15 ms (ReRamSB) and 10.1 ms (Idealized) on one core of such a machine.
"""
from __future__ import annotations

import sys
import time

import numpy as np
from numba import njit

from neurosim import profile
from neurosim.contract import Request
from neurosim.devices.pulses import granule
from neurosim.devices.writing import write_row
from neurosim.placement import place
from neurosim.random import Key
from neurosim.storage import zeros
from neurosim.updaters.trains import Trains, prepare, write_pairs
from neurosim.workspace import workspace

N, SLOTS, TIMES = 256, 31, 40
F = np.float32


@njit(error_model="numpy", nogil=True)
def by_trains(scheme, device, g, request, scratch, key):
    """One update as trains."""
    prepare(scheme, device, request, 1, key)
    for r in range(g.shape[0]):
        write_pairs(scheme, device, g, r, request, 1, scratch, key)


@njit(error_model="numpy", nogil=True)
def by_counts(device, g, request, scratch, key):
    """One update, every cell rounded for itself."""
    for r in range(g.shape[0]):
        for i in range(g.shape[1]):
            scratch.drive[0, i] = request.pre[0, r] * request.post[0, i]
        write_row(device, g, r, scratch.drive, 0, scratch, key)


@njit(error_model="numpy", nogil=True)
def exactly(g, request):
    """The same update of exact weights."""
    for r in range(g.shape[0]):
        for i in range(g.shape[1]):
            g[r, i] += request.pre[0, r] * request.post[0, i]


def measure(name: str) -> None:
    """Print the medians of one profile."""
    rng = np.random.default_rng(1)
    array = place("recurrent", 1, 0.06 * rng.standard_normal((N, N)), None, profile.load(name), 1, F)
    device, g, exact = array.device, array.conductance, zeros((N, N), F)
    request = Request(zeros((1, N), F), zeros((1, N), F), zeros(1, F), np.zeros(1, np.int64))
    pre, post = rng.uniform(-1, 1, N), rng.uniform(-1, 1, N)
    request.pre[0] = pre / np.abs(pre).max()
    scratch = workspace(0, N, F)
    bits = (np.zeros((1, N), np.uint64) for _ in range(2))
    scheme = Trains(1, 1, F(0), zeros((1, N), F), zeros((1, N), F), *bits, np.zeros(1, np.int64), zeros(N, F))
    times: dict[str, list[float]] = {"trains": [], "counts": [], "exact": []}
    for now in range(TIMES + 3):
        request.post[0] = (-1) ** now * SLOTS * float(granule(device)) * post / np.abs(post).max()  # the largest request fills a train
        for what, run in (("trains", lambda k: by_trains(scheme, device, g, request, scratch, k)),
                          ("counts", lambda k: by_counts(device, g, request, scratch, k)), ("exact", lambda k: exactly(exact, request))):
            began = time.process_time()
            run(Key(1, 16, now))
            times[what].append(time.process_time() - began)
    trains, counts, plain = (1e3 * float(np.median(each[3:])) for each in times.values())
    print(f"{name:14s} trains {trains:6.2f} ms, counts {counts:6.2f} ms, exact weights {plain:6.3f} ms per 256 x 256 update")


if __name__ == "__main__":
    for profile_name in sys.argv[1:] or ("reram-sb", "idealized", "reram-es", "ecram"):
        measure(profile_name)
