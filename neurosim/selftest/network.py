"""No network at run time: commands run in processes that may not leave the machine, and every attempt is counted."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from . import no_network
from .no_network.sitecustomize import LOG
from .promise import Outcome, Size
from .small_grid import TEXT

EXPERIMENT = """
task = { name = "copying", symbols = 4, length = 3, delay = 2, updates_per_epoch = 2, test_sequences = 2 }
network = { hidden = 4, bias = true }
chip = { profile = "fixed8" }
rule = { name = "trace", learning_rate = 1e-2 }
train = { epochs = 1, seeds = [3], yardsticks = false }
"""
COMMANDS = {
    "short": (("run", "one.toml", "--out", "one"), ("report", "one"), ("export", "one", "--to", "npz", "--out", "exported")),
    "full": (
        ("doctor",), ("run", "one.toml", "--out", "one"), ("report", "one"), ("report", "one", "--format", "md"),
        ("export", "one", "--to", "npz", "--out", "exported"), ("compare", "grid.toml", "--workers", "1", "--out", "alone"),
        ("compare", "grid.toml", "--workers", "2", "--out", "grid"), ("report", "grid"), ("profiles", "list")),
}
PROGRAM = """
import sys
from neurosim.cli import app
for command in sys.argv[1:]:
    try:
        app(command.split(), prog_name="neurosim")
    except SystemExit as end:
        if end.code:
            sys.exit(f"neurosim {command} ended with {end.code}")
"""
REACH = "import socket; socket.create_connection(('192.0.2.1', 80), 0.1)"  # nobody's address (RFC 5737), and refused before it is tried


def check(size: Size, seed: int, folder: Path) -> Outcome:
    """Run the commands, the short ones in plain Python; and see that an attempt would be counted."""
    (folder / "one.toml").write_text(EXPERIMENT)
    (folder / "grid.toml").write_text(TEXT)
    commands = COMMANDS[size]
    log = folder / "attempts"
    ended = guarded([sys.executable, "-c", PROGRAM, *map(" ".join, commands)], folder, log)
    failures = [] if ended.returncode == 0 else [f"the commands ended with {ended.returncode}: {ended.stderr.strip()[-300:]}"]
    attempts = log.read_text().splitlines() if log.exists() else []
    failures += attempts
    guarded([sys.executable, "-c", REACH], folder, folder / "control")
    if not (folder / "control").exists():
        failures.append("an attempt to reach 192.0.2.1 was not counted, so nothing here can be trusted")
    names = ", ".join(dict.fromkeys(command[0] for command in commands))
    return Outcome(len(commands), tuple(failures), f"{len(attempts)} connections or look-ups off this machine by {names}")


def guarded(command: list[str], folder: Path, log: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that may not leave the machine, nor may what it starts."""
    package = Path(__file__).parents[2]
    path = os.pathsep.join([*no_network.__path__, str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, LOG: str(log), "NEUROSIM_PYTHON": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
