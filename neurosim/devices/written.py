"""Counts around digital weights: what was asked of every synapse, and how often its number changed."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import draws, program, roll, sense
from ..storage import zeros
from .worn import counted


class Written(NamedTuple):
    """The memory inside, and two counts per synapse; 2^31 - 1 means that many or more.

    A request other than 0 is an update that the chip computes: it reads the number, adds and rounds.  It is a write if the number has
    changed.  Requests that round to nothing are updates without a write.
    """

    inner: tuple
    asked: np.ndarray    # (rows, width) int32, state
    changed: np.ndarray  # (rows, width) int32, state


def written(inner, cells):
    """A memory with counts from 0; `cells` is an array of its shape (rows, width)."""
    return Written(inner, zeros(cells.shape, np.int32), zeros(cells.shape, np.int32))


@draws.fill(Written)
def _draws(part):
    return draws(part.inner)


@roll.fill(Written)
def _roll(device, key, first, scratch):
    roll(device.inner, key, first, scratch)


@sense.fill(Written)
def _sense(device, r, c, conductance):
    return sense(device.inner, r, c, conductance)


@program.fill(Written)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    new = program(device.inner, r, c, conductance, dw, uniform, normal, second)
    device.asked[r, c] = counted(device.asked[r, c], np.int32(dw != dw - dw))
    device.changed[r, c] = counted(device.changed[r, c], np.int32(new != conductance))
    return new
