"""A pulsed write with and without pulse counts: CPU time per write of an array, one thread, interleaved, medians.

Usage: python tests/benchmarks/counters.py [--size 256] [--pulses 3] [--repeats 21] [--json]
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
from neurosim.compiled import compiled  # noqa: E402
from neurosim.devices.pulses import granule  # noqa: E402
from neurosim.devices.writing import write_row  # noqa: E402
from neurosim.placement import place  # noqa: E402
from neurosim.random import Key  # noqa: E402
from neurosim.workspace import workspace  # noqa: E402

F = np.float32
DEVICES = ("reram-sb", "idealized")


def write_all(device, g, scratch, seed, now):
    """Write the same requests to every row of an array."""
    for r in range(g.shape[0]):
        write_row(device, g, r, scratch.drive, 0, scratch, Key(seed, 16, now))


def writer(name, size, pulses, writes, is_counted):
    """A closure that writes requests of up to so many pulses, of either sign, to an array of `size` x `size` devices."""
    rng = np.random.Generator(np.random.Philox(key=np.array([1, 1], np.uint64)))
    array = place("recurrent", 1, 0.3 * rng.uniform(-1, 1, (size, size)), None, profile.load(name), 1, F)
    device = array.device if is_counted else array.device.inner
    width = array.conductance.shape[1]
    scratch = workspace(0, width, F)
    scratch.drive[0, :size] = pulses * granule(device) * rng.uniform(-1, 1, size)
    run, now = compiled(write_all), [0]

    def write():
        for _ in range(writes):
            now[0] += 1
            run(device, array.conductance, scratch, 1, now[0])
    return write


def interleaved(functions, writes, repeats):
    """Microseconds per write of every function: (median, smallest, largest)."""
    for function in functions:
        function()
    seconds = [[] for _ in functions]
    for _ in range(repeats):
        for function, kept in zip(functions, seconds, strict=True):
            start = time.thread_time()
            function()
            kept.append((time.thread_time() - start) / writes * 1e6)
    return [(float(np.median(s)), min(s), max(s)) for s in seconds]


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--pulses", type=float, default=3.0)
    parser.add_argument("--writes", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=21)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {}
    for name in DEVICES:
        bare, counting = (writer(name, options.size, options.pulses, options.writes, is_counted) for is_counted in (False, True))
        found[name] = interleaved([bare, counting], options.writes, options.repeats)
    if options.json:
        print(json.dumps({"size": options.size, "us": found, "ratio": {name: b[0] / a[0] for name, (a, b) in found.items()}}))
    else:
        print(f"one write of {options.size} x {options.size} devices, float32, one thread, CPU time, median (min - max)")
        for name, rows in found.items():
            for what, (median, low, high) in zip(("without counts", "with counts"), rows, strict=True):
                print(f"  {name:10s} {what:15s} {median:9.1f} us  ({low:.1f} - {high:.1f})")
            print(f"  {name:10s} ratio           {rows[1][0] / rows[0][0]:9.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
