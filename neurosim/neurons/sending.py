"""What is sent as events: sigma-delta rate neurons, and a counter around neurons that spike."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import align, rest, slope, step
from ..lanes import clear, resynchronise
from .wrapper import wraps


class SigmaDelta(NamedTuple):
    """A rate neuron that sends only when its output has moved by more than `theta` since it last sent.

    Who receives holds what was sent last, so that `z` is that value, and the change is the event (sigma-delta encapsulation: Shrestha et
    al. 2023, arXiv:2310.03251).  With ``theta = 0`` it is the inner neuron.
    """

    inner: tuple
    theta: float
    y: np.ndarray       # (lanes, width) output of the inner neuron, its state
    events: np.ndarray  # (1,) int64, sent so far, all lanes


class Counting(NamedTuple):
    """Counts what the inner neurons send: every value other than 0 is an event."""

    inner: tuple
    events: np.ndarray  # (1,) int64


wraps(SigmaDelta, Counting)


@rest.fill(SigmaDelta)
def _rest_sigma_delta(neuron):
    rest(neuron.inner)
    clear(neuron.y)


@align.fill(SigmaDelta)
def _align_sigma_delta(neuron, batch):
    align(neuron.inner, batch)
    resynchronise(neuron.y, batch)


@step.fill(SigmaDelta)
def _step_sigma_delta(neuron, key, current, z):
    step(neuron.inner, key, current, neuron.y)
    sent = 0
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            y = neuron.y[l, i]
            moves = abs(y - z[l, i]) > neuron.theta
            z[l, i] = y if moves else z[l, i]
            sent += 1 if moves else 0
    neuron.events[0] += sent


@step.fill(Counting)
def _step(neuron, key, current, z):
    step(neuron.inner, key, current, z)
    sent, zero = 0, z.dtype.type(0)
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            sent += 1 if z[l, i] != zero else 0
    neuron.events[0] += sent


@slope.fill(SigmaDelta)
def _slope_sigma_delta(neuron, current, z, out):
    slope(neuron.inner, current, neuron.y, out)
