"""Where requests are written if not into the weights themselves, and how they get from there into the weights: the slots and what the
updaters that transfer share."""
from __future__ import annotations

import numpy as np

from ..arithmetic import clip
from ..contract import sense
from ..devices.firing import fire_row
from ..devices.pulses import granule, longest
from ..random import Key, fill_normal
from ..slots import constant, shared, slot

READ, CHOP, PULSE = 64, 128, 512  # offsets of the streams of a transfer from its own stream; pulses take theirs from the last on

is_indirect = constant("is_indirect", False, "True if requests are written into an array of the updater's own.")


def the_weights(updater, p):
    """The devices of the projection."""
    return p.device, p.conductance


def as_it_is(updater, request, rank):
    """Nothing to change."""


def nothing(updater, p, key):
    """Nothing to move."""


@slot(default=the_weights)
def store(updater, p):
    """(device, conductance) that the requests of a projection are written into."""


@slot(default=as_it_is)
def modulate(updater, request, rank):
    """Scale the presynaptic factors of the first `rank` pairs of a request, in place, before they are written (update every step)."""


@slot(default=nothing)
def transfer(updater, p, key):
    """Move what has gathered in the store into the weights, as far as its time has come; after every write."""


@slot
def take_in(updater, read, row, key):
    """Add what was read of a row of the store, ``read[1]``, to the digital buffer of an updater that has one."""


@shared
def is_time(updater):
    """Count a write, and the transfer if one is due; whether it is."""
    updater.state[0] += 1
    if updater.state[0] < updater.every:
        return False
    updater.state[0] = 0
    updater.state[2] += 1
    return True


@shared
def next_row(updater):
    """The row whose turn it is; rows take turns in order."""
    row = updater.state[1]
    updater.state[1] = (row + 1) % updater.rows
    return row


@shared
def read_row(updater, p, row, key):
    """Read a row of the store into ``p.scratch.drive[1]``: one line driven with 1, noise and ADC of the profile in its way."""
    normal, out, zero = p.scratch.normal, p.scratch.drive, updater.noise - updater.noise
    width = updater.fast.shape[1]
    if updater.noise > zero:
        fill_normal(Key(key.seed, key.stream + READ, key.step), row * width, normal)
    for i in range(width):
        value = sense(updater.device, row, i, updater.fast[row, i])
        value = value + updater.noise * normal[i] if updater.noise > zero else value
        out[1, i] = value
    if updater.lsb > zero:
        for i in range(width):
            out[1, i] = updater.lsb * clip(np.rint(out[1, i] / updater.lsb), -updater.top, updater.top)


@shared
def scaled(request, rank, gain):
    """pre *= gain."""
    for q in range(rank):
        for j in range(request.pre.shape[1]):
            request.pre[q, j] = gain * request.pre[q, j]


@shared
def pulse_out(hidden, row, step, most, kept, count):
    """Turn what the digital buffer holds beyond a step into signed pulses, ``count``; `kept` of what is sent stays in the buffer."""
    one = step / step
    for i in range(hidden.shape[1]):
        pulses = clip(np.trunc(hidden[row, i] / step), -most, most)
        hidden[row, i] = hidden[row, i] - (one - kept) * pulses * step
        count[i] = pulses


@shared
def write_out(p, hidden, row, kept, key):
    """Send what a row of the digital buffer holds beyond a step to the weights."""
    pulse_out(hidden, row, granule(p.device), longest(p.device), kept, p.scratch.uniform)
    fire_row(p.device, p.conductance, row, p.scratch, Key(key.seed, key.stream + PULSE, key.step))


@shared
def through_buffer(updater, p, key):
    """A `transfer`: rows in turn are read, taken into the digital buffer, and sent on from there."""
    if is_time(updater):
        for _ in range(updater.reads):
            row = next_row(updater)
            read_row(updater, p, row, key)
            take_in(updater, p.scratch.drive, row, key)
            write_out(p, updater.hidden, row, updater.kept, key)
