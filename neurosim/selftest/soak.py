"""Soak: a million steps of online learning take no more memory, and no more time for a step, at the end than near the beginning.

A process of its own learns and looks at itself between blocks of steps: resident memory, processor time of the block, and processor
time of the first steps on another chip, which is put back to what it was each time.  The cost of a step is counted in that of those, so
that a machine that is slower for a while (another frequency, a neighbour on the same core) makes no step look longer.  Compared are
medians over the second and the last tenth of the blocks.

Run as ``python -m neurosim.selftest.soak SIZE SEED`` it prints the samples.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..chip import Chip, compile_chip
from ..compiled import compiled
from ..network import Network
from ..numbers import with_numbers
from ..profile import load
from ..recorders.activity import Forgetful
from ..rules import ANP
from ..tasks.mackey_glass import MackeyGlass
from ..tasks.task import Trials
from ..trainer import train
from ..trials import Arrays, Cut, kernel_seed
from ..wiring import sizes_of, wire
from .promise import Outcome, Size

COMMAND = (sys.executable, "-m", "neurosim.selftest.soak")
HIDDEN, TESTED = 64, 100
RULE = ANP(learning_rate=1e-3, loss="sample")
DRIFT = {"time": {"step_s": 1e-3, "drift_nu": 0.02, "drift_nu_dtod": 0.3, "drift_t0_s": 1.0}}
MOST_GROWTH = 0.01  # of the resident memory
TENTH = 10
WORK = 100  # steps that are learned again and again
LONGEST_S = 3600.0


class Length(NamedTuple):
    """How long is learned, whether devices drift, and the lowest rate at the end that is no slowdown."""

    epochs: int
    steps: int
    drifts: bool  # the short one has the compiled loop of examples/weather.toml
    rate: float   # of the second tenth; blocks of the short one take a few milliseconds


LENGTHS = {"short": Length(10, 5_000, False, 0.8), "full": Length(100, 10_000, True, 0.97)}


class Sample(NamedTuple):
    """After a block: steps so far, processor time of a step in it and of the fixed steps after it, in seconds, resident bytes."""

    step: int
    step_s: float
    work_s: float
    resident: int


def check(size: Size, seed: int, folder: Path, command: Sequence[str] = COMMAND) -> Outcome:
    """Learn in a process of its own, compiled, and judge what it saw; see `promise.Check`."""
    environment = {name: value for name, value in os.environ.items() if name != "NEUROSIM_PYTHON"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    ended = subprocess.run(
        [*command, size, str(seed)], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST_S)
    if ended.returncode:
        return Outcome(0, (f"the process ended with {ended.returncode}: {ended.stderr.strip()[-300:]}",), "not measured")
    return judged([Sample(*row) for row in json.loads(ended.stdout)], LENGTHS[size])


def judged(samples: Sequence[Sample], length: Length) -> Outcome:
    """Whether memory grew, or steps became slower."""
    tenth, wanted = len(samples) // TENTH, length.epochs * length.steps
    if tenth < 5 or samples[-1].step != wanted:
        return Outcome(0, (f"{samples[-1].step if samples else 0} of {wanted} steps were seen, in {len(samples)} blocks",), "not measured")
    early, late = samples[tenth:2 * tenth], samples[-tenth:]
    before, after = (_median(part, lambda sample: sample.resident) for part in (early, late))
    growth, rate = (after - before) / before, _cost(early) / _cost(late)
    failures = []
    if growth > MOST_GROWTH:
        failures.append(f"memory grew by {100 * growth:.2f} %, from {before / 2**20:.1f} to {after / 2**20:.1f} MiB")
    if rate < length.rate:
        failures.append(f"steps were done at {rate:.3f} of the rate of the second tenth at the end; at least {length.rate} is wanted")
    each = _median(late, lambda sample: sample.step_s)
    figure = (f"{wanted} steps: memory {100 * growth:+.2f} % of {before / 2**20:.0f} MiB, rate at the end {rate:.3f} of that in the second "
              f"tenth, {1e6 * each:.1f} us a step")
    return Outcome(wanted, tuple(failures), figure)


def _median(samples: Sequence[Sample], what: Callable[[Sample], float]) -> float:
    return float(np.median([what(sample) for sample in samples]))


def _cost(samples: Sequence[Sample]) -> float:
    """Processor time of a step in that of the fixed steps right after it."""
    return _median(samples, lambda sample: sample.step_s / sample.work_s)


def learn(length: Length, seed: int) -> list[Sample]:
    """Learn Mackey-Glass by ANP on noisy devices, step by step, and look after every block."""
    data = MackeyGlass(steps=length.steps, test_steps=TESTED).load(seed, 1)
    samples: list[Sample] = []
    work = fixed_steps(chip_of(length, seed), data.train(0), seed)
    work()  # compiles
    began = [time.process_time()]

    def look(state: Any) -> None:
        ended, before = time.process_time(), samples[-1].step if samples else 0
        work()
        spent = time.process_time() - ended
        samples.append(Sample(state.step, (ended - began[0]) / (state.step - before), spent, resident()))
        began[0] = time.process_time()

    train(chip_of(length, seed), data, RULE, epochs=length.epochs, batch=1, seed=seed, progress=look)
    return samples


def chip_of(length: Length, seed: int) -> Chip:
    """Leaky neurons on noisy, perhaps drifting devices, with a digital readout."""
    profile = with_numbers(load("reram-sb"), DRIFT if length.drifts else None)
    network = Network(inputs=1, hidden=HIDDEN, outputs=1, neuron="leaky", tau_steps=3.0)
    return compile_chip(profile, network, seed, readout="digital")


def fixed_steps(chip: Chip, trials: Trials, seed: int) -> Callable[[], None]:
    """Learns the first `WORK` steps, always the same ones from the same weights, with the loop that training has."""
    arrays, first = Arrays(trials, chip), {name: array.copy() for name, array in chip.state().items()}
    wired = wire(chip, RULE.build(sizes_of(chip, 1, "step")), 1, "step")
    piece, losses, key = arrays.piece(Cut(0, 1, 0, WORK)), np.zeros((1, 3), chip.dtype), kernel_seed(seed, "train")

    def work() -> None:
        chip.restore(first)
        compiled()(wired.network, wired.schedule, Forgetful(), wired.activity, *piece, losses, key, 0, 1)

    return work


def resident() -> int:
    """Bytes of this process that are in memory; Linux."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Learn and print the samples."""
    size, seed = sys.argv[1:]
    print(json.dumps(learn(LENGTHS["full" if size == "full" else "short"], int(seed))))


if __name__ == "__main__":
    main()
