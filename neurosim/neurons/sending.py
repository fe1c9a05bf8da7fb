"""What is sent as events: sigma-delta rate neurons, and a counter around neurons that spike."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import align, membrane, receive, rest, slope, step
from .spiking import clear_rows, copy_clean


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


@rest.fill(SigmaDelta)
def _rest_sigma_delta(neuron):
    rest(neuron.inner)
    clear_rows(neuron.y)


@rest.fill(Counting)
def _rest(neuron):
    rest(neuron.inner)


@align.fill(SigmaDelta)
def _align_sigma_delta(neuron, batch):
    align(neuron.inner, batch)
    copy_clean(neuron.y, batch)


@align.fill(Counting)
def _align(neuron, batch):
    align(neuron.inner, batch)


@receive.fill(SigmaDelta, Counting)
def _receive(neuron, current):
    receive(neuron.inner, current)


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


@slope.fill(Counting)
def _slope(neuron, current, z, out):
    slope(neuron.inner, current, z, out)


@membrane.fill(SigmaDelta, Counting)
def _membrane(neuron, l, i):
    return membrane(neuron.inner, l, i)
