"""How a row of requests reaches the devices: pulses counted, fired at once where that is exact, pulse by pulse elsewhere."""
from __future__ import annotations

import numpy as np

from ..contract import draws, program, roll, sense
from ..random import Key, box_muller, fill_normal, fill_uniform, words
from ..slots import constant, inlined, shared, slot
from .pulses import MOST_PULSES, ROUND, SECOND, fire, granule, is_clear, is_pulsed, longest, rounded_count

BLOCK = 64   # cells that are drawn for at a time
GROUP = 16   # cells that are fired pulse by pulse at a time
PER_DRAW = 4  # normals of a counter
AGAIN = 320  # offset of the streams of a refresh from those of the write before it


def program_row(device, g, r, dw, d, scratch, key):
    """Cell by cell, through `program`."""
    roll(device, key, r * g.shape[1], scratch)
    uniform, normal, second = scratch.uniform, scratch.normal, scratch.second
    for k in range(g.shape[1]):
        g[r, k] = program(device, r, k, g[r, k], dw[d, k], uniform[k], normal[k], second[k])


def program_span(device, g, begin, end, dw, scratch, key):
    """Cell by cell, through `program`."""
    start = begin // BLOCK * BLOCK
    roll(device, key, start, scratch)
    for k in range(begin, end):
        c = k - start
        g[0, k] = program(device, 0, k, g[0, k], dw[0, c], scratch.uniform[c], scratch.normal[c], scratch.second[c])


writes_by_row = constant("writes_by_row", False, "True if `write_row` does more than `program` cell by cell: sweeps must not fuse it.")


@slot(default=program_row)
def write_row(device, g, r, dw, d, scratch, key):
    """Write row d of the requests `dw` to row r of the devices."""


@slot(default=program_span)
def write_span(device, g, begin, end, dw, scratch, key):
    """Write ``dw[0]``, which starts at the block that `begin` is in, to the cells ``begin <= k < end`` of the single row of `g`."""


def full_enough(device, outer, g, r, scratch, key):
    """Nothing to reset."""


@slot(default=full_enough)
def refresh_row(device, outer, g, r, scratch, key):
    """Reset and rewrite the cells of row r that have run out of room; after every write of the row.

    `outer` is the device with all that is around it: what is rewritten goes through it, so that it is counted like any other pulse.
    """


def uncounted(device, dw, d, first, last):
    """Nobody asks what was lost."""


@slot(default=uncounted)
def lose(device, dw, d, first, last):
    """Note what the longest train leaves over of the requests ``dw[d, k]``, first <= k < last; only if there is something."""


def pulse_row(device, g, r, dw, d, scratch, key):
    """Requests become pulses, which are fired."""
    count = scratch.uniform
    fill_uniform(key, r * g.shape[1], count)
    step, most, over = granule(device), longest(device), 0
    top = step * most
    for k in range(g.shape[1]):
        over += 1 if abs(dw[d, k]) > top else 0
        count[k] = rounded_count(dw[d, k], step, most, count[k])
    if over > 0:
        lose(device, dw, d, 0, g.shape[1])
    fire_row(device, g, r, scratch, key)


def pulse_span(device, g, begin, end, dw, scratch, key):
    """Requests become pulses, which are fired."""
    start, count = begin // BLOCK * BLOCK, scratch.uniform
    fill_uniform(key, start, count)
    step, most, over = granule(device), longest(device), 0
    top = step * most
    for k in range(begin, end):
        over += 1 if abs(dw[0, k - start]) > top else 0
        count[k - start] = rounded_count(dw[0, k - start], step, most, count[k - start])
    if over > 0:
        lose(device, dw, 0, begin - start, end - start)
    fire_span(device, g, begin, end, scratch, key)


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


@inlined
def fired(device, r, k, conductance, count):
    """How many of `count` signed pulses are fired at once: all if that is exact, else one."""
    magnitude, one = abs(count), granule(device) / granule(device)
    single = count / (magnitude if magnitude > one else one)
    return count if is_clear(device, r, k, conductance, count) else single


@shared
def first_normals(device, first, scratch, key):
    """Normals of the first round, and of write noise if the device has any."""
    fill_normal(Key(key.seed, key.stream + SECOND, key.step), first, scratch.normal)
    if draws(device) == 3:
        fill_normal(Key(key.seed, key.stream + SECOND + SECOND, key.step), first, scratch.second)


@shared
def fire_row(device, g, r, scratch, key):
    """Fire the signed numbers of pulses in ``scratch.uniform`` into row r; they are used up."""
    count, normal, second = scratch.uniform, scratch.normal, scratch.second
    first_normals(device, r * g.shape[1], scratch, key)
    left = 0
    for k in range(g.shape[1]):  # from 0, and no index but k: what else would not vectorise
        n = count[k]
        take = fired(device, r, k, g[r, k], n)
        g[r, k] = fire(device, r, k, g[r, k], take, normal[k], second[k])
        count[k] = n - take
        left += 1 if n != take else 0
    fire_rest(device, g, r, 0, g.shape[1], scratch, key, left)
    refresh_row(device, device, g, r, scratch, Key(key.seed, key.stream + AGAIN, key.step))


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
        for i in range(GROUP):  # the whole group, what is listed in it or not: a fixed length vectorises
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
    zero, one = count - count, granule(device) / granule(device)
    single = one if count > zero else (-one if count < zero else count)  # what is not a number stays so: no device takes it for a pulse
    pair = is_clear(device, r, k, conductance, single + single)
    take = count if pair else single
    while abs(take) > one and not is_clear(device, r, k, conductance, take):
        take = np.trunc(take / (one + one))
    return take


@shared
def verify_row(device, g, r, tolerance, most, scratch, key):
    """Program and verify: single pulses towards ``scratch.target``, each cell until it is within `tolerance` of its own.

    At most `most` pulses per cell; returns how many cells are not there by then.
    """
    count, target, normal = scratch.uniform, scratch.target, scratch.normal
    none, missing = tolerance - tolerance, 1
    for turn in range(most + 1):
        missing = 0
        for k in range(g.shape[1]):
            error = target[k] - sense(device, r, k, g[r, k])
            one = granule(device) / granule(device)
            count[k] = one if error > tolerance else (-one if error < -tolerance else none)
            missing += 1 if count[k] != none else 0
        if missing == 0 or turn == most:
            break
        first_normals(device, r * g.shape[1], scratch, Key(key.seed, key.stream + ROUND * turn, key.step))
        for k in range(g.shape[1]):
            g[r, k] = fire(device, r, k, g[r, k], count[k], normal[k], scratch.second[k])
    return missing


def unwritten(device, r, c, conductance, dw, uniform, normal, second):
    """The sweep that writes and reads in one loop is for devices without draws; it is typed for all, and never reached by pulsed ones."""
    return conductance


def pulsed(cls):
    """Make a class that fills `fire`, `granule` and `longest` a pulsed device."""
    is_pulsed.set(True, cls)
    program.fill(cls)(unwritten)
    write_row.fill(cls)(pulse_row)
    write_span.fill(cls)(pulse_span)


def use(cls, merges=None):
    """Make a NamedTuple with the fields `granule` and `most` a pulsed device; `merges` fills `is_clear`."""
    pulsed(cls)
    granule.fill(cls)(_granule)
    longest.fill(cls)(_most)
    if merges is not None:
        is_clear.fill(cls)(merges)


def wrap(cls):
    """Make a NamedTuple with the field `inner` a pulsed device that takes requests and merges pulses as its inner device does."""
    pulsed(cls)
    granule.fill(cls)(_inner_granule)
    longest.fill(cls)(_inner_longest)


def _granule(device):
    return device.granule


def _most(device):
    return device.most


def _inner_granule(device):
    return granule(device.inner)


def _inner_longest(device):
    return longest(device.inner)
