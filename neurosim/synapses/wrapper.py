"""What synapses around other synapses do unless they say otherwise: they ask the inner ones."""
from __future__ import annotations

from ..contract import blank, commit, correlate, deliver, sweep


def wraps(*classes):
    """Fill every slot of synapses for `classes`, which have a field ``inner``; what a class does itself it fills afterwards."""
    for slot, filling in ((sweep, _sweep), (deliver, _deliver), (correlate, _correlate), (commit, _commit), (blank, _blank)):
        slot.fill(*classes)(filling)


def _sweep(synapses, p, rank, z, current, key):
    sweep(synapses.inner, p, rank, z, current, key)


def _deliver(synapses, cells, z, current, first, last):
    deliver(synapses.inner, cells, z, current, first, last)


def _correlate(synapses, p):
    correlate(synapses.inner, p)


def _commit(synapses, p, key):
    commit(synapses.inner, p, key)


def _blank(synapses, cells):
    blank(synapses.inner, cells)
