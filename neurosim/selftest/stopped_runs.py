"""Small runs with everything on that could be lost, as processes that are stopped, and the bytes that they leave."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

Process = subprocess.Popen[str]
COMMAND = (sys.executable, "-m", "neurosim")
INTERVAL_S = 0.5
EPOCHS = 2

TEXT = """
[task]
name = "mackey-glass"
steps = {steps}
test_steps = 16
[network]
hidden = {hidden}
{network}
[chip]
profile = "{profile}"
[rule]
name = "{rule}"
learning_rate = {rate}
[train]
epochs = {epochs}
batch = 1
seeds = [1, 2]
yardsticks = false
checkpoint_s = {interval}
{train}
"""


class Kind(NamedTuple):
    """An experiment: what is in it, and how many steps of it take about a second, compiled and as plain Python."""

    steps: int
    plain: int
    profile: str
    network: str = ""
    train: str = ""
    rule: str = "anp"
    rate: float = 0.1


KINDS = {
    "online, noisy devices, read noise, delays": Kind(100_000, 30, "reram-sb", "delay_steps = [0, 3]"),
    "spikes, adaptive thresholds, exponential synapses, delays": Kind(
        100_000, 100, "ideal", 'neuron = "spiking"\ninput_scale = 6.0\ndelay_steps = [0, 2]\n[network.membrane]\nmodel = "lif"\n'
        "synapse_s = 5e-3\nthreshold = 0.2\nadaptation_s = 0.05\njump = 0.1", 'update = "sequence"\nwindow = 4', "e_prop"),
    "Adam, drift, write noise": Kind(
        100_000, 30, "pcm", "", 'update = "sequence"\nwindow = 4\n[train.optimizer]\nhidden = "adam"\nreadout = "momentum"'),
    "Tiki-Taka, noisy devices": Kind(
        100_000, 30, "reram-es", "", 'update = "sequence"\nwindow = 4\n[train.updater]\nkind = "tiki_taka_v2"'),
    "eligibility traces, stochastic rounding": Kind(100_000, 100, "fixed8", "", 'update = "sequence"\nwindow = 20', "trace"),
}


def is_plain() -> bool:
    """Whether the loop runs as plain Python."""
    return os.environ.get("NEUROSIM_PYTHON") == "1"


def write(kind: Kind, path: Path, seconds: float, interval_s: float = INTERVAL_S) -> int:
    """Write the experiment file of a run of about so many seconds; the steps of one training in it."""
    steps = max(int((kind.plain if is_plain() else kind.steps) * seconds / 4) // 20, 1) * 20  # two seeds, two epochs
    path.write_text(TEXT.format(
        hidden=3 if is_plain() else 16, epochs=EPOCHS, interval=interval_s, **{**kind._asdict(), "steps": steps}), encoding="utf-8")
    return EPOCHS * steps


def start(arguments: Sequence[str], command: Sequence[str] = COMMAND) -> Process:
    """The command as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [*command, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)


def is_listening(process: Process) -> bool:
    """Whether it has put handlers in place for both signals; Linux."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False
    caught = int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)
    return all(caught >> number - 1 & 1 for number in (signal.SIGINT, signal.SIGTERM))


def until(is_so: Callable[[], bool], process: Process, seconds: float = 600.0) -> bool:
    """Wait until `is_so()`, or the process ends; whether it is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def ends_before(process: Process, seconds: float) -> bool:
    """Whether a process ends by itself within so many seconds."""
    deadline = time.monotonic() + seconds
    return not until(lambda: time.monotonic() > deadline, process)


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of every file of a run that is over; of its record what is neither time nor provenance."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    record = json.loads(found["run.json"])
    record.pop("provenance")
    return {**found, "run.json": json.dumps(record).encode()}


def difference(one: Path, other: Path) -> str:
    """Which files differ between two runs; empty if none does."""
    try:
        mine, theirs = contents(one), contents(other)
    except (OSError, KeyError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ", ".join(sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)))
