"""Imperfect broadcast channels; each wraps another, the inner one acts first.

What travels is the loss of the clean and of the perturbed pass, one reading per sample: the only global quantities of the
perturbation rules.  A third factor that is the difference of two readings of 1e-3 drowns in an 8-bit converter; that is the point.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import transmit
from ..random import fill_normal


class Quantised(NamedTuple):
    """reading = lsb * clip(rint(loss / lsb), 0, top): a converter over [0, lsb * top]; half to even."""

    inner: tuple
    lsb: float
    top: float


class Delayed(NamedTuple):
    """Readings arrive `reference.shape[0]` steps late; until the first arrives nothing is broadcast (zero)."""

    inner: tuple
    reference: np.ndarray  # (delay, batch) ring buffer, state
    perturbed: np.ndarray


class Noisy(NamedTuple):
    """reading = loss + sigma * xi, independent for every reading."""

    inner: tuple
    sigma: float
    normal: np.ndarray  # (padded 2 * batch,) scratch


@transmit.fill(Quantised)
def _transmit_quantised(channel, key, now, broadcast):
    transmit(channel.inner, key, now, broadcast)
    lsb, top, zero = channel.lsb, channel.top, channel.lsb - channel.lsb
    for b in range(broadcast.reference.size):
        broadcast.reference[b] = lsb * clip(np.rint(broadcast.reference[b] / lsb), zero, top)
        broadcast.perturbed[b] = lsb * clip(np.rint(broadcast.perturbed[b] / lsb), zero, top)


@transmit.fill(Delayed)
def _transmit_delayed(channel, key, now, broadcast):
    transmit(channel.inner, key, now, broadcast)
    k = now % channel.reference.shape[0]
    for b in range(broadcast.reference.size):
        reference, perturbed = broadcast.reference[b], broadcast.perturbed[b]
        broadcast.reference[b], broadcast.perturbed[b] = channel.reference[k, b], channel.perturbed[k, b]
        channel.reference[k, b], channel.perturbed[k, b] = reference, perturbed


@transmit.fill(Noisy)
def _transmit_noisy(channel, key, now, broadcast):
    transmit(channel.inner, key, now, broadcast)
    fill_normal(key, 0, channel.normal)
    batch = broadcast.reference.size
    for b in range(batch):
        broadcast.reference[b] += channel.sigma * channel.normal[b]
        broadcast.perturbed[b] += channel.sigma * channel.normal[batch + b]
