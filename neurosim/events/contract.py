"""Slots of the loop that only runs: spiking neurons, event by event, one lane, no learning.

Between neurons and synapses lie `sums`, (ports, width): what reaches the neurons in a step, a row per kind of synapse; `ring`,
(depth, ports, width), has one for every step in which something may still arrive.  Neurons are those of the other loop; what they do in
one pass over the population they fill here, everything else goes through `receive` and `step`.
"""
from __future__ import annotations

from ..contract import receive, step
from ..lanes import clear
from ..slots import slot


def _by_steps(neuron, key, sums, z, fired, n):
    receive(neuron, sums)
    step(neuron, key, sums, z)
    zero = z.dtype.type(0)
    for i in range(n):
        fired[i] = 1 if z[0, i] != zero else 0
    clear(sums)


def _nothing(source, key, t, sums):
    """Sends nothing."""
    return 0


@slot(default=_by_steps)
def fire(neuron, key, sums, z, fired, n):
    """Advance n neurons by what has reached them, clear `sums` (ports, width), and set ``fired[i]`` (uint8) to 1 for a spike, else 0.

    `z` (1, width) is workspace.
    """


@slot
def scatter(synapses, spikes, n, now, ring):
    """Send the first n `spikes` (int32, ascending) of step `now` on their way; return how many synapses that were.

    Adds to ``ring[s % depth]`` what arrives in step s, from ``now + 1`` to ``now + depth``, which has the slot that has just been cleared.
    """


@slot(default=_nothing)
def drive(source, key, t, sums):
    """Add what comes from outside in step `t` to `sums`; return how many synapses that reached."""


@slot
def has_room(log, n):
    """Whether the spikes of one step, n at most, can still be kept."""


@slot
def keep(log, neuron, t, spikes, n):
    """Keep the first n `spikes` of step `t`, and what else is wanted of the neurons."""
