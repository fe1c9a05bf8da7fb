"""Imperfect broadcast channels; each wraps another, the inner one acts first.

What travels is ``broadcast.values``: one reading per number and sample.  For the published perturbation rules these are the loss of
the clean and of the perturbed pass; a third factor that is the difference of two readings of 1e-3 drowns in an 8-bit converter, and
that is the point.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import transmit
from ..random import fill_normal


class Quantised(NamedTuple):
    """reading = lsb * clip(rint(value / lsb), bottom, top), half to even; bottom = 0 for losses, -top for what has a sign."""

    inner: tuple
    lsb: float
    top: float


class Delayed(NamedTuple):
    """Readings arrive `kept.shape[0]` steps late; until the first arrives nothing is broadcast (zero)."""

    inner: tuple
    kept: np.ndarray  # (delay, values) ring buffer, state


class Noisy(NamedTuple):
    """reading = value + sigma * xi, independent for every reading."""

    inner: tuple
    sigma: float
    normal: np.ndarray  # (values, padded) scratch


@transmit.fill(Quantised)
def _transmit_quantised(channel, key, now, broadcast):
    transmit(channel.inner, key, now, broadcast)
    values, lsb, top, zero = broadcast.values, channel.lsb, channel.top, channel.lsb - channel.lsb
    losses = 2 * broadcast.reference.size
    for k in range(values.size):
        values[k] = lsb * clip(np.rint(values[k] / lsb), zero if k < losses else -top, top)


@transmit.fill(Delayed)
def _transmit_delayed(channel, key, now, broadcast):
    transmit(channel.inner, key, now, broadcast)
    values, row = broadcast.values, now % channel.kept.shape[0]
    for k in range(values.size):
        value = values[k]
        values[k] = channel.kept[row, k]
        channel.kept[row, k] = value


@transmit.fill(Noisy)
def _transmit_noisy(channel, key, now, broadcast):
    transmit(channel.inner, key, now, broadcast)
    fill_normal(key, 0, channel.normal)
    for k in range(broadcast.values.size):
        broadcast.values[k] += channel.sigma * channel.normal[k]
