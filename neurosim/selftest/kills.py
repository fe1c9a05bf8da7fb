"""Promise: a comparison whose workers are killed, or that is killed itself and gone on with, comes to the same table."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..compare import store, study
from ..generators import generator
from ..toml import toml_text
from ..writing import write_text
from .promise import Outcome, Size
from .small_grid import FILE, plain, tables

STREAM = 7104  # of the generator
NAMES = (store.RESULTS, store.SUMMARY, store.PLAN)
LOOK_S = 0.02
LONGEST_S = 600.0


class Sample(NamedTuple):
    """How many workers are killed, how often the whole command is, and of how many processes that has."""

    workers: int
    commands: int
    processes: int


SAMPLES = {"short": Sample(2, 1, 1), "full": Sample(20, 20, 2)}


def grid(size: Size) -> dict[str, Any]:
    """The comparison: small; or of so many runs that each kill meets some."""
    found = tables()
    if size == "full":
        found["train"] |= {"seeds": list(range(1, 11)), "epochs": 30}
        found["compare"]["chip.profile"] = ["ideal", "fixed8", "pcm"]
    return found


def check(size: Size, seed: int, folder: Path) -> Outcome:
    """Compare undisturbed, with workers killed, and with the command killed; see `Promise`."""
    sample, wanted, draws = SAMPLES[size], grid(size), generator(seed, STREAM)
    with plain():
        study.compare(wanted, FILE, folder / "whole")
        failures, killed = [], without_workers(wanted, folder / "workers", sample.workers, draws)
        if killed < sample.workers:
            failures.append(f"only {killed} of {sample.workers} workers could be killed before the comparison was over")
        failures += [f"{killed} workers killed: {text}" for text in differences(folder / "workers", folder / "whole")]
        ends = without_commands(wanted, folder / "commands", sample, draws)
        failures += ends or [f"{sample.commands} commands killed: {text}" for text in differences(folder / "commands", folder / "whole")]
    done = killed + sample.commands
    figure = f"{killed} workers and {sample.commands} commands killed, {'the same table' if not failures else 'another table or none'}"
    return Outcome(done, tuple(failures), figure)


def differences(found: Path, whole: Path) -> list[str]:
    """Which files of two comparisons are not the same bytes, and what is left half done."""
    other = [f"{name} is another" for name in NAMES
             if not (found / name).is_file() or (found / name).read_bytes() != (whole / name).read_bytes()]
    left = [entry.name for entry in (found / store.RUNS).iterdir() if entry.name.startswith(".")]
    return other + [f"{name} is left in {store.RUNS}" for name in left]


def without_workers(wanted: Mapping[str, Any], folder: Path, kills: int, draws: np.random.Generator) -> int:
    """Compare with two workers, of which one is killed again and again when some more runs are done; how many were."""
    killed: list[int] = []
    over = threading.Event()
    marks = np.cumsum(draws.integers(1, 4, size=kills))

    def kill() -> None:
        while len(killed) < kills and not over.wait(LOOK_S):
            if len(store.finished(folder)) >= marks[len(killed)]:
                there = [process for process in workers_of(os.getpid()) if process not in killed]
                if there:
                    killed.append(there[int(draws.integers(len(there)))])
                    os.kill(killed[-1], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        study.compare(wanted, FILE, folder, workers=2)
    finally:
        over.set()
        killer.join()
    return len(killed)


def without_commands(wanted: Mapping[str, Any], folder: Path, sample: Sample, draws: np.random.Generator) -> list[str]:
    """Kill the command soon after every run that it finishes, go on with it each time, and let it end; what was wrong."""
    file = folder.parent / FILE  # its name is the title of the comparison
    write_text(file, toml_text(wanted))
    counts: list[int] = []
    for number in range(sample.commands):
        process = started(["compare", str(file), "--out", str(folder)] if number == 0 else ["resume", str(folder)], sample.processes)
        before, deadline = len(store.finished(folder)), time.monotonic() + LONGEST_S
        while len(store.finished(folder)) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(LOOK_S)
        time.sleep(0.2 * float(draws.random()))
        process.kill()
        if process.wait() == 0:
            return [f"the comparison was over before it was killed {number + 1} times"]
        counts.append(len(store.finished(folder)))
    if counts != sorted(counts):
        return [f"finished runs were lost: {counts}"]
    return [] if started(["resume", str(folder)], sample.processes).wait() == 0 else ["it could not be gone on with"]


def started(arguments: list[str], processes: int) -> subprocess.Popen[bytes]:
    """A command."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, "-m", "neurosim", *arguments, "--workers", str(processes)], env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def workers_of(process: int) -> list[int]:
    """Its children that are workers of a comparison."""
    import psutil  # which Dask needs

    found = []
    for child in psutil.Process(process).children():
        try:
            if child.status() != psutil.STATUS_ZOMBIE and any("dask_worker" in word for word in child.cmdline()):
                found.append(child.pid)
        except psutil.Error:  # it is over by now
            continue
    return found
