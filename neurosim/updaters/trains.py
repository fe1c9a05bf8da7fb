"""Outer products as pulse trains on rows and columns: a cell is pulsed wherever a pulse of its row meets one of its column.

The noise of random trains is correlated along rows and columns, because a row's bits are shared by all of its cells; counts drawn
cell by cell would lose that.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..devices.pulses import PAIR, POST, PRE, ROUND, granule, longest
from ..devices.writing import BLOCK, fire_row, fire_span
from ..random import Key, fill_uniform
from ..slots import constant, inlined, shared, slot

LONGEST = 63      # slots of a train, which is one 64-bit word
MOST_PAIRS = 4096  # of one request: each has streams of its own

is_train = constant("is_train", False, "True if requests are written pair by pair, as trains, instead of cell by cell.")


class Counts(NamedTuple):
    """Every cell is written for itself: the request of a cell, rounded at random, is its number of pulses."""


class Trains(NamedTuple):
    """Random bits on rows and columns (Gokmen & Vlasov 2016, doi:10.3389/fnins.2016.00333; aihwkit StochasticCompressed).

    With X, D the largest |pre|, |post|, k = X D / g and g the nominal step: a train has BL = min(ceil(k), BL_max) slots if the train is
    managed, else BL_max; a bit of row j is set with probability ``min(B |pre_j|, 1)``, of column i with ``min(A |post_i|, 1)``,
    A = a sqrt(X / D'), B = a sqrt(D' / X) if the update is managed, else a, with a = 1 / sqrt(g BL) and D' = D min(1, BL_max / k).
    """

    manages_update: int
    manages_train: int
    resolution: float         # of the probabilities; 0: exact
    pre_chance: np.ndarray    # (rank, width_pre) workspace, as all below
    post_chance: np.ndarray   # (rank, width_post)
    pre_bits: np.ndarray      # (rank, width_pre) uint64
    post_bits: np.ndarray
    slots: np.ndarray         # (rank,) int64
    uniform: np.ndarray       # (the wider of both,)


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


@shared
def fill_bits(key, q, slots, chance, uniform, bits):
    """One bit per slot; slot s of the pair has a stream of its own."""
    for i in range(bits.shape[1]):
        bits[q, i] = 0
    row = uniform[:bits.shape[1]]
    for s in range(slots):
        fill_uniform(Key(key.seed, key.stream + ROUND * s, key.step), 0, row)
        bit = np.uint64(1) << np.uint64(s)
        for i in range(bits.shape[1]):
            bits[q, i] = bits[q, i] | (bit if row[i] < chance[q, i] else np.uint64(0))


@inlined
def ones(x):
    """Number of set bits of a uint64, by adding halves; multiplies nothing, so that it vectorises and never overflows."""
    x = (x & np.uint64(0x5555555555555555)) + ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x & np.uint64(0x0F0F0F0F0F0F0F0F)) + ((x >> np.uint64(4)) & np.uint64(0x0F0F0F0F0F0F0F0F))
    x = (x & np.uint64(0x00FF00FF00FF00FF)) + ((x >> np.uint64(8)) & np.uint64(0x00FF00FF00FF00FF))
    x = (x & np.uint64(0x0000FFFF0000FFFF)) + ((x >> np.uint64(16)) & np.uint64(0x0000FFFF0000FFFF))
    return (x & np.uint64(0x00000000FFFFFFFF)) + (x >> np.uint64(32))


@slot
def met(scheme, q, j, i):
    """How many pulses of row j and of column i of pair q meet (cell slot)."""


@met.fill(Trains)
def _met(scheme, q, j, i):
    return ones(scheme.pre_bits[q, j] & scheme.post_bits[q, i])


@met.fill(Deterministic)
def _met_in_the_mean(scheme, q, j, i):
    return np.rint(scheme.pre_chance[q, j] * scheme.post_chance[q, i] * scheme.slots[q])


@prepare.fill(Trains)
def _prepare(scheme, device, request, rank, key):
    chances(scheme, device, request, rank)
    for q in range(rank):
        pair = key.stream + PAIR * q
        fill_bits(Key(key.seed, pair + PRE, key.step), q, scheme.slots[q], scheme.pre_chance, scheme.uniform, scheme.pre_bits)
        fill_bits(Key(key.seed, pair + POST, key.step), q, scheme.slots[q], scheme.post_chance, scheme.uniform, scheme.post_bits)


@prepare.fill(Deterministic)
def _prepare_deterministic(scheme, device, request, rank, key):
    chances(scheme, device, request, rank)


@inlined
def signed(count, a, b):
    """`count` with the sign of a b; 0 if that is 0."""
    zero = count - count
    product = a * b
    return count if product > zero else (-count if product < zero else zero)


@write_pairs.fill(Trains, Deterministic)
def _write_pairs(scheme, device, g, r, request, rank, scratch, key):
    count, pre, post = scratch.uniform, request.pre, request.post
    for q in range(rank):
        if pre[q, r] != pre[q, r] - pre[q, r]:
            for i in range(g.shape[1]):
                count[i] = met(scheme, q, r, i)
            for i in range(g.shape[1]):
                count[i] = signed(count[i], pre[q, r], post[q, i])
            fire_row(device, g, r, scratch, Key(key.seed, key.stream + PAIR * q, key.step))


@write_pairs_in.fill(Trains, Deterministic)
def _write_pairs_in(scheme, device, g, r, request, rank, scratch, key):
    count, pre, post = scratch.uniform, request.pre, request.post
    for q in range(rank):
        if post[q, r] != post[q, r] - post[q, r]:
            for j in range(g.shape[1]):
                count[j] = met(scheme, q, j, r)
            for j in range(g.shape[1]):
                count[j] = signed(count[j], pre[q, j], post[q, r])
            fire_row(device, g, r, scratch, Key(key.seed, key.stream + PAIR * q, key.step))


@write_pairs_span.fill(Trains, Deterministic)
def _write_pairs_span(scheme, device, g, j, begin, end, post, request, rank, scratch, key):
    count, start = scratch.uniform, begin // BLOCK * BLOCK
    for q in range(rank):
        a = request.pre[q, j]
        if a != a - a:
            for k in range(begin, end):
                count[k - start] = met(scheme, q, j, post[k])
                count[k - start] = signed(count[k - start], a, request.post[q, post[k]])
            fire_span(device, g, begin, end, scratch, Key(key.seed, key.stream + PAIR * q, key.step))
