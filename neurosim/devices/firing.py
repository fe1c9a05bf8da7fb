"""How signed numbers of pulses are fired into a row: at once where that is exact, pulse by pulse elsewhere.

Draws are keyed by cell: whether a row is drawn for and fired as a whole or cell by cell, the bits are the same.
"""
from __future__ import annotations

import numpy as np

from ..arithmetic import lowest, nonzero
from ..contract import draws
from ..random import Key, box_muller, fill_normal, fill_normal_at, words
from ..slots import inlined, shared, slot
from .pulses import MOST_PULSES, ROUND, SECOND, fire, granule, is_clear

BLOCK = 64   # cells that are drawn for at a time
GROUP = 16   # cells that are fired pulse by pulse at a time
PER_DRAW = 4  # normals of a counter
MANY = 6     # where fewer than one cell in so many get pulses, only they are drawn for
FEW = 16     # where fewer than one cell in so many get pulses, only they are visited; at least MANY
AGAIN = 320  # offset of the streams of a refresh from those of the write before it


def full_enough(device, outer, g, r, scratch, key):
    """Nothing to reset."""


@slot(default=full_enough)
def refresh_row(device, outer, g, r, scratch, key):
    """Reset and rewrite the cells of row r that have run out of room; after every write of the row.

    `outer` is the device with all that is around it: what is rewritten goes through it, so that it is counted like any other pulse.
    """


@inlined
def fired(device, r, k, conductance, count):
    """How many of `count` signed pulses are fired at once: all if that is exact, else one."""
    return count if is_clear(device, r, k, conductance, count) else single(device, count)


@inlined
def single(device, count):
    """One pulse of the sign of `count`; what is not a number stays so: no device takes it for a pulse."""
    zero, one = count - count, granule(device) / granule(device)
    return one if count > zero else (-one if count < zero else count)


@shared
def first_normals(device, first, scratch, key):
    """Normals of the first round, and of write noise if the device has any."""
    fill_normal(Key(key.seed, key.stream + SECOND, key.step), first, scratch.normal)
    if draws(device) == 3:
        fill_normal(Key(key.seed, key.stream + SECOND + SECOND, key.step), first, scratch.second)


@shared
def fire_row(device, g, r, scratch, key):
    """Fire the signed numbers of pulses in ``scratch.uniform`` into row r; they are used up."""
    count, n, none = scratch.uniform, np.int32(0), granule(device) - granule(device)
    for k in range(g.shape[1]):
        n = np.int32(n + np.int32(count[k] != none))  # 32 bits, like all else here: wider ones halve what a vector holds
    fire_counted(device, g, r, n, scratch, key)


@shared
def fire_counted(device, g, r, n, scratch, key):
    """The same, where it is known that `n` cells of the row get pulses.

    Where that is not most of them, only they are drawn for; where it is few, only they are visited.  The bits are the same.
    """
    count, normal, second, taken = scratch.uniform, scratch.normal, scratch.second, scratch.target
    width, left = g.shape[1], np.int32(0)
    if n * MANY >= width:
        first_normals(device, r * width, scratch, key)
    elif n > 0:
        list_pulsed(count, width, scratch.pulsed)
        listed_normals(device, r * width, n, scratch, key)
    if n * FEW >= width:
        for k in range(width):  # from 0, and no index but k: what else would not vectorise
            pulses = count[k]
            take = fired(device, r, k, g[r, k], pulses)
            taken[k] = take
            left = np.int32(left + np.int32(pulses != take))
        for k in range(width):  # by itself: in one loop, a cell would wait for the bounds of the cells before it
            g[r, k] = fire(device, r, k, g[r, k], taken[k], normal[k], second[k])
            count[k] = count[k] - taken[k]
    else:
        for e in range(n):
            k = scratch.pulsed[e]
            pulses = count[k]
            take = fired(device, r, k, g[r, k], pulses)
            g[r, k] = fire(device, r, k, g[r, k], take, normal[k], second[k])
            count[k] = pulses - take
            left = np.int32(left + np.int32(pulses != take))
    if left > 0:
        list_pulsed(count, width, scratch.pulsed)
        for e in range(0, left, GROUP):
            n = min(left - e, GROUP)
            for i in range(n):
                scratch.listed[i] = scratch.pulsed[e + i]
            fire_listed(device, g, r, 0, n, scratch, key)
    refresh_row(device, device, g, r, scratch, Key(key.seed, key.stream + AGAIN, key.step))


@shared
def list_pulsed(count, width, pulsed):
    """List the cells that get pulses."""
    e = 0
    for base in range(0, width, BLOCK):
        left = nonzero(count, base)
        while left != np.uint64(0):
            pulsed[e] = base + lowest(left)
            left = left & (left - np.uint64(1))
            e += 1


@shared
def listed_normals(device, first, n, scratch, key):
    """What `first_normals` draws, for the first `n` cells of ``scratch.pulsed`` alone."""
    scatter_normals(Key(key.seed, key.stream + SECOND, key.step), first, n, scratch.pulsed, scratch.target, scratch.normal)
    if draws(device) == 3:
        scatter_normals(Key(key.seed, key.stream + SECOND + SECOND, key.step), first, n, scratch.pulsed, scratch.target, scratch.second)


@shared
def scatter_normals(key, first, n, pulsed, drawn, normal):
    """Draw for `n` listed cells."""
    fill_normal_at(key, first, pulsed, n, drawn)
    for e in range(n):
        normal[pulsed[e]] = drawn[e]


@shared
def fire_rest(device, g, r, begin, end, scratch, key, left):
    """Fire what could not be fired at once, cells `begin` to `end` of row r, of which `left` wait, `GROUP` cells at a time."""
    count, listed, start, n = scratch.uniform, scratch.listed, begin // BLOCK * BLOCK, 0
    none = count[0] - count[0]
    for c in range(begin - start, end - start if left > 0 else begin - start):
        if count[c] != none:
            listed[n] = c
            n += 1
            if n == GROUP:
                fire_listed(device, g, r, start, n, scratch, key)
                n = 0
    if n > 0:
        fire_listed(device, g, r, start, n, scratch, key)


@shared
def fire_listed(device, g, r, start, n, scratch, key):
    """Fire all pulses of the first `n` listed cells; a cell has a counter of its own, which gives its next four normals.

    A stream is used once for every `PER_DRAW` pulses of a cell, so that `MOST_PULSES` draws are more than enough.
    """
    count, normal, second, listed = scratch.uniform, scratch.normal, scratch.second, scratch.listed
    first, none = r * g.shape[1] + start, count[0] - count[0]
    turn, left = 0, n
    while left > 0 and turn < MOST_PULSES:  # a request that is not finite never ends
        turn += 1
        again = Key(key.seed, key.stream + SECOND + ROUND * turn, key.step)
        for i in range(n):
            w0, w1, w2, w3 = words(again, first + listed[i])
            normal[i], normal[GROUP + i] = box_muller(w0, w1)
            normal[2 * GROUP + i], normal[3 * GROUP + i] = box_muller(w2, w3)
        for p in range(PER_DRAW):
            left = 0
            for i in range(n):
                c = listed[i]
                if count[c] != none:
                    k = start + c
                    take = portion(device, r, k, g[r, k], count[c])
                    g[r, k] = fire(device, r, k, g[r, k], take, normal[GROUP * p + i], second[c])
                    count[c] = count[c] - take
                    left += 1 if count[c] != none else 0


@inlined
def portion(device, r, k, conductance, count):
    """How many of `count` signed pulses are fired at once: all if that is exact, else the first of their halves that is, else one."""
    one, first = granule(device) / granule(device), single(device, count)
    take = count if is_clear(device, r, k, conductance, first + first) else first
    while abs(take) > one and not is_clear(device, r, k, conductance, take):
        take = np.trunc(take / (one + one))
    return take


@shared
def fire_span(device, g, begin, end, scratch, key):
    """Fire the signed numbers of pulses in ``scratch.uniform``, from the block of `begin` on, into the cells ``begin <= k < end``."""
    start, count = begin // BLOCK * BLOCK, scratch.uniform
    first_normals(device, start, scratch, key)
    left = 0
    for k in range(begin, end):
        c = k - start
        take = fired(device, 0, k, g[0, k], count[c])
        g[0, k] = fire(device, 0, k, g[0, k], take, scratch.normal[c], scratch.second[c])
        count[c] = count[c] - take
        left += 1 if count[c] * count[c] > count[c] - count[c] else 0
    fire_rest(device, g, 0, begin, end, scratch, key, left)
