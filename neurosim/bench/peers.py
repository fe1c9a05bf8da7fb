"""Other simulators in processes of their own, asked line by line."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import IO, Any, cast

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}


class Unavailable(RuntimeError):
    """The peer is not installed, or does not run here; says why."""


class Brian2:
    """One of the networks of bench/networks.py in Brian2: "standalone" (C++), "cython" or "numpy"."""

    def __init__(self, model: str, mode: str, n: int, duration_s: float) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "neurosim.interop.brian2_benchmarks", model, mode, str(n), str(duration_s)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **ONE_THREAD})
        self.process, self.ask, self.answers = process, cast(IO[str], process.stdin), cast(IO[str], process.stdout)
        self._answer()

    def run(self) -> dict[str, Any]:
        """Run once: CPU seconds of the simulation, and what `networks.described` says of the spikes."""
        self.ask.write("\n")
        self.ask.flush()
        return self._answer()

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
