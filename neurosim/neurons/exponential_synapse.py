"""Exponential synapses in front of any neuron: what arrives decays, and is integrated exactly together with the membrane."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import align, receive, rest, slope
from ..lanes import clear, resynchronise
from .wrapper import wraps


class ExponentialSynapse(NamedTuple):
    """s <- s + arriving; the inner neuron receives gain s; s <- keep s.

    For tau dv/dt = E - v + s, tau_s ds/dt = -s the exact increment of v is ``s tau_s / (tau - tau_s) (exp(-dt / tau) - exp(-dt / tau_s))``,
    and ``s dt / tau exp(-dt / tau)`` for equal time constants (Rotter & Diesmann 1999, doi:10.1007/s004220050570).
    """

    inner: tuple
    keep: np.ndarray  # (width,) exp(-dt / tau_s)
    gain: np.ndarray  # (width,)
    s: np.ndarray     # (lanes, width) state


wraps(ExponentialSynapse)


def increment(tau_s, synapse_s, step_s):
    """The gain, for arrays of time constants in seconds."""
    tau_s, synapse_s = np.broadcast_arrays(np.asarray(tau_s, float), np.asarray(synapse_s, float))
    a, c = np.exp(-step_s / tau_s), np.exp(-step_s / synapse_s)
    same = np.isclose(tau_s, synapse_s, rtol=1e-6, atol=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(same, step_s / tau_s * a, synapse_s / np.where(same, 1, tau_s - synapse_s) * (a - c))


@rest.fill(ExponentialSynapse)
def _rest(neuron):
    rest(neuron.inner)
    clear(neuron.s)


@align.fill(ExponentialSynapse)
def _align(neuron, batch):
    align(neuron.inner, batch)
    resynchronise(neuron.s, batch)


@receive.fill(ExponentialSynapse)
def _receive(neuron, current):
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            s = neuron.s[l, i] + current[l, i]
            current[l, i] = neuron.gain[i] * s
            neuron.s[l, i] = neuron.keep[i] * s
    receive(neuron.inner, current)


@slope.fill(ExponentialSynapse)
def _slope(neuron, current, z, out):
    slope(neuron.inner, current, z, out)
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[b, i] = neuron.gain[i] * out[b, i]
