"""Imperfections that wrap any neuron: frozen mismatch and intrinsic noise."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import ports, receive, step
from ..random import fill_normal
from .wrapper import wraps


class Mismatched(NamedTuple):
    """potential = gain * current + offset, then the inner neuron: drawn once per chip instance, the same in both passes.

    With two kinds of synapse both have the gain, and the offset is a current through the excitatory ones.
    """

    inner: tuple
    gain: np.ndarray    # (width,)
    offset: np.ndarray  # (width,) zero in the padding


class Noisy(NamedTuple):
    """potential = current + sigma * xi, then the inner neuron: drawn afresh at every step and independently in every lane."""

    inner: tuple
    sigma: float
    n: int
    normal: np.ndarray  # (lanes * width,) scratch


wraps(Mismatched, Noisy)


@receive.fill(Mismatched)
def _receive_mismatched(neuron, current):
    lanes = current.shape[0] // ports(neuron)
    for l in range(lanes):
        for i in range(current.shape[1]):
            current[l, i] = neuron.gain[i] * current[l, i] + neuron.offset[i]
    for l in range(lanes, current.shape[0]):
        for i in range(current.shape[1]):
            current[l, i] = neuron.gain[i] * current[l, i]
    receive(neuron.inner, current)


@step.fill(Noisy)
def _step_noisy(neuron, key, current, z):
    width = current.shape[1]
    fill_normal(key, 0, neuron.normal)
    for l in range(z.shape[0]):
        for i in range(neuron.n):
            current[l, i] += neuron.sigma * neuron.normal[l * width + i]
    step(neuron.inner, key, current, z)
