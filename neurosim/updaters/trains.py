"""Outer products as pulse trains on rows and columns: a cell is pulsed wherever a pulse of its row meets one of its column.

The noise of random trains is correlated along rows and columns, because a row's bits are shared by all of its cells; counts drawn
cell by cell would lose that.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import ones
from ..devices.firing import BLOCK, fire_counted, fire_span
from ..devices.pulses import PAIR, POST, PRE, granule, longest
from ..random import Key
from ..slots import constant, shared, slot
from .bits import fill_bits

LONGEST = 63      # slots of a train, which is at most two words
MOST_PAIRS = 4096  # of one request: each has streams of its own

is_train = constant("is_train", False, "True if requests are written pair by pair, as trains, instead of cell by cell.")


class Counts(NamedTuple):
    """Every cell is written for itself: the request of a cell, rounded at random, is its number of pulses."""


class Trains(NamedTuple):
    """Random bits on rows and columns (Gokmen & Vlasov 2016, doi:10.3389/fnins.2016.00333; aihwkit StochasticCompressed).

    With X, D the largest |pre|, |post|, k = X D / g and g the nominal step: a train has BL = min(ceil(k), BL_max) slots if the train is
    managed, else BL_max; a bit of row j is set with probability ``min(B |pre_j|, 1)``, of column i with ``min(A |post_i|, 1)``,
    A = a sqrt(X / D'), B = a sqrt(D' / X) if the update is managed, else a, with a = 1 / sqrt(g BL) and D' = D min(1, BL_max / k).
    Probabilities are rounded to 24 binary digits; 0 and 1 are exact.
    """

    manages_update: int
    manages_train: int
    resolution: float         # of the probabilities; 0: exact
    pre_chance: np.ndarray    # (rank, width_pre) workspace, as all below
    post_chance: np.ndarray   # (rank, width_post)
    pre_bits: np.ndarray      # (rank, words, width_pre) uint32, see `bits_of`
    post_bits: np.ndarray
    slots: np.ndarray         # (rank,) int64


class Deterministic(NamedTuple):
    """Counts ``rint(BL p_row p_column)`` with the probabilities of `Trains`: no randomness but that of the devices."""

    manages_update: int
    manages_train: int
    resolution: float
    pre_chance: np.ndarray
    post_chance: np.ndarray
    slots: np.ndarray


is_train.set(True, Trains, Deterministic)


def untold(scheme, device, request, rank, key):
    """Nothing to prepare."""


def cell_by_cell(scheme, device, g, r, request, rank, scratch, key):
    """Not written in pairs."""


def cell_by_cell_span(scheme, device, g, j, begin, end, post, request, rank, scratch, key):
    """Not written in pairs."""


@slot(default=untold)
def prepare(scheme, device, request, rank, key):
    """Draw the trains of the first `rank` pairs of a request; once before its rows are written."""


@slot(default=cell_by_cell)
def write_pairs(scheme, device, g, r, request, rank, scratch, key):
    """Fire the pulses of row r, presynaptic input r, pair after pair."""


@slot(default=cell_by_cell)
def write_pairs_in(scheme, device, g, r, request, rank, scratch, key):
    """The same where row r holds the incoming weights of output r."""


@slot(default=cell_by_cell_span)
def write_pairs_span(scheme, device, g, j, begin, end, post, request, rank, scratch, key):
    """The same for the cells ``begin <= k < end`` of the single row, the synapses of input j onto the neurons ``post[k]``."""


@shared
def largest(array, q):
    """Largest magnitude of row q."""
    top = array[q, 0] - array[q, 0]
    for i in range(array.shape[1]):
        top = max(top, abs(array[q, i]))
    return top


@shared
def chances(scheme, device, request, rank):
    """Fill the probabilities and the number of slots of every pair."""
    g, most = granule(device), longest(device)
    zero, one = g - g, g / g
    for q in range(rank):
        x, d = largest(request.pre, q), largest(request.post, q)
        k = x * d / g
        scheme.slots[q] = 0
        if k > zero:
            slots = np.ceil(k) if scheme.manages_train == 1 else most
            slots = most if slots > most else slots
            d = d * (most / k) if k > most else d
            same = one / np.sqrt(g * slots)
            ratio = np.sqrt(x / d) if scheme.manages_update == 1 else one
            scheme.slots[q] = int(slots)
            fill_chance(request.post, q, same * ratio, scheme.resolution, scheme.post_chance)
            fill_chance(request.pre, q, same / ratio, scheme.resolution, scheme.pre_chance)


@shared
def fill_chance(factor, q, scale, resolution, chance):
    """chance[q] = min(scale |factor[q]|, 1), rounded to the resolution if there is one."""
    one = scale / scale
    for i in range(chance.shape[1]):
        p = scale * abs(factor[q, i])
        chance[q, i] = one if p > one else p
    if resolution > one - one:
        for i in range(chance.shape[1]):
            chance[q, i] = np.rint(chance[q, i] / resolution) * resolution


@slot
def met(scheme, q, j, i):
    """How many pulses of row j and of column i of pair q meet (cell slot)."""


@met.fill(Trains)
def _met(scheme, q, j, i):
    pre, post = scheme.pre_bits, scheme.post_bits
    count = ones(np.uint32(pre[q, 0, j] & post[q, 0, i]))
    return count if pre.shape[1] == 1 else np.uint32(count + ones(np.uint32(pre[q, 1, j] & post[q, 1, i])))


@met.fill(Deterministic)
def _met_in_the_mean(scheme, q, j, i):
    return np.rint(scheme.pre_chance[q, j] * scheme.post_chance[q, i] * scheme.slots[q])


@slot
def meet_columns(scheme, q, j, request, count):
    """Fill `count` with the signed numbers of pulses of row j that meet pulses of the columns; how many of them are not 0."""


@slot
def meet_rows(scheme, q, i, request, count):
    """Fill `count` with the signed numbers of pulses of the rows that meet pulses of column i; how many of them are not 0."""


@meet_columns.fill(Trains)
def _meet_columns(scheme, q, j, request, count):
    return coincide(q, scheme.pre_bits, j, request.pre[q, j], scheme.post_bits, request.post, count)


@meet_rows.fill(Trains)
def _meet_rows(scheme, q, i, request, count):
    return coincide(q, scheme.post_bits, i, request.post[q, i], scheme.pre_bits, request.pre, count)


@meet_columns.fill(Deterministic)
def _multiply_columns(scheme, q, j, request, count):
    return multiply(q, scheme.slots, scheme.pre_chance[q, j], request.pre[q, j], scheme.post_chance, request.post, count)


@meet_rows.fill(Deterministic)
def _multiply_rows(scheme, q, i, request, count):
    return multiply(q, scheme.slots, scheme.post_chance[q, i], request.post[q, i], scheme.pre_chance, request.pre, count)


@shared
def coincide(q, mine, line, factor, theirs, factors, count):
    """Coincidences of the bits of one line with those of all lines across, in vectors of words."""
    n, none = np.int32(0), factor - factor
    word, is_up, is_long = mine[q, 0, line], factor > none, mine.shape[1] > 1
    if word == 0 and not (is_long and mine[q, 1, line] != 0):
        return n
    for k in range(count.size):
        pulses = count.dtype.type(ones(np.uint32(word & theirs[q, 0, k])))
        count[k] = pulses if (factors[q, k] > none) == is_up else -pulses
        n = np.int32(n + np.int32(pulses > none))
    if is_long:
        n, word = np.int32(0), mine[q, 1, line]
        for k in range(count.size):
            pulses = count.dtype.type(ones(np.uint32(word & theirs[q, 1, k])))
            count[k] = count[k] + (pulses if (factors[q, k] > none) == is_up else -pulses)
            n = np.int32(n + np.int32(count[k] != none))
    return n


@shared
def multiply(q, slots, chance, factor, chances, factors, count):
    """Products of the chance of one line with those of all lines across, rounded to counts."""
    n, none = np.int32(0), factor - factor
    is_up, length = factor > none, count.dtype.type(slots[q])
    for k in range(count.size):
        pulses = np.rint(chance * chances[q, k] * length)
        count[k] = pulses if (factors[q, k] > none) == is_up else -pulses
        n = np.int32(n + np.int32(pulses > none))
    return n


@prepare.fill(Trains)
def _prepare(scheme, device, request, rank, key):
    chances(scheme, device, request, rank)
    for q in range(rank):
        pair = key.stream + PAIR * q
        fill_bits(Key(key.seed, pair + PRE, key.step), q, scheme.slots[q], scheme.pre_chance, scheme.pre_bits)
        fill_bits(Key(key.seed, pair + POST, key.step), q, scheme.slots[q], scheme.post_chance, scheme.post_bits)


@prepare.fill(Deterministic)
def _prepare_deterministic(scheme, device, request, rank, key):
    chances(scheme, device, request, rank)


@write_pairs.fill(Trains, Deterministic)
def _write_pairs(scheme, device, g, r, request, rank, scratch, key):
    for q in range(rank):
        n = meet_columns(scheme, q, r, request, scratch.uniform[:g.shape[1]])
        if n > 0:
            fire_counted(device, g, r, n, scratch, Key(key.seed, key.stream + PAIR * q, key.step))


@write_pairs_in.fill(Trains, Deterministic)
def _write_pairs_in(scheme, device, g, r, request, rank, scratch, key):
    for q in range(rank):
        n = meet_rows(scheme, q, r, request, scratch.uniform[:g.shape[1]])
        if n > 0:
            fire_counted(device, g, r, n, scratch, Key(key.seed, key.stream + PAIR * q, key.step))


@write_pairs_span.fill(Trains, Deterministic)
def _write_pairs_span(scheme, device, g, j, begin, end, post, request, rank, scratch, key):
    count, start = scratch.uniform, begin // BLOCK * BLOCK
    for q in range(rank):
        a, n = request.pre[q, j], 0
        none, is_up = a - a, a > a - a
        for k in range(begin, end if a != none else begin):
            pulses = count.dtype.type(met(scheme, q, j, post[k]))
            count[k - start] = pulses if (request.post[q, post[k]] > none) == is_up else -pulses
            n += 1 if pulses > none else 0
        if n > 0:
            fire_span(device, g, begin, end, scratch, Key(key.seed, key.stream + PAIR * q, key.step))
