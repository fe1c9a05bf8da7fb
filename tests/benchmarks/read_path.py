"""A read with converters and noise against the bare product: CPU time per read, one thread, interleaved, medians.

Usage: python tests/benchmarks/read_path.py [--size 256] [--lanes 8] [--repeats 15] [--json]
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

from neurosim.circuits.read_path import ReadPath  # noqa: E402
from neurosim.compiled import compiled  # noqa: E402
from neurosim.mvm import bundle, circuit_for  # noqa: E402
from neurosim.storage import padded, zeros  # noqa: E402
from neurosim.verbs import pass_on  # noqa: E402

F = np.float32
CONVERTERS = {"dac_range": 1.0, "dac_top": 63.0, "adc_range": 20.0, "adc_top": 255.0}
MANAGED = {**CONVERTERS, "noise_management": "abs_max", "bound_management": "iterative", "bm_max_factor": 1000.0}
PATHS = {
    "bare product": ReadPath(),
    "DAC, output noise, ADC": ReadPath(**CONVERTERS, out_noise=0.1),
    "and managed": ReadPath(**MANAGED, out_noise=0.1),
    "DAC, device and output noise, ADC": ReadPath(**CONVERTERS, w_noise=0.02, read_noise_rel=0.01, out_noise=0.1),
}


def reader(path, size, lanes, reads):
    """A closure that reads the same matrix several times."""
    rng = np.random.Generator(np.random.Philox(key=np.array([1, 1], np.uint64)))
    weights = (0.3 * rng.uniform(-1, 1, (size, size))).astype(F)
    z, current = zeros((lanes, padded(size)), F), zeros((lanes, padded(size)), F)
    z[:, :size] = rng.uniform(-1, 1, (lanes, size))
    p, run = bundle(circuit_for(path, weights, lanes), weights, lanes, F), compiled(pass_on)

    def read():
        for now in range(reads):
            run(p, 0, z, current, lanes, 1, 0, now)
    return read


def interleaved(functions, reads, repeats):
    """Microseconds per read of every function: (median, smallest, largest)."""
    for function in functions:
        function()
    seconds = [[] for _ in functions]
    for _ in range(repeats):
        for function, kept in zip(functions, seconds, strict=True):
            start = time.thread_time()
            function()
            kept.append((time.thread_time() - start) / reads * 1e6)
    return [(float(np.median(s)), min(s), max(s)) for s in seconds]


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--lanes", type=int, default=8)
    parser.add_argument("--reads", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    readers = [reader(path, options.size, options.lanes, options.reads) for path in PATHS.values()]
    found = interleaved(readers, options.reads, options.repeats)
    if options.json:
        print(json.dumps({"size": options.size, "lanes": options.lanes, "us": dict(zip(PATHS, found, strict=True))}))
    else:
        print(f"one read of {options.size} x {options.size}, {options.lanes} lanes, float32, one thread, CPU time, median (min - max)")
        for name, (median, low, high) in zip(PATHS, found, strict=True):
            print(f"  {name:34s} {median:8.2f} us  ({low:.2f} - {high:.2f})  {median / found[0][0]:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
