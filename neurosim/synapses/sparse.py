"""Sparse synapses in compressed rows by presynaptic neuron; also every local connectivity that is a mask."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import (
    blank,
    change,
    commit,
    correlate,
    deliver,
    is_dense_in_time,
    is_read_noisy,
    sense,
    spread,
    sweep,
)
from ..devices.firing import BLOCK
from ..devices.writing import write_span
from ..slots import shared
from ..updaters.trains import is_train, prepare, write_pairs_span


class Sparse(NamedTuple):
    """Row j is the cells first[j] to first[j + 1] of the single array row; cell k ends on neuron post[k]."""

    first: np.ndarray  # (n_pre + 1,) int32
    post: np.ndarray   # (cells,) int32


@shared
def ask_row(synapses, device, eligibility, g, j, request, rank, drive):
    """Fill ``drive[0]``, from the block that the first cell of input j is in, with the requested change of its cells."""
    k0, k1, signal = synapses.first[j], synapses.first[j + 1], request.signal[0]
    start = k0 // BLOCK * BLOCK
    for k in range(k0, k1):
        drive[0, k - start] = signal - signal
    for q in range(rank):
        a = request.pre[q, j]
        for k in range(k0, k1):
            drive[0, k - start] += a * request.post[q, synapses.post[k]]
    for k in range(k0, k1):
        drive[0, k - start] = change(eligibility, 0, k, sense(device, 0, k, g[0, k]), drive[0, k - start], signal)


@shared
def deliver_row(synapses, device, circuit, g, j, z, current, variance):
    """Add the cells of input j to every lane, two lanes at a time."""
    lanes, zero = z.shape[0], z.dtype.type(0)
    for l in range(0, lanes - 1, 2):
        a, b = z[l, j], z[l + 1, j]
        if a != zero or b != zero:
            for k in range(synapses.first[j], synapses.first[j + 1]):
                v, i = sense(device, 0, k, g[0, k]), synapses.post[k]
                current[l, i] += v * a
                current[l + 1, i] += v * b
    if lanes % 2 == 1 and z[lanes - 1, j] != zero:
        for k in range(synapses.first[j], synapses.first[j + 1]):
            current[lanes - 1, synapses.post[k]] += sense(device, 0, k, g[0, k]) * z[lanes - 1, j]
    if is_read_noisy(circuit):
        for l in range(lanes):
            for k in range(synapses.first[j], synapses.first[j + 1]):
                variance[l, synapses.post[k]] += spread(circuit, sense(device, 0, k, g[0, k])) * (z[l, j] * z[l, j])


@sweep.fill(Sparse)
def _sweep(synapses, p, rank, z, current, key):
    zero = z.dtype.type(0)
    if rank > 0:
        prepare(p.scheme, p.device, p.request, rank, key)
    for j in range(synapses.first.size - 1):
        is_changing = rank > 0 and is_dense_in_time(p.eligibility)
        for q in range(rank):
            is_changing = is_changing or p.request.pre[q, j] != zero
        if is_changing and is_train(p.scheme):
            write_pairs_span(
                p.scheme, p.device, p.conductance, j, synapses.first[j], synapses.first[j + 1], synapses.post, p.request, rank, p.scratch,
                key)
        elif is_changing:
            ask_row(synapses, p.device, p.eligibility, p.conductance, j, p.request, rank, p.scratch.drive)
            write_span(p.device, p.conductance, synapses.first[j], synapses.first[j + 1], p.scratch.drive, p.scratch, key)
        deliver_row(synapses, p.device, p.circuit, p.conductance, j, z, current, p.variance)


@correlate.fill(Sparse)
def _correlate(synapses, p):
    drive = p.scratch.drive
    for j in range(synapses.first.size - 1):
        ask_row(synapses, p.device, p.eligibility, p.conductance, j, p.request, p.request.rank[0], drive)
        start = synapses.first[j] // BLOCK * BLOCK
        for k in range(synapses.first[j], synapses.first[j + 1]):
            p.total[0, k] += drive[0, k - start]


@commit.fill(Sparse)
def _commit(synapses, p, key):
    g, total, drive = p.conductance, p.total, p.scratch.drive
    span = p.scratch.uniform.size
    for begin in range(0, g.shape[1], span):
        end = min(begin + span, g.shape[1])
        for k in range(begin, end):
            drive[0, k - begin] = total[0, k]
            total[0, k] = total[0, k] - total[0, k]
        write_span(p.device, g, begin, end, drive, p.scratch, key)


@deliver.fill(Sparse)
def _deliver(synapses, cells, z, current, first, last):
    for j in range(synapses.first.size - 1):
        for l in range(first, last):
            a = z[l, j]
            for k in range(synapses.first[j], synapses.first[j + 1]):
                current[l, synapses.post[k]] += cells[0, k] * a


@blank.fill(Sparse)
def _blank(synapses, cells):
    zero = cells.dtype.type(0)
    for k in range(synapses.post.size, cells.shape[1]):
        cells[0, k] = zero
