"""Promise: whatever happens while a file is written, the old version or the new one is there, and the next write succeeds."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..generators import generator
from . import faults
from .all_writers import NEW, OLD, WRITERS, Writer
from .promise import Outcome, Size
from .snapshots import Snapshot, difference, restore, snapshot

STREAM = 7101  # of the generator
CASES = {"short": 3, "full": 210}  # of each writer: disk full, killed inside a write, dead between two steps, in turn
CONFINED = {"short": 2, "full": 40}  # of each writer: a small disk that is full, and every fourth one that is read-only
CONFINED_S = {"short": 120, "full": 1800}
Fault = Callable[[], None]


class Bench(NamedTuple):
    """A writer, its folder, and what that holds before and after a write."""

    writer: Writer
    folder: Path
    old: Snapshot
    new: Snapshot
    steps: int

    @property
    def largest(self) -> int:
        """Bytes of the largest file that is written."""
        return max(len(content) for name, content in self.new.items() if self.old.get(name) != content)


def check(size: Size, seed: int, folder: Path, writers: Sequence[Writer] = WRITERS) -> Outcome:
    """Try every writer; see `Promise`."""
    wanted = [writer for writer in writers if writer.is_light or size == "full"]
    failures: list[str] = []
    done = 0
    for number, writer in enumerate(wanted):
        place = folder / str(number)
        place.mkdir()
        bench = bench_of(writer, place / "here")
        failures += tried(bench, CASES[size], generator(seed, STREAM, number))
        done += CASES[size]
        if os.geteuid() != 0:  # whom permissions do not stop
            failures += read_only(bench)
            done += 1
    names = [writer.name for writer in wanted]
    apart, more, skipped = confined(folder / "disk", size, seed, names if writers is WRITERS else [])
    lost = len(failures) + len(more)
    return Outcome(
        done + apart, (*failures, *more), f"{done + apart - lost} of {done + apart} writes left the old or the new version", tuple(skipped))


def bench_of(writer: Writer, folder: Path) -> Bench:
    """Make both versions once."""
    folder.mkdir()
    writer.prepare(folder)
    if writer.replaces:
        writer.write(folder, OLD)
    old, _ = snapshot(folder)
    steps = faults.steps_of(lambda: writer.write(folder, NEW), folder)
    new, _ = snapshot(folder)
    return Bench(writer, folder, old, new, steps)


def tried(bench: Bench, cases: int, draws: np.random.Generator) -> list[str]:
    """What was wrong in so many cases."""
    failures = []
    for case in range(cases):
        size, step = int(draws.integers(bench.largest + 1)), 1 + int(draws.integers(bench.steps))
        kinds: tuple[tuple[str, Fault], ...] = (
            (f"a disk that is full at {size} bytes", faults.full_at(size)), (f"killed at byte {size}", faults.killed_at(size)),
            (f"dead at step {step} of {bench.steps}", faults.dies_at(step, bench.folder)))
        what, fault = kinds[case % len(kinds)]
        problem = judged(bench, fault)
        failures += [f"{bench.writer.name}, {what}: {problem}"] if problem else []
    return failures


def read_only(bench: Bench) -> list[str]:
    """One write into a folder without the permission to write."""
    problem = judged(bench, faults.nothing, lambda: bench.folder.chmod(0o555), lambda: bench.folder.chmod(0o755))
    return [f"{bench.writer.name}, a read-only folder: {problem}"] if problem else []


def judged(bench: Bench, fault: Fault, before: Fault = faults.nothing, after: Fault = faults.nothing) -> str:
    """Write with a fault, and then without; "" or what was wrong.

    Parameters
    ----------
    before, after : make the folder itself hostile, and harmless again
    """
    writer, folder = bench.writer, bench.folder
    restore(folder, bench.old)
    before()
    try:
        end = faults.attempt(lambda: writer.write(folder, NEW), fault)
    finally:
        after()
    found, left = snapshot(folder)
    problem = differs(bench, found, bench.old)
    if end.how == faults.BROKE or (end.how == faults.SAID and ("\n" in end.text or "cannot be" not in end.text)):
        return f"ended with {end.text!r}"
    if end.how != faults.DIED and left:
        return f"left {left[0]}"
    if not problem and end.how == faults.DONE:
        problem = differs(bench, found, bench.new)
    return problem or loaded(bench, found) or again(bench, found)


def differs(bench: Bench, found: Snapshot, old: Snapshot) -> str:
    """What is there and neither of an old version nor of the new one."""
    writer = bench.writer
    return difference(writer.seen(found), writer.seen(old), writer.seen(bench.new), writer.whole, writer.changing)


def loaded(bench: Bench, found: Snapshot) -> str:
    """Whether what is there can be read."""
    if found:
        try:
            bench.writer.load(bench.folder)
        except Exception as error:  # of whatever kind, it is the finding
            return f"what is there cannot be read ({error})"
    return ""


def again(bench: Bench, found: Snapshot) -> str:
    """Whether the next write succeeds and clears away what is left."""
    writer, folder = bench.writer, bench.folder
    if not writer.replaces and not differs(bench, found, bench.new):
        return ""  # it was written, and is refused now
    end = faults.attempt(lambda: writer.write(folder, NEW))
    found, left = snapshot(folder)
    if end.how != faults.DONE:
        return f"the next write ended with {end.text!r}"
    if left:
        return f"the next write left {left[0]}"
    problem = differs(bench, found, bench.new)
    return f"after the next write {problem}" if problem else ""


def confined(disk: Path, size: Size, seed: int, names: Sequence[str]) -> tuple[int, list[str], list[str]]:
    """Cases on a disk of their own (`small_disk`): how many, what was wrong, and what could not be tried."""
    if not names:
        return 0, [], []
    disk.mkdir()
    request = json.dumps({"disk": str(disk), "seed": seed, "cases": CONFINED[size], "names": list(names)})
    command = ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-m", f"{__package__}.small_disk", request]
    why = "a full or read-only disk of its own: "
    try:
        done = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=CONFINED_S[size])
    except OSError as error:
        return 0, [], [f"{why}unshare cannot be started ({error.strerror})"]
    except subprocess.TimeoutExpired:
        return 0, [f"{why}no end within {CONFINED_S[size]} s"], []
    said = (done.stderr.strip().splitlines() or ["no word"])[-1]
    if "unshare" in said or "mount" in said:
        return 0, [], [f"{why}not permitted here ({said})"]
    if done.returncode:
        return 0, [f"{why}{said}"], []
    answer = json.loads(done.stdout)
    return int(answer["cases"]), list(answer["failures"]), []
