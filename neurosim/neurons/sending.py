"""What is sent as events: sigma-delta rate neurons, and a counter around neurons that spike."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import align, ports, receive, rest, slope, step
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
    events: np.ndarray  # (width,) int64, sent by every neuron so far, all lanes together


class Counting(NamedTuple):
    """Counts what the inner neurons send, every value other than 0 being an event, and the steps in which they receive anything.

    What a neuron receives is what arrives from synapses, before noise and perturbation; a mismatch around this counter comes first, and
    its offset arrives in every step.
    """

    inner: tuple
    events: np.ndarray    # (width,) int64, by neuron, all lanes together
    received: np.ndarray  # (width,) int64, likewise


def counting(inner, width):
    """A counter from 0 around a population of `width` padded neurons."""
    return Counting(inner, np.zeros(width, np.int64), np.zeros(width, np.int64))


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
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            y = neuron.y[l, i]
            moves = abs(y - z[l, i]) > neuron.theta
            z[l, i] = y if moves else z[l, i]
            neuron.events[i] += 1 if moves else 0


@receive.fill(Counting)
def _receive(neuron, current):
    lanes, zero = current.shape[0] // ports(neuron), current.dtype.type(0)
    for l in range(lanes):
        for i in range(current.shape[1]):
            arrived = current[l, i] != zero
            for k in range(1, ports(neuron)):
                arrived |= current[k * lanes + l, i] != zero
            neuron.received[i] += 1 if arrived else 0
    receive(neuron.inner, current)


@step.fill(Counting)
def _step(neuron, key, current, z):
    step(neuron.inner, key, current, z)
    zero = z.dtype.type(0)
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            neuron.events[i] += 1 if z[l, i] != zero else 0


@slope.fill(SigmaDelta)
def _slope_sigma_delta(neuron, current, z, out):
    slope(neuron.inner, current, neuron.y, out)
