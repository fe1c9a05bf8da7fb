"""A run folder of two seeds, of a few neurons, to be exported."""
from __future__ import annotations

import pytest
from typer.testing import CliRunner

from neurosim import cli

TEXT = """
[task]
name = "copying"
symbols = 4
length = 3
delay = 2
updates_per_epoch = 10
test_sequences = 8

[network]
hidden = 12
bias = true

[chip]
profile = "fixed8"

[rule]
name = "trace"
learning_rate = 1e-2

[train]
epochs = 1
seeds = [3, 4]
yardsticks = false
"""


def command(*arguments):
    """What the command line does."""
    return CliRunner().invoke(cli.app, list(arguments), prog_name="neurosim", env={"COLUMNS": "200"})


def made(folder):
    """The run in a new folder, in plain Python."""
    (folder / "small.toml").write_text(TEXT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_PYTHON", "1")
        found = command("run", str(folder / "small.toml"), "--out", str(folder / "run"))
    assert found.exit_code == 0, found.output
    return folder / "run"
