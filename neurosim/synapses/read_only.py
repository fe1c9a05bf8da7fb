"""Synapses that are only read: no sweep of theirs writes, which leaves less to compile, a fifth to a half of a test pass."""
from __future__ import annotations

from typing import Any, NamedTuple

from ..contract import blank, deliver, sweep
from ..slots import slot
from .dense import Dense
from .fan_in import FanIn, collect_row
from .products import deliver_listed
from .rows import busy_rows
from .sparse import Sparse, deliver_row


class ReadOnly(NamedTuple):
    """The inner synapses, which hold what they hold: a request is neither looked at nor added up."""

    inner: tuple


def read_only(synapses: Any) -> Any:
    """The synapses for reading only; themselves if they are of a kind that has nothing to leave out."""
    return ReadOnly(synapses) if isinstance(synapses, Dense | FanIn | Sparse) else synapses


@slot
def collect(synapses, p, z, current):
    """Add every row to every lane: the product of a `sweep` without a request, bit for bit."""


@sweep.fill(ReadOnly)
def _sweep(synapses, p, rank, z, current, key):
    collect(synapses.inner, p, z, current)


@deliver.fill(ReadOnly)
def _deliver(synapses, cells, z, current, first, last):
    deliver(synapses.inner, cells, z, current, first, last)


@blank.fill(ReadOnly)
def _blank(synapses, cells):
    blank(synapses.inner, cells)


@collect.fill(Dense)
def _collect_rows(synapses, p, z, current):
    rows = p.scratch.rows
    n = busy_rows(False, synapses.n_pre, z, p.request.pre, 0, p.scratch.loudness, rows)
    deliver_listed(p.device, p.circuit, p.conductance, rows, n, z, current, p.variance, p.scratch)


@collect.fill(FanIn)
def _collect_outputs(synapses, p, z, current):
    for i in range(p.conductance.shape[0]):
        collect_row(p, i, z, current)


@collect.fill(Sparse)
def _collect_cells(synapses, p, z, current):
    for j in range(synapses.first.size - 1):
        deliver_row(synapses, p.device, p.circuit, p.conductance, j, z, current, p.variance)
