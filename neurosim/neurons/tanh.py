"""Rate neurons without memory."""
from __future__ import annotations

from typing import NamedTuple

from ..arithmetic import tanh
from ..contract import slope, step


class Tanh(NamedTuple):
    """z = tanh(current); eq. of the hidden layer in García Fernández et al. 2024."""


class Linear(NamedTuple):
    """z = current: the readout."""


@step.fill(Tanh)
def _step_tanh(neuron, key, current, z):
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            z[l, i] = tanh(current[l, i])


@step.fill(Linear)
def _step_linear(neuron, key, current, z):
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            z[l, i] = current[l, i]


@slope.fill(Tanh)
def _slope_tanh(neuron, current, z, out):
    one = z.dtype.type(1)
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[b, i] = one - z[b, i] * z[b, i]
