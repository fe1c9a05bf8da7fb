"""Two published networks as `EventNetwork`s: CUBA and Brunel's."""
from __future__ import annotations

import numpy as np

from ..events import Connections, EventNetwork, Spikes, at_random
from ..generators import generator
from ..neurons.settings import Membrane

STEP_S = 1e-4
BENCHMARKS = ("cuba", "brunel")
SIZES = {"cuba": 4000, "brunel": 10_000}
WIRES, START = 4001, 4002  # random streams


def cuba(n: int = 4000, seed: int = 1, precision: str = "float32") -> EventNetwork:
    """Current-based network of Vogels & Abbott 2005 as benchmark 2 of Brette et al. 2007, doi:10.1007/s10827-007-0038-6, table 1.

    Four fifths excitatory, 2 % of all pairs, tau 20 ms, synapses 5 and 10 ms, E -49 mV, threshold -50 mV, reset -60 mV, silence 5 ms,
    weights 1.62 and -9 mV; potentials in mV, started evenly between reset and threshold; no delays.
    """
    pre, post = at_random(n, n, 0.02, generator(seed, WIRES))
    weight = np.where(pre < 4 * n // 5, 60 * 0.27 / 10, -20 * 4.5 / 10)
    membrane = Membrane(
        step_s=STEP_S, tau_s=20e-3, synapse_s=5e-3, inhibitory_s=10e-3, resting=-49.0, threshold=-50.0, reset="value", reset_to=-60.0,
        refractory_s=5e-3)
    network = EventNetwork(n, membrane, Connections(pre, post, weight), "rows", seed, precision)
    network.potentials = -60 + 10 * generator(seed, START).random(n)
    return network


def brunel(n: int = 10_000, seed: int = 1, precision: str = "float32") -> EventNetwork:
    """Network of Brunel 2000, doi:10.1023/A:1008925309027, with g = 5, twice the threshold rate from outside and 10 % of all pairs.

    Four fifths excitatory, J 0.1 mV, delay 1.5 ms, tau 20 ms, threshold 20 mV, reset 10 mV, silence 2 ms; one weight per synapse.  For
    other sizes than 10,000 J changes so that the in-degree times J does not.
    """
    excitatory, n_e = 800 * n // 10_000, 4 * n // 5
    jump = 0.1 * 800 / excitatory
    pre, post = at_random(n, n, 0.1, generator(seed, WIRES))
    membrane = Membrane(step_s=STEP_S, tau_s=20e-3, threshold=20.0, reset="value", reset_to=10.0, refractory_s=2e-3)
    network = EventNetwork(n, membrane, Connections(pre, post, np.where(pre < n_e, jump, -5 * jump), 15), "rows", seed, precision)
    network.potentials = 20 * generator(seed, START).random(n)
    network.poisson_input(2 * 20.0 / (jump * excitatory * 20e-3) * excitatory, jump)
    return network


def described(spikes: Spikes) -> dict[str, float]:
    """Rate, irregularity and correlation of a run."""
    return {
        "rate_Hz": float(spikes.rates_Hz().mean()), "cv": float(spikes.irregularity().mean()), "correlation": spikes.correlation()}
