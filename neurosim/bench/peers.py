"""Other programs in processes of their own, asked line by line.

A program that this interpreter cannot import is looked for in ``$NEUROSIM_CLIENTS``, a folder of environments with a ``bin/python`` each.
"""
from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, cast

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}
CLIENTS = Path(__file__).parent / "clients"
LOOK_S = 60.0  # for an interpreter to say whether it has a package


class Unavailable(RuntimeError):
    """The peer is not installed, or does not run here; says why."""


class Peer:
    """A process that answers a line of JSON when it is ready, and one for every line that it is sent.

    Raises
    ------
    Unavailable
        With the last thing that the process said, if it ends instead of answering.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
        process = subprocess.Popen(
            command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**(os.environ if environment is None else environment), **ONE_THREAD})
        self.process, self.ask, self.answers = process, cast(IO[str], process.stdin), cast(IO[str], process.stdout)
        self.ready = self._answer()

    def run(self) -> dict[str, Any]:
        """Run once: CPU seconds, and whatever else the process tells."""
        self.ask.write("\n")
        self.ask.flush()
        return self._answer()

    def seconds(self) -> float:
        """Run once: CPU seconds."""
        return float(self.run()["seconds"])

    def close(self) -> None:
        """End the process."""
        if self.process.poll() is None:
            self.process.communicate()

    def _answer(self) -> dict[str, Any]:
        for line in self.answers:  # compilers may talk as well
            if line.startswith("{"):
                return json.loads(line)
        _, complaint = self.process.communicate()
        raise Unavailable((complaint.strip().splitlines() or ["ended without a word"])[-1])


def brian2(model: str, mode: str, n: int, duration_s: float) -> Peer:
    """One of the networks of bench/networks.py in Brian2: "standalone" (C++), "cython" or "numpy"."""
    return Peer([sys.executable, "-m", "neurosim.interop.brian2_benchmarks", model, mode, str(n), str(duration_s)])


def client(package: str, script: str, *arguments: object) -> Peer:
    """A script of ``clients/`` in an interpreter that has the package, without anything of this project on its path."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return Peer([interpreter(package), str(CLIENTS / script), *map(str, arguments)], environment)


@functools.cache
def interpreter(package: str) -> str:
    """A Python that can import the package: this one, or the first of ``$NEUROSIM_CLIENTS``, by name, that can.

    Raises
    ------
    Unavailable
        If none can.
    """
    if importlib.util.find_spec(package) is not None:
        return sys.executable
    folder = os.environ.get("NEUROSIM_CLIENTS")
    for python in sorted(Path(folder).glob("*/bin/python")) if folder else []:
        if has(str(python), package):
            return str(python)
    raise Unavailable(f"no interpreter has {package}" + ("" if folder else "; NEUROSIM_CLIENTS may name a folder of environments"))


def has(python: str, package: str) -> bool:
    """Whether an interpreter finds a package."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [python, "-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)", package]
    try:
        return subprocess.run(command, env=environment, capture_output=True, timeout=LOOK_S).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
