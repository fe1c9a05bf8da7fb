"""Other simulators in processes of their own, asked line by line."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}


class Unavailable(RuntimeError):
    """The peer is not installed, or does not run here; says why."""


class Brian2:
    """One of the networks of bench/networks.py in Brian2: "standalone" (C++), "cython" or "numpy"."""

    def __init__(self, model: str, mode: str, n: int, duration_s: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "neurosim.interop.brian2_benchmarks", model, mode, str(n), str(duration_s)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **ONE_THREAD})
        self._answer()

    def run(self) -> dict[str, Any]:
        """Run once: CPU seconds of the simulation, and what `networks.described` says of the spikes."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        if self.process.poll() is None:
            self.process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:  # compilers may talk as well
            if line.startswith("{"):
                return json.loads(line)
        _, complaint = self.process.communicate()
        raise Unavailable((complaint.strip().splitlines() or ["ended without a word"])[-1])
