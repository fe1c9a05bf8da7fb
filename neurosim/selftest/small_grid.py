"""A comparison so small that plain Python runs it in seconds."""
from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..experiment import Experiment, experiment_of

TEXT = """
[task]
name = "copying"
symbols = 2
length = 1
delay = 0
updates_per_epoch = 1
test_sequences = 2
[network]
hidden = 3
[chip]
readout = "digital"
[train]
epochs = 2
batch = 2
seeds = [1, 2]
[compare]
"chip.profile" = ["ideal", "fixed8"]
rule = [{ label = "frozen", name = "readout", learning_rate = 1e-2 }, { name = "trace", learning_rate = 1e-2 }]
"""
FILE = Path("grid.toml")  # by which messages name it


def tables(**compare: Any) -> dict[str, Any]:
    """The tables of `TEXT`, with other keys in [compare]."""
    found = tomllib.loads(TEXT)
    found["compare"] |= compare
    return found


def tiny() -> dict[str, Any]:
    """One seed, one epoch, one chip, one rule that learns: two runs with its reference."""
    found = tables(**{"chip.profile": ["ideal"]})
    found["compare"]["rule"] = found["compare"]["rule"][1:]
    found["train"] |= {"seeds": [1], "epochs": 1}
    return found


def one_run(**train: Any) -> Experiment:
    """An experiment of one seed and one epoch, with other settings in [train]."""
    found = tiny()
    del found["compare"]
    found["chip"]["profile"] = "ideal"
    found["rule"] = {"name": "trace", "learning_rate": 1e-2}
    found["train"] |= {"yardsticks": False, **train}
    return experiment_of(found, FILE)


@contextmanager
def plain() -> Iterator[None]:
    """Run everything as plain Python: nothing of this size is worth a compile."""
    before = os.environ.get("NEUROSIM_PYTHON")
    os.environ["NEUROSIM_PYTHON"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["NEUROSIM_PYTHON"]
        else:
            os.environ["NEUROSIM_PYTHON"] = before
