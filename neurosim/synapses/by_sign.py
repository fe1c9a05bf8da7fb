"""Synapses onto neurons that tell excitatory and inhibitory synapses apart: every weight arrives at the receptor of its sign."""
from __future__ import annotations

from typing import NamedTuple

from ..arguments import Projection
from ..contract import program, sense, sweep
from ..slots import shared
from .wrapper import wraps


class BySign(NamedTuple):
    """What is sent through the inner synapses arrives twice: rows ``l < lanes`` get sum_j max(w_ij, 0) z_j, rows lanes + l the rest.

    Three sweeps: one writes what is pending, and reads nothing, two read.  Neither part is a difference of sums: without a weight of its
    sign it is 0.  For read paths without noise and converters, and weights that are the same in all lanes.
    """

    inner: tuple


class Excitatory(NamedTuple):
    """The device as far as its weight is above 0; for reading only."""

    inner: tuple


class Inhibitory(NamedTuple):
    """The device as far as its weight is below 0; for reading only."""

    inner: tuple


class Unwritten(NamedTuple):
    """Eligibility, updater and pulse scheme of synapses that are only read: every slot at its default."""


wraps(BySign)


@sense.fill(Excitatory)
def _sense_excitatory(device, r, c, conductance):
    weight = sense(device.inner, r, c, conductance)
    zero = weight - weight
    return weight if weight > zero else zero


@sense.fill(Inhibitory)
def _sense_inhibitory(device, r, c, conductance):
    weight = sense(device.inner, r, c, conductance)
    zero = weight - weight
    return weight if weight < zero else zero


@program.fill(Excitatory, Inhibitory)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    return conductance


@shared
def seen_through(device, synapses, p):
    """The projection as a read through `device` sees it."""
    none = Unwritten()
    return Projection(
        synapses, device, p.circuit, p.jitter, none, none, none, p.conductance, p.total, p.variance, p.lines, p.sums, p.request, p.scratch,
        p.delay)


@sweep.fill(BySign)
def _sweep(synapses, p, rank, z, current, key):
    lanes = z.shape[0]
    if rank > 0:
        sweep(synapses.inner, p, rank, p.lines, p.sums, key)  # without converters the lines stay silent
    sweep(synapses.inner, seen_through(Excitatory(p.device), synapses.inner, p), 0, z, current[:lanes], key)
    sweep(synapses.inner, seen_through(Inhibitory(p.device), synapses.inner, p), 0, z, current[lanes:], key)
