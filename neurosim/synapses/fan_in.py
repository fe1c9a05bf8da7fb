"""All-to-all synapses onto a few neurons, stored postsynaptic-major: row i holds the incoming weights of output i.

For a readout, where presynaptic-major rows of one or two weights would be padding only.
"""
from __future__ import annotations

from typing import NamedTuple

from ..arithmetic import dot
from ..contract import blank, change, commit, correlate, deliver, is_read_noisy, sense, spread, sweep
from ..devices.writing import write_row
from ..slots import shared
from ..updaters.trains import is_train, prepare, write_pairs_in
from ..updaters.transfer import store


class FanIn(NamedTuple):
    """n_pre inputs (columns, padded to 64), n_post outputs (rows)."""

    n_pre: int
    n_post: int


@shared
def ask_row(device, eligibility, g, i, request, rank, dw):
    """Fill ``dw[0]`` with the requested change of the synapses of output i."""
    pre, post, signal = request.pre, request.post, request.signal[0]
    for j in range(g.shape[1]):
        dw[0, j] = signal - signal
    for q in range(rank):
        factor = post[q, i]
        for j in range(g.shape[1]):
            dw[0, j] = dw[0, j] + factor * pre[q, j]
    for j in range(g.shape[1]):
        dw[0, j] = change(eligibility, i, j, sense(device, i, j, g[i, j]), dw[0, j], signal)


@shared
def collect_row(p, i, z, current):
    """Add what output i receives to every lane."""
    device, g, weight = p.device, p.conductance, p.scratch.drive
    for j in range(g.shape[1]):
        weight[0, j] = sense(device, i, j, g[i, j])
    for l in range(z.shape[0]):
        current[l, i] = current[l, i] + dot(weight, 0, z, l)
        if is_read_noisy(p.circuit):
            for j in range(g.shape[1]):
                weight[1, j] = spread(p.circuit, weight[0, j]) * z[l, j]
            p.variance[l, i] = p.variance[l, i] + dot(weight, 1, z, l)


@sweep.fill(FanIn)
def _sweep(synapses, p, rank, z, current, key):
    g, weight = p.conductance, p.scratch.drive
    written, cells = store(p.updater, p)
    if rank > 0:
        prepare(p.scheme, written, p.request, rank, key)
    for i in range(g.shape[0]):
        if rank > 0 and is_train(p.scheme):
            write_pairs_in(p.scheme, written, cells, i, p.request, rank, p.scratch, key)
        elif rank > 0:
            ask_row(p.device, p.eligibility, g, i, p.request, rank, weight)
            write_row(written, cells, i, weight, 0, p.scratch, key)
        collect_row(p, i, z, current)


@correlate.fill(FanIn)
def _correlate(synapses, p):
    total, dw = p.total, p.scratch.drive
    for i in range(total.shape[0]):
        ask_row(p.device, p.eligibility, p.conductance, i, p.request, p.request.rank[0], dw)
        for j in range(total.shape[1]):
            total[i, j] = total[i, j] + dw[0, j]


@commit.fill(FanIn)
def _commit(synapses, p, key):
    device, cells = store(p.updater, p)
    for i in range(p.total.shape[0]):
        write_row(device, cells, i, p.total, i, p.scratch, key)
        for j in range(p.total.shape[1]):
            p.total[i, j] = p.total[i, j] - p.total[i, j]


@deliver.fill(FanIn)
def _deliver(synapses, cells, z, current, first, last):
    for i in range(synapses.n_post):
        for l in range(first, last):
            current[l, i] = current[l, i] + dot(cells, i, z, l)


@blank.fill(FanIn)
def _blank(synapses, cells):
    zero = cells.dtype.type(0)
    for i in range(cells.shape[0]):
        for j in range(synapses.n_pre, cells.shape[1]):
            cells[i, j] = zero
