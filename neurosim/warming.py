"""Compile what a run needs before it is run: the loops of a test, of learning, and of the yardstick that learns the readout alone."""
from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .experiment import Experiment, experiment_of, load

PLAIN: Mapping[str, Mapping[str, Any]] = {  # experiments of the commonest parts, as small as their tasks allow
    "ANP at every step": {
        "task": {"name": "mackey-glass", "kind": "recall", "steps": 200, "test_steps": 100}, "rule": {"name": "anp", "learning_rate": 1e-3},
        "train": {"epochs": 1}},
    "ANP per sequence": {
        "task": {"name": "copying"}, "rule": {"name": "anp", "learning_rate": 1e-3}, "train": {"epochs": 1, "update": "sequence"}}}


class Enough(Exception):
    """A block is learned, so that its loop is compiled."""


class Warmed(NamedTuple):
    """What was compiled, and how long that took in CPU and wall time; hardly any if the cache had it."""

    name: str
    cpu_s: float
    wall_s: float


def experiments(file: str | None) -> dict[str, Experiment]:
    """The experiment of a file, or the plain ones."""
    if file is not None:
        return {Path(file).name: load(file)}
    small = {"network": {"hidden": 8}, "chip": {"profile": "ideal"}}
    return {name: experiment_of({**small, **tables}, Path(f"{name}.toml")) for name, tables in PLAIN.items()}


def warm(file: str | None = None) -> list[Warmed]:
    """Compile into the cache what an experiment, or the plain ones if there is none, needs.

    Raises
    ------
    InputError
        If the experiment cannot be run.
    """
    found = []
    for name, wanted in experiments(file).items():
        cpu, wall = time.process_time(), time.perf_counter()
        compile_loops(wanted)
        found.append(Warmed(name, time.process_time() - cpu, time.perf_counter() - wall))
    return found


def compile_loops(experiment: Experiment) -> None:
    """Learn one block of an experiment, and one of its readout alone where that is a yardstick of it."""
    from .rules.readout import Readout
    from .rules.rule import with_frozen_recurrence
    from .session import prepare, profile_of

    case, chip = prepare(experiment, profile_of(experiment), experiment.train.seeds[0])
    one_block(case, chip)
    if experiment.train.yardsticks and not isinstance(case.rule, Readout):
        one_block(case, case.chip(), with_frozen_recurrence)


def one_block(case: Any, chip: Any, adapt: Any = None) -> None:
    """Test, and learn until the first block is done."""
    from .trainer import train

    def stop(progress: Any) -> None:
        raise Enough

    try:
        train(chip, case.dataset, case.rule, epochs=case.epochs, batch=case.batch, seed=case.seed, update=case.update, regime=case.regime,
              progress=stop, adapt=adapt)
    except Enough:
        pass
