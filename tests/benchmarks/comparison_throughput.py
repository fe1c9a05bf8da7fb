"""How well a comparison uses the machine: 2 workers against 1, and the share of CPU time that a sweep of short runs spends in kernels.

Usage: python tests/benchmarks/comparison_throughput.py [--runs 200] [--repeats 3]
Both are Dask workers (one process, one thread each).  Sweeps with one and two workers take turns; medians of runs per second of wall time.
CPU time in kernels is measured in this process, for a sample of the same runs, and compared with all CPU time of a sweep: this process,
its scheduler and its workers, from start to end, imports and the reading of compiled code among them.
"""
from __future__ import annotations

import argparse
import os
import pathlib
import statistics
import tempfile
import time
import tomllib

from neurosim import compiled
from neurosim.compare import crew, study, working
from neurosim.compare.driver import Progress, drive
from neurosim.compare.grid import grid_of
from neurosim.compare.plan import plan_of

TEXT = """
task = { name = "copying", symbols = 4, length = 4, delay = 4, updates_per_epoch = 150 }
network = { hidden = 100 }
chip = { profile = "reram-sb", readout = "digital" }
rule = { name = "sanp_cv" }
train = { epochs = 3, yardsticks = false, optimizer = { hidden = "adam", readout = "adam", readout_rate = 1e-2 } }
compare = { "rule.learning_rate" = { logspace = [1e-4, 1e-2, 10] } }
"""
SAMPLE = 10


def cpu_s() -> float:
    """CPU time of this process and of its children that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def sweep(jobs, workers):
    """Wall and CPU time of all jobs, workers started and ended."""
    import dask
    from distributed import Client, LocalCluster

    with tempfile.TemporaryDirectory() as folder, dask.config.set({"distributed.scheduler.worker-saturation": 1.0}):
        before = cpu_s()
        local = {"threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
        with LocalCluster(n_workers=workers, **local) as cluster, Client(cluster) as client:
            place = pathlib.Path(folder)
            began = time.perf_counter()
            failed = drive(place, jobs, crew.Cluster(client), Progress(place, None, workers))
            wall = time.perf_counter() - began
    if failed:
        raise SystemExit(next(iter(failed.values())))
    return wall, cpu_s() - before


def in_kernels(jobs):
    """CPU time of a run, and what of it is spent in compiled code."""
    spent = [0.0]
    compile_one = compiled._compile

    def timed(plain, digest):
        function = compile_one(plain, digest)

        def call(*arguments):
            began = time.process_time()
            try:
                return function(*arguments)
            finally:
                spent[0] += time.process_time() - began
        return call
    working.perform(jobs[0].text())  # compiled code is read, modules are there
    compiled._compile = timed
    began = time.process_time()
    for job in jobs:
        working.perform(job.text())
    compiled._compile = compile_one
    return (time.process_time() - began) / len(jobs), spent[0] / len(jobs)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    tables = tomllib.loads(TEXT)
    tables["train"]["seeds"] = list(range(1, max(options.runs // 10, 1) + 1))
    grid = grid_of(tables, pathlib.Path("sweep.toml"))
    study.check(grid)
    jobs = list(plan_of(grid).jobs.values())
    each, kernel = in_kernels(jobs[:SAMPLE])
    print(f"a run alone: {each:.3f} s of CPU time, {kernel:.3f} s of it in kernels ({kernel / each:.0%})")
    found = {1: [], 2: []}
    for _ in range(options.repeats):
        for workers in (1, 2):
            wall, cpu = sweep(jobs, workers)
            found[workers].append((len(jobs) / wall, kernel * len(jobs) / cpu))
            print(f"{workers} workers: {len(jobs)} runs in {wall:.1f} s, {cpu:.1f} s of CPU time, {found[workers][-1][1]:.0%} in kernels")
    rate = {workers: statistics.median(one for one, _ in each) for workers, each in found.items()}
    share = statistics.median(one for _, one in found[2])
    print(f"2 workers do {rate[2] / rate[1]:.2f} times as many runs as 1; {share:.0%} of all CPU time in kernels")


if __name__ == "__main__":
    main()
