"""Leaky rate neurons."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import tanh
from ..contract import slope, step


class Leaky(NamedTuple):
    """z <- (1 - share) z + share tanh(current), the exact step of tau dz/dt = tanh(current) - z for a constant current."""

    share: np.ndarray  # (width,) 1 - exp(-dt / tau)


class LeakyLinear(NamedTuple):
    """z <- (1 - share) z + share current: a readout that integrates, tau dz/dt = current - z."""

    share: float  # 1 - exp(-dt / tau)


@step.fill(LeakyLinear)
def _step_linear(neuron, key, current, z):
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            z[l, i] = z[l, i] + neuron.share * (current[l, i] - z[l, i])


@slope.fill(LeakyLinear)
def _slope_linear(neuron, current, z, out):
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[b, i] = neuron.share


@step.fill(Leaky)
def _step(neuron, key, current, z):
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            z[l, i] = z[l, i] + neuron.share[i] * (tanh(current[l, i]) - z[l, i])


@slope.fill(Leaky)
def _slope(neuron, current, z, out):
    one = current.dtype.type(1)
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            squashed = tanh(current[b, i])
            out[b, i] = neuron.share[i] * (one - squashed * squashed)
