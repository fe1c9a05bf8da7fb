"""SIGINT and SIGTERM at random moments: exit code 130 within two seconds, and a run goes on to the bytes of one that was left alone."""
from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from pathlib import Path

from ..generators import generator
from .promise import Outcome, Size
from .stopped_runs import COMMAND, KINDS, Process, difference, ends_before, is_listening, start, until, write

CASES = {"short": 2, "full": 30}  # of runs; a third as many of other commands
SECONDS = {"short": 3.0, "full": 4.0}
WITHIN_S = 2.0
MOST_S = 600.0
STREAM = 7102
GRID = '\n[compare]\n"rule.learning_rate" = [0.01, 0.02, 0.03]\n'


def check(size: Size, seed: int, folder: Path, command: Sequence[str] = COMMAND) -> Outcome:
    """Send one or the other signal to runs, comparisons and the watching page; see `promise.Check`."""
    rng, failures, took, checked = generator(seed, STREAM), [], [0.0], 0
    kinds = list(KINDS)[-1:] if size == "short" else list(KINDS)[-3:]
    files = [folder / f"{k}.toml" for k in range(len(kinds))]
    for k, (name, file) in enumerate(zip(kinds, files, strict=True)):
        write(KINDS[name], file, SECONDS[size], 1e6)  # what is kept is kept by the signal
        began = time.monotonic()
        process = start(["run", str(file), "--out", str(folder / f"{k}-whole")], command)
        told = process.communicate(timeout=MOST_S)[1]
        length = time.monotonic() - began
        if process.returncode:
            failures.append(f"{name}: the run that was left alone ended with {process.returncode}: {told[-200:]}")
            continue
        for case in range(CASES[size] // len(kinds)):
            out, how = folder / f"{k}-{case}", (signal.SIGINT, signal.SIGTERM)[case % 2]
            process = start(["run", str(file), "--out", str(out)], command)
            found = _stopped(process, how, float(rng.uniform(0.0, 1.0)) * length, took)
            if found == "over":
                continue
            checked += 1
            if found:
                failures.append(f"{name}, {how.name}: {found}")
            elif (out / "standing").exists():
                process = start(["resume", str(out)], command)
                told = process.communicate(timeout=MOST_S)[1]
                found = told[-300:] if process.returncode else difference(folder / f"{k}-whole", out)
                failures += [f"{name}, {how.name}: what differs after going on: {found}"] if found else []
    for case in range(CASES[size] // 3 if size == "full" else 0):
        how, what = (signal.SIGINT, signal.SIGTERM)[case % 2], case // 2 % 3
        grid = folder / f"grid-{case}.toml"
        grid.write_text(files[0].read_text(encoding="utf-8") + GRID, encoding="utf-8")
        arguments = (["watch", str(folder / "0-whole"), "--port", "0"] if what == 2 else
                     ["compare", str(grid), "--workers", str(1 + what), "--out", str(folder / f"grid-{case}")])
        found = _stopped(start(arguments, command), how, float(rng.uniform(0.5, 6.0)), took)
        checked += 1
        failures += [f"neurosim {' '.join(arguments[:1] + arguments[-4:-2])}, {how.name}: {found}"] if found not in ("", "over") else []
    return Outcome(checked, tuple(failures), f"{checked} signals, {len(failures)} failures, the slowest end after {max(took):.2f} s")


def _stopped(process: Process, how: signal.Signals, after_s: float, took: list[float]) -> str:
    """Send a signal so many seconds after the command listens; what is wrong with its end, "over" if it came by itself."""
    if not until(lambda: is_listening(process), process):
        return f"it never listened, and ended with {process.returncode}"
    if ends_before(process, after_s):
        return "over" if process.returncode in (0, 1) else f"it ended with {process.returncode}"
    began = time.monotonic()
    process.send_signal(how)
    told = process.communicate(timeout=MOST_S)[1]
    if process.returncode == 0:
        return "over"
    took.append(time.monotonic() - began)
    if process.returncode != 130 or "Traceback" in told:
        return f"exit code {process.returncode}: {told[-300:]}"
    return f"it took {took[-1]:.2f} s to end" if took[-1] > WITHIN_S else ""
