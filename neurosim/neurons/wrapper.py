"""What a neuron around another neuron does unless it says otherwise: it asks the inner one."""
from __future__ import annotations

from ..contract import align, membrane, ports, receive, rest, slope, step


def wraps(*classes):
    """Fill every slot of a neuron for `classes`, which have a field ``inner``; what a class does itself it fills afterwards."""
    for slot, filling in (
            (rest, _rest), (align, _align), (receive, _receive), (step, _step), (slope, _slope), (membrane, _membrane),
            (ports, _ports)):
        slot.fill(*classes)(filling)


def _ports(part):
    return ports(part.inner)


def _rest(neuron):
    rest(neuron.inner)


def _align(neuron, batch):
    align(neuron.inner, batch)


def _receive(neuron, current):
    receive(neuron.inner, current)


def _step(neuron, key, current, z):
    step(neuron.inner, key, current, z)


def _slope(neuron, current, z, out):
    slope(neuron.inner, current, z, out)


def _membrane(neuron, l, i):
    return membrane(neuron.inner, l, i)
