"""How a row of requests reaches the devices: cell by cell, or as pulses, counted here and fired by firing.py."""
from __future__ import annotations

from ..contract import program, roll, sense
from ..random import Key, fill_uniform
from ..slots import constant, shared, slot
from .firing import BLOCK, fire_row, fire_span, first_normals
from .pulses import ROUND, fire, granule, is_clear, is_pulsed, longest, rounded_count


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
