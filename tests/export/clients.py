"""Where the programs are that check exports: packages that this project does not need, in environments of their own if need be."""
from __future__ import annotations

import functools
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parent / "clients"


def needed(package: str, environment: str) -> str:
    """The Python of `interpreter`; without it the test is skipped, or fails (`required`)."""
    from required import missing

    return interpreter(package, environment) or missing(f"{package}, here or under $NEUROSIM_CLIENTS,")


@functools.cache
def interpreter(package: str, environment: str) -> str | None:
    """A Python that can import the package: this one, or that of ``$NEUROSIM_CLIENTS/<environment>``; None if neither can."""
    if importlib.util.find_spec(package) is not None:
        return sys.executable
    python = Path(os.environ.get("NEUROSIM_CLIENTS", ""), environment, "bin", "python")
    if "NEUROSIM_CLIENTS" not in os.environ or not python.is_file():
        return None
    asked = [str(python), "-c", f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"]
    return str(python) if subprocess.run(asked).returncode == 0 else None


def client(python: str, script: str, *arguments: object) -> subprocess.CompletedProcess:
    """Run a script of ``clients/`` without anything of this project on its path."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [python, str(SCRIPTS / script), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
