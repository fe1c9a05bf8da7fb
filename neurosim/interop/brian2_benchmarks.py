"""The networks of bench/networks.py in Brian2, as its own examples write them; run by commands on standard input.

Usage: python -m neurosim.interop.brian2_benchmarks cuba|brunel standalone|cython|numpy [neurons] [seconds]

Answers a line of JSON when it is ready, and one for every line that it reads: CPU seconds, rate, irregularity and correlation.  Standalone
draws and connects a new network for every run, which its seconds hold; the others go on with theirs, drawn from one seed.
"""
from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from ..bench.networks import SIZES, STEP_S, described
from ..events import Spikes

FLAGS = ["-w", "-O3", "-ffast-math", "-march=native"]


def network(model: str, n: int) -> tuple[Any, Any]:
    """(Brian2 network, its spike monitor)."""
    import brian2 as b2

    ms, mV = b2.ms, b2.mV
    b2.defaultclock.dt = STEP_S * b2.second
    if model == "cuba":
        names = {"tau": 20 * ms, "tau_e": 5 * ms, "tau_i": 10 * ms, "low": -60 * mV, "top": -50 * mV, "rest": -49 * mV,
                 "we": 60 * 0.27 / 10 * mV, "wi": -20 * 4.5 / 10 * mV}
        neurons = b2.NeuronGroup(
            n, """dv/dt = (ge + gi - (v - rest)) / tau : volt (unless refractory)
            dge/dt = -ge / tau_e : volt
            dgi/dt = -gi / tau_i : volt""", threshold="v > top", reset="v = low", refractory=5 * ms, method="exact", namespace=names)
        neurons.v = "low + rand() * (top - low)"
        above = b2.Synapses(neurons, neurons, on_pre="ge += we", namespace=names)
        below = b2.Synapses(neurons, neurons, on_pre="gi += wi", namespace=names)
        density, more = 0.02, []
    else:
        excitatory = 800 * n // 10_000
        jump = 0.1 * 800 / excitatory
        names = {"tau": 20 * ms, "J": jump * mV, "top": 20 * mV, "low": 10 * mV, "g": 5}
        neurons = b2.NeuronGroup(
            n, "dv/dt = -v / tau : volt (unless refractory)", threshold="v > top", reset="v = low", refractory=2 * ms, method="exact",
            namespace=names)
        neurons.v = "rand() * top"
        above = b2.Synapses(neurons, neurons, on_pre="v += J", delay=1.5 * ms, namespace=names)
        below = b2.Synapses(neurons, neurons, on_pre="v -= g * J", delay=1.5 * ms, namespace=names)
        rate = 2 * 20 / (jump * excitatory * 20e-3) * b2.Hz
        density, more = 0.1, [b2.PoissonInput(neurons, "v", excitatory, rate, jump * mV)]
    border = {"border": 4 * n // 5}
    above.connect("i < border", p=density, namespace=border)
    below.connect("i >= border", p=density, namespace=border)
    monitor = b2.SpikeMonitor(neurons)
    return b2.Network([neurons, above, below, *more, monitor]), monitor


def children_seconds() -> float:
    """CPU time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def serve(model: str, mode: str, n: int, duration_s: float) -> None:
    """Answer commands until the input ends."""
    import brian2 as b2

    b2.BrianLogger.log_level_error()
    b2.prefs.codegen.cpp.extra_compile_args_gcc = FLAGS
    with tempfile.TemporaryDirectory() as folder:
        if mode == "standalone":
            b2.set_device("cpp_standalone", directory=folder, build_on_run=False)
        else:
            b2.prefs.codegen.target = mode
            b2.seed(1)
        made, monitor = network(model, n)
        if mode == "standalone":
            made.run(duration_s * b2.second)
            b2.device.build(directory=folder, compile=True, run=False, with_output=False)
        else:
            made.run(STEP_S * b2.second)
        print(json.dumps({"ready": True}), flush=True)
        for _ in sys.stdin:
            before = 0 if mode == "standalone" else monitor.num_spikes
            cpu, children = time.process_time(), children_seconds()
            if mode == "standalone":
                b2.device.run(directory=folder, with_output=False)
                seconds = children_seconds() - children
                step, neuron = standalone_spikes(Path(folder))
                begin = 0
            else:
                begin = int(round(float(made.t / b2.second) / STEP_S))
                made.run(duration_s * b2.second)
                seconds = time.process_time() - cpu
                step = np.rint(np.asarray(monitor.t / b2.second)[before:] / STEP_S).astype(np.int64)
                neuron = np.asarray(monitor.i)[before:]
            spikes = Spikes(step - begin, neuron, n, int(round(duration_s / STEP_S)), STEP_S, np.zeros((0, 0)))
            print(json.dumps({"seconds": seconds, **described(spikes)}), flush=True)


def standalone_spikes(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """(step, neuron) of the last run, from the files that the program wrote."""
    def column(name: str, dtype: Any) -> np.ndarray:
        return np.fromfile(next((folder / "results").glob(f"_dynamic_array_spikemonitor*_{name}_*")), dtype)

    return np.rint(column("t", np.float64) / STEP_S).astype(np.int64), column("i", np.int32)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else SIZES[sys.argv[1]],
          float(sys.argv[4]) if len(sys.argv) > 4 else 1.0)
