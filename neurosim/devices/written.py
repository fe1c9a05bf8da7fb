"""Counts around digital weights: what was asked of them, and how often a number changed."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import draws, program, roll, sense
from .firing import BLOCK
from .writing import write_row, write_span, writes_by_row


class Written(NamedTuple):
    """The memory inside, and two counts for each of its rows.

    A request other than 0 is an update that the chip computes: it reads the number, adds and rounds.  It is a write if the number has
    changed.  Requests that round to nothing are updates without a write.
    """

    inner: tuple
    asked: np.ndarray    # (rows,) int64, state
    changed: np.ndarray  # (rows,) int64, state


def written(inner, cells):
    """A memory with counts from 0; `cells` is an array of its shape (rows, width)."""
    return Written(inner, np.zeros(cells.shape[0], np.int64), np.zeros(cells.shape[0], np.int64))


writes_by_row.set(True, Written)  # so that they can be counted


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
    return program(device.inner, r, c, conductance, dw, uniform, normal, second)


@write_row.fill(Written)
def _write_row(device, g, r, dw, d, scratch, key):
    roll(device.inner, key, r * g.shape[1], scratch)
    uniform, normal, second = scratch.uniform, scratch.normal, scratch.second
    asked = changed = np.int32(0)
    for k in range(g.shape[1]):
        request, old = dw[d, k], g[r, k]
        new = program(device.inner, r, k, old, request, uniform[k], normal[k], second[k])
        g[r, k] = new
        asked = np.int32(asked + np.int32(request != request - request))
        changed = np.int32(changed + np.int32(new != old))
    device.asked[r] += asked
    device.changed[r] += changed


@write_span.fill(Written)
def _write_span(device, g, begin, end, dw, scratch, key):
    start = begin // BLOCK * BLOCK
    roll(device.inner, key, start, scratch)
    asked = changed = np.int32(0)
    for k in range(begin, end):
        c = k - start
        request, old = dw[0, c], g[0, k]
        new = program(device.inner, 0, k, old, request, scratch.uniform[c], scratch.normal[c], scratch.second[c])
        g[0, k] = new
        asked = np.int32(asked + np.int32(request != request - request))
        changed = np.int32(changed + np.int32(new != old))
    device.asked[0] += asked
    device.changed[0] += changed
