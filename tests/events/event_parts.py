"""Neurons, synapses and sources of the event loop, listed once; the suite of test_event_loop.py runs over all of them."""
from __future__ import annotations

import numpy as np

from neurosim.events import Connections, EventNetwork, at_random
from neurosim.events.contract import scatter
from neurosim.neurons.adex_settings import AdExMembrane
from neurosim.neurons.settings import Membrane

N = 40
TWO = {"synapse_s": 5e-3, "inhibitory_s": 10e-3, "reset": "value", "reset_to": -0.2, "refractory_s": 2e-3}
NEURONS = {
    "kicks": Membrane(),
    "kicks, spread, refractory": Membrane(reset="zero", refractory_s=3e-3, spread={"tau_s": 0.2, "threshold": 0.1}),
    "exponential": Membrane(synapse_s=5e-3),
    "adaptive, exponential": Membrane(synapse_s=5e-3, adaptation_s=0.05, jump=0.2, spread={"jump": 0.2}),
    "two receptors": Membrane(**TWO),
    "two receptors, adaptive, spread": Membrane(**TWO, adaptation_s=0.05, jump=0.2, spread={"tau_s": 0.2, "inhibitory_s": 0.2}),
    "conductances": Membrane(**TWO, reversal_e=5.0, reversal_i=-1.0),
    "AdEx": AdExMembrane(turn=0.5, cut=1.5, sharpness=0.2, couple=0.2, jump=0.1, synapse_s=5e-3),
}
DELAYS = {"next step": lambda rng, pre: 1, "one delay": lambda rng, pre: 4, "axons": lambda rng, pre: rng.integers(1, 6, N)[pre],
          "synapses": lambda rng, pre: rng.integers(1, 9, pre.size)}
SOURCES = ("poisson", "trains", "both signs")


def connections(delay="next step", density=0.3, scale=1.0, seed=1):
    """Random synapses of both signs between N neurons, weights on a grid of 1/8."""
    rng = np.random.default_rng(seed)
    pre, post = at_random(N, N, density, rng)
    weight = np.rint(rng.normal(size=pre.size) * scale * 8) / 8
    return Connections(pre, post, weight, DELAYS[delay](rng, pre), 1 / 8)


def alike(delay="next step", scale=1.0):
    """The same, with one weight for all synapses of a neuron, and no grid that a core could take."""
    listed = connections(delay, scale=scale)
    weights = np.rint(np.random.default_rng(4).normal(size=N) * scale * 8) / 8
    return listed._replace(weight=weights[listed.pre], grid=None)


def made(neuron="kicks", delay="next step", source="poisson", form="rows", precision="float32", scale=1.0, seed=3):
    """A network that is ready to run."""
    listed = alike(delay, scale) if form == "auto" else connections(delay, scale=scale)
    network = EventNetwork(N, NEURONS[neuron], listed, form, seed, precision)
    if source == "poisson":
        network.poisson_input(300.0, 1.0)
    else:
        rng = np.random.default_rng(5)
        step = np.sort(rng.integers(0, 400, 2000))
        pre, post = at_random(10, N, 0.3, rng)
        low = -1.0 if source == "both signs" else 0.5
        network.train_input(step, rng.integers(0, 10, 2000), Connections(pre, post, rng.uniform(low, 2.0, pre.size)))
    return network


def delivered(synapses, depth, spikes, now, ports=1):
    """(ring, synapses reached) after these neurons have sent in step `now`."""
    ring = np.zeros((depth, ports, 64))
    reached = scatter(synapses, np.array(spikes, np.int32), len(spikes), now, ring)
    return ring, reached


def expected(listed, spikes, now, depth, ports):
    """The ring that the list of synapses asks for."""
    ring = np.zeros((depth, ports, 64))
    for k, j in enumerate(listed.pre):
        if j in spikes:
            lag = np.broadcast_to(listed.delay_steps, listed.pre.shape)[k]
            ring[(now + lag) % depth, int(ports == 2 and listed.weight[k] < 0), listed.post[k]] += listed.weight[k]
    return ring
