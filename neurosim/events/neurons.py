"""Spiking neurons in one pass over the population; what `receive` and `step` do, to the bit where sums are taken in the same order."""
from __future__ import annotations

from typing import NamedTuple

from ..contract import membrane
from ..neurons.exponential_synapse import ExponentialSynapse
from ..neurons.lif import LIF, AdaptiveLIF, advance, settle
from ..neurons.receptors import ConductanceLIF, Receptors, collected
from ..slots import slot
from ..values import at
from .contract import fire

FUSED = (LIF, AdaptiveLIF, ExponentialSynapse, Receptors, ConductanceLIF)


class Resident(NamedTuple):
    """Neurons whose synapses are the one slot of the ring: what arrives is added to what has not decayed yet, where it lies.

    For delays of one step.  A third less to read and to write; sums are rounded in another order.
    """

    inner: tuple


def resident(neuron, ring):
    """The neurons with their synaptic state in `ring` (depth, ports, width), if that is how they are made; the same ones otherwise."""
    if ring.shape[0] == 1 and isinstance(neuron, Receptors):
        return Resident(neuron._replace(e=ring[0, :1], i=ring[0, 1:]))
    if ring.shape[0] == 1 and isinstance(neuron, ExponentialSynapse):
        return Resident(neuron._replace(s=ring[0]))
    return neuron


@slot
def moves(neuron, i, arrived, other):
    """Advance neuron i of lane 0 by what `arrived` at its first port and at the other; whether it fires (cell slot)."""


@moves.fill(LIF)
def _lif(neuron, i, arrived, other):
    _, fires = advance(neuron, 0, i, arrived, at(neuron.threshold, i))
    return fires


@moves.fill(AdaptiveLIF)
def _adaptive(neuron, i, arrived, other):
    a = at(neuron.fade, i) * neuron.a[0, i]
    _, fires = advance(neuron.base, 0, i, arrived, at(neuron.base.threshold, i) + a)
    neuron.a[0, i] = a + at(neuron.jump, i) if fires else a
    return fires


@moves.fill(ExponentialSynapse)
def _synapse(neuron, i, arrived, other):
    s = neuron.s[0, i] + arrived
    neuron.s[0, i] = at(neuron.keep, i) * s
    return moves(neuron.inner, i, at(neuron.gain, i) * s, other)


@moves.fill(Receptors)
def _receptors(neuron, i, arrived, other):
    return moves(neuron.inner, i, collected(neuron, 0, i, arrived, other), other)


@moves.fill(ConductanceLIF)
def _conducting(neuron, i, arrived, other):
    _, fires = settle(neuron.inner, 0, i, collected(neuron, 0, i, arrived, other), at(neuron.inner.threshold, i))
    return fires


@membrane.fill(Resident)
def _membrane(neuron, l, i):
    return membrane(neuron.inner, l, i)


@fire.fill(Resident)
def _fire_resident(neuron, key, sums, z, fired, n):
    zero = sums.dtype.type(0)
    for i in range(n):
        fired[i] = 1 if moves(neuron.inner, i, zero, zero) else 0


@fire.fill(LIF, AdaptiveLIF, ExponentialSynapse)
def _fire(neuron, key, sums, z, fired, n):
    zero = sums.dtype.type(0)
    for i in range(n):
        fires = moves(neuron, i, sums[0, i], zero)
        sums[0, i] = zero
        fired[i] = 1 if fires else 0


@fire.fill(Receptors, ConductanceLIF)
def _fire_ports(neuron, key, sums, z, fired, n):
    zero = sums.dtype.type(0)
    for i in range(n):
        fires = moves(neuron, i, sums[0, i], sums[1, i])
        sums[0, i] = zero
        sums[1, i] = zero
        fired[i] = 1 if fires else 0
