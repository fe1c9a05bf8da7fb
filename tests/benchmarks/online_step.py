"""Online ANP against the same step in NumPy: CPU time per step, one thread, interleaved, medians.

Usage: python tests/benchmarks/online_step.py [--hidden 500] [--steps 400] [--repeats 9] [--json]
"""
from __future__ import annotations

import argparse
import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported

import numpy as np  # noqa: E402

from neurosim import profile  # noqa: E402
from neurosim.chip import compile_chip  # noqa: E402
from neurosim.compiled import compiled  # noqa: E402
from neurosim.network import Network, draw_weights  # noqa: E402
from neurosim.recorders.activity import Forgetful  # noqa: E402
from neurosim.rules import ANP  # noqa: E402
from neurosim.wiring import sizes_of, wire  # noqa: E402

F = np.float32
RATE, SIGMA = 1e-4, 1e-3


def data(steps):
    """One stream of one input and one target."""
    rng = np.random.Generator(np.random.Philox(key=np.array([1, 1], np.uint64)))
    return (0.3 * rng.standard_normal((2, steps, 1, 1))).astype(F)


def ours(hidden, x, y):
    """A closure that runs all steps of the compiled loop."""
    chip = compile_chip(profile.load("ideal"), Network(inputs=1, hidden=hidden, outputs=1), 1)
    wired = wire(chip, ANP(learning_rate=RATE, sigma=SIGMA).build(sizes_of(chip, 1, "step")), 1, "step")
    losses, weight, starts = np.zeros((1, 2), F), np.ones((1, len(x)), F), np.ones(1, np.uint8)
    run = compiled()
    return lambda: run(
        wired.network, wired.schedule, Forgetful(), wired.activity, x[None], y[None], weight, starts, losses, 1, 0, 1)


def in_numpy(hidden, x, y):
    """The same step in NumPy: float32, both passes in one product, rank-one updates in place, its fastest normals."""
    drawn = draw_weights(Network(inputs=1, hidden=hidden, outputs=1), 1)
    w_in, w_rec, w_out = (np.ascontiguousarray(m, F) for m in drawn[:3])
    scale = F(RATE * np.sqrt(hidden + 2))
    rng = np.random.Generator(np.random.Philox(key=np.array([1, 2], np.uint64)))

    def run():
        both = np.zeros((hidden, 2), F)
        for t in range(len(x)):
            before = both[:, 0].copy()
            h = w_rec @ both
            h += w_in * x[t, 0, 0]
            h[:, 1] += F(SIGMA) * rng.standard_normal(hidden, F)
            both = np.tanh(h)
            out = w_out @ both
            out[:, 1] += F(SIGMA) * rng.standard_normal(1, F)
            error = out - y[t, 0, 0]
            change = -scale * (error[0, 1] ** 2 - error[0, 0] ** 2)
            a, b = h[:, 1] - h[:, 0], out[:, 1] - out[:, 0]
            post = (change / (a @ a)) * a
            w_rec[...] += np.outer(post, before)
            w_in[:, 0] += post * x[t, 0, 0]
            w_out[...] += (change / b[0]) * both[:, 0]
    return run


def interleaved(functions, steps, repeats):
    """Microseconds per step of every function: (median, smallest, largest)."""
    for function in functions:
        function()
    seconds = [[] for _ in functions]
    for _ in range(repeats):
        for function, kept in zip(functions, seconds, strict=True):
            start = time.thread_time()
            function()
            kept.append((time.thread_time() - start) / steps * 1e6)
    return [(float(np.median(s)), min(s), max(s)) for s in seconds]


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden", type=int, default=500)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    x, y = data(options.steps)
    ours_us, numpy_us = interleaved(
        [ours(options.hidden, x, y), in_numpy(options.hidden, x, y)], options.steps, options.repeats)
    ratio = numpy_us[0] / ours_us[0]
    if options.json:
        print(json.dumps({"hidden": options.hidden, "ours_us": ours_us, "numpy_us": numpy_us, "ratio": ratio}))
    else:
        print(f"online ANP, N = {options.hidden}, B = 1, float32, one thread, CPU time per step, median (min - max)")
        for name, (median, low, high) in (("neurosim", ours_us), ("NumPy", numpy_us)):
            print(f"  {name:9s} {median:8.2f} us  ({low:.2f} - {high:.2f})")
        print(f"  ratio     {ratio:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
