"""All-to-all synapses, stored presynaptic-major: row j holds the outgoing weights of input j.

Rows are visited four at a time and silent rows not at all.  With a cheap device (``draws = 0``), two lanes and a rank-one
request, the write and both deliveries share one inner loop and each weight is touched once per step (streaming.py for exact weights);
otherwise all of them are written first and delivered then, packed for many lanes (products.py).
"""
from __future__ import annotations

from typing import NamedTuple

from ..contract import (
    blank,
    commit,
    correlate,
    deliver,
    draws,
    is_dense_in_time,
    is_exact,
    is_mergeable,
    is_read_noisy,
    sweep,
)
from ..devices.writing import write_row, writes_by_row
from ..updaters.trains import prepare
from ..updaters.transfer import is_indirect, store
from .products import RANKS, deliver_listed, outer_many
from .rows import ask_rows, busy_rows, fused_rows, outer_rows, write_rows
from .streaming import is_streamed, lay_out, stream, take_up


class Dense(NamedTuple):
    """n_pre and n_post are the true sizes; arrays are padded to 4 rows and 64 columns."""

    n_pre: int
    n_post: int


@sweep.fill(Dense)
def _sweep(synapses, p, rank, z, current, key):
    device, circuit, eligibility, g, request, scratch = p.device, p.circuit, p.eligibility, p.conductance, p.request, p.scratch
    rows = scratch.rows
    n = busy_rows(rank > 0 and is_dense_in_time(eligibility), synapses.n_pre, z, request.pre, rank, scratch.loudness, rows)
    if draws(device) == 0 and not writes_by_row(device) and rank == 1 and z.shape[0] == 2 and not is_indirect(p.updater):
        lay_out(request.post, current, scratch.strip)
        if is_exact(device) and (is_mergeable(eligibility) or is_streamed(eligibility)) and not is_read_noisy(circuit):
            stream(eligibility, g, rows, n, request.pre, request.post, request.signal[0], z, scratch.strip)
        else:
            fused_rows(device, circuit, eligibility, g, rows, n, request.pre, request.post, request.signal[0], z, scratch.strip, p.variance,
                       scratch.drive)
        take_up(scratch.strip, current)
    else:
        written, cells = store(p.updater, p)
        if rank > 0:
            prepare(p.scheme, written, request, rank, key)
            for e in range(0, n, 4):
                write_rows(p, written, cells, rows[e], rows[e + 1], rows[e + 2], rows[e + 3], rank, key)
        deliver_listed(device, circuit, g, rows, n, z, current, p.variance, scratch)


@correlate.fill(Dense)
def _correlate(synapses, p):
    request, total, dw = p.request, p.total, p.scratch.drive
    rank, done = request.rank[0], 0
    if is_mergeable(p.eligibility) and rank >= RANKS:
        done = rank // 4 * 4
        outer_many(total, request.pre, request.post, done, p.scratch.panel)
    for r in range(0, total.shape[0], 4):
        if is_mergeable(p.eligibility):
            outer_rows(total, r, r + 1, r + 2, r + 3, request.pre, request.post, done, rank, r, r + 1, r + 2, r + 3)
        else:
            ask_rows(p.device, p.eligibility, p.conductance, r, r + 1, r + 2, r + 3, request, rank, p.scratch)
            for k in range(4):
                for i in range(dw.shape[1]):
                    total[r + k, i] = total[r + k, i] + dw[k, i]


@commit.fill(Dense)
def _commit(synapses, p, key):
    device, cells = store(p.updater, p)
    for r in range(p.total.shape[0]):
        write_row(device, cells, r, p.total, r, p.scratch, key)
        for i in range(p.total.shape[1]):
            p.total[r, i] = p.total[r, i] - p.total[r, i]


@deliver.fill(Dense)
def _deliver(synapses, cells, z, current, first, last):
    for r in range(synapses.n_pre):
        for l in range(first, last):
            a = z[l, r]
            for i in range(cells.shape[1]):
                current[l, i] = current[l, i] + cells[r, i] * a


@blank.fill(Dense)
def _blank(synapses, cells):
    zero = cells.dtype.type(0)
    for r in range(cells.shape[0]):
        for i in range(synapses.n_post if r < synapses.n_pre else 0, cells.shape[1]):
            cells[r, i] = zero
