"""Exact resume: runs are killed at random moments, again and again, and gone on with; they leave the bytes of runs that were not."""
from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ..generators import generator
from .promise import Outcome, Size
from .stopped_runs import COMMAND, INTERVAL_S, KINDS, difference, ends_before, start, until, write

KILLS = {"short": 1, "full": 100}
SECONDS = {"short": 1.5, "full": 6.0}  # of a run that is not killed, roughly
STATES = "seed-*/state.json"  # what a run keeps of the seeds that it trains
MOST_RUNS = 20  # for each kill: some end by themselves
MOST_S = 600.0
SLACK_S = 1.5  # a piece of half a second, and the writing
STREAM = 7101


def check(size: Size, seed: int, folder: Path, command: Sequence[str] = COMMAND) -> Outcome:
    """Kill and go on until there are enough kills; see `promise.Check`."""
    rng, failures, kills, lost, resumed, runs = generator(seed, STREAM), [], 0, [0.0], 0, 0
    kinds = list(KINDS)[-1:] if size == "short" else list(KINDS)
    for k, name in enumerate(kinds):
        file, whole, killed = (folder / f"{k}{end}" for end in (".toml", "-whole", "-killed"))
        steps, began = write(KINDS[name], file, SECONDS[size]), time.monotonic()
        process = start(["run", str(file), "--out", str(whole)], command)
        told = process.communicate(timeout=MOST_S)[1]
        if process.returncode:
            failures.append(f"{name}: the run that was left alone ended with {process.returncode}: {told[-200:]}")
            continue
        took, enough = time.monotonic() - began, kills + -(-(KILLS[size] - kills) // (len(kinds) - k))
        while kills < enough or killed.exists():
            resumed, runs, started = resumed + killed.exists(), runs + 1, time.time()
            if runs > MOST_RUNS * KILLS[size]:
                failures.append(f"{name}: {kills} of {KILLS[size]} kills came before the end of a run, in {runs - 1} runs")
                break
            process = start(["resume", str(killed)] if killed.exists() else ["run", str(file), "--out", str(killed)], command)
            moment = float(rng.uniform(0.1, 1.0))
            if size == "short":  # of so few every one has to leave something to go on with
                until(partial(_has_kept, killed), process)
                is_killed = kills < enough and not ends_before(process, moment * INTERVAL_S)
            else:
                is_killed = kills < enough and not ends_before(process, moment * took)
            if is_killed:
                kills += 1
                process.kill()
                now = time.time()
                process.communicate()
                lost += _lost(killed, now, started, steps)
                if killed.exists() and not (killed / "standing" / "run.json").exists():
                    shutil.rmtree(killed)  # it had not begun
                continue
            told = process.communicate(timeout=MOST_S)[1]
            found = told[-300:] if process.returncode else difference(whole, killed)
            if found:
                failures.append(f"{name}: after {kills} kills, what differs from a run that was left alone: {found}")
            shutil.rmtree(killed, ignore_errors=True)
    if max(lost) > INTERVAL_S + SLACK_S:
        failures.append(f"{max(lost):.2f} s of training were lost, with states kept every {INTERVAL_S} s")
    figure = f"{kills} kills, gone on {resumed} times, {len(failures)} differences; at most {max(lost):.2f} s of training lost"
    return Outcome(kills, tuple(failures), f"{figure} with states kept every {INTERVAL_S} s")


def _has_kept(folder: Path) -> bool:
    """Whether there is something to go on with."""
    return any((folder / "standing").glob(STATES))


def _lost(folder: Path, now: float, started: float, steps: int) -> list[float]:
    """Seconds between the last state and the kill, if a seed was being trained in that process and not over yet."""
    states = sorted((folder / "standing").glob(STATES), key=lambda path: path.stat().st_mtime)
    if not states or states[-1].stat().st_mtime < started:
        return []
    is_over = json.loads(states[-1].read_text(encoding="utf-8"))["done"] >= steps
    return [] if is_over else [max(now - states[-1].stat().st_mtime, 0.0)]
