"""Slots of a read that is more than one product: what a wrapper of the read path may do beside `encode`, `disturb` and `decode`.

A read path is nested like an onion, the digital side outside.  On the way in `encode` goes from the outer wrapper to the inner one,
on the way out `disturb` (the analog side) and then `decode` (converters and what is digital) come back.  One read is (verbs.read)

    for every polarity:  prepare, encode, product (and pending writes, the first time), disturb, gather
    decode

and `reread` comes once all lanes have been read.
"""
from __future__ import annotations

from .slots import slot


def _ready(circuit, key, turn, polarity, z):
    """Draws nothing."""


def _never(circuit, collected, l):
    """Clips nothing."""
    return False


def _one(circuit):
    """One pass."""
    return 1


def _as_it_is(circuit, polarity, collected):
    """Keeps what was collected."""


def _once(circuit, p, z, current, batch, seed, number, now):
    """Reads nothing again."""


def _whole(part, l):
    """Has no array per lane."""
    return part


@slot(default=_ready)
def prepare(circuit, key, turn, polarity, z):
    """Draw what the coming read needs, and measure the activity `z` (lanes, width); `turn` counts repetitions of the read."""


@slot(default=_never)
def clips(circuit, collected, l):
    """Whether anything that lane l `collected` is beyond the range of the output; asked after `decode`."""


@slot(default=_one)
def polarities(circuit):
    """Passes through the array per read, 1 or 2 (positive inputs, then negative ones); answers a literal."""


@slot(default=_as_it_is)
def gather(circuit, polarity, collected):
    """Keep what the pass of this polarity collected."""


@slot(default=_once)
def reread(circuit, p, z, current, batch, seed, number, now):
    """Read lanes again whose output clipped; the arguments are those of `verbs.pass_on`."""


@slot(default=_whole)
def alone(part, l):
    """The circuit, or the jitter, of lane l only: its arrays that have an entry per lane are cut down to that one."""
