"""The network of Vogels and Abbott (4,000 neurons), event by event: two seconds, a raster, rates and intervals.

Usage: python examples/cuba.py [--quick] [--out FOLDER]        writes cuba.png
"""
from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from neurosim.events import Connections, EventNetwork, at_random
from neurosim.neurons.settings import Membrane
from neurosim.report.spikes import plot_intervals, plot_membranes, plot_raster, plot_rate


def network(n=4000, seed=1):
    """Four fifths excitatory, 2 % of all pairs, potentials in mV; Brette et al. 2007, doi:10.1007/s10827-007-0038-6, benchmark 2."""
    rng = np.random.default_rng(seed)
    membrane = Membrane(
        step_s=1e-4, tau_s=20e-3, synapse_s=5e-3, inhibitory_s=10e-3, resting=-49.0, threshold=-50.0, reset="value", reset_to=-60.0,
        refractory_s=5e-3)
    pre, post = at_random(n, n, 0.02, rng)
    made = EventNetwork(n, membrane, Connections(pre, post, np.where(pre < 0.8 * n, 1.62, -9.0)), seed=seed)
    made.potentials = rng.uniform(-60, -50, n)
    return made


def main():
    """Run and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    made, steps = network(1000 if options.quick else 4000), 2000 if options.quick else 20_000
    made.run(1)  # compiles
    start = time.thread_time()
    run = made.run(steps, watch=range(3))
    seconds, spikes = time.thread_time() - start, run.dense()
    figure = Figure(figsize=(10, 6), layout="constrained")
    (raster, rate), (membranes, intervals) = figure.subplots(2, 2)
    plot_raster(raster, spikes[:5000, ::made.n // 100], run.step_s)
    plot_rate(rate, spikes, run.step_s)
    plot_membranes(membranes, run.membranes[:3000], spikes[:3000, :3], run.step_s)
    plot_intervals(intervals, spikes, run.step_s)
    options.out.mkdir(parents=True, exist_ok=True)
    figure.savefig(options.out / "cuba.png", dpi=110, metadata={"Software": None})
    print(f"{run.duration_s:g} s of {made.n} neurons in {seconds:.3f} s: {run.rates_Hz().mean():.2f} Hz, "
          f"CV {run.irregularity().mean():.2f}, correlation {run.correlation():.4f}; {made.counts[1]} synaptic events")


if __name__ == "__main__":
    main()
