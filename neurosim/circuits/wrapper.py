"""What a wrapper of a read path does unless it says otherwise: it asks what it wraps."""
from __future__ import annotations

from ..contract import converts_input, converts_output, decode, disturb, encode, is_read_noisy, spread
from ..reading import clips, gather, polarities, prepare, reread
from ..slots import shared


def wraps(*classes):
    """Fill every slot of a read for `classes`, which have a field ``inner``; what a class does itself it fills afterwards.

    `alone` is not among them: only the class knows how it is made.
    """
    for slot, filling in (
            (converts_input, _converts_input), (converts_output, _converts_output), (encode, _encode), (disturb, _disturb),
            (decode, _decode), (is_read_noisy, _is_read_noisy), (spread, _spread), (prepare, _prepare), (clips, _clips),
            (polarities, _polarities), (gather, _gather), (reread, _reread)):
        slot.fill(*classes)(filling)


@shared
def hand_over(inner, collected, current):
    """Add what was collected to `current`, through the converter of `inner` if it has one."""
    if converts_output(inner):
        decode(inner, collected, current)
    else:
        for l in range(current.shape[0]):
            for i in range(current.shape[1]):
                current[l, i] = current[l, i] + collected[l, i]


def _converts_input(circuit):
    return converts_input(circuit.inner)


def _converts_output(circuit):
    return converts_output(circuit.inner)


def _encode(circuit, z, lines):
    encode(circuit.inner, z, lines)


def _disturb(circuit, p, key, z, current):
    disturb(circuit.inner, p, key, z, current)


def _decode(circuit, collected, current):
    decode(circuit.inner, collected, current)


def _is_read_noisy(circuit):
    return is_read_noisy(circuit.inner)


def _spread(circuit, weight):
    return spread(circuit.inner, weight)


def _prepare(circuit, key, turn, polarity, z):
    prepare(circuit.inner, key, turn, polarity, z)


def _clips(circuit, collected, l):
    return clips(circuit.inner, collected, l)


def _polarities(circuit):
    return polarities(circuit.inner)


def _gather(circuit, polarity, collected):
    gather(circuit.inner, polarity, collected)


def _reread(circuit, p, z, current, batch, seed, number, now):
    reread(circuit.inner, p, z, current, batch, seed, number, now)
