"""Digital weights count what was asked of them and what changed, whole rows and spans of a row."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import draws
from neurosim.devices.firing import BLOCK
from neurosim.devices.fixed_point import FixedPoint, FixedPointNearest
from neurosim.devices.writing import write_row, write_span, writes_by_row
from neurosim.devices.written import written
from neurosim.random import Key
from neurosim.storage import zeros
from neurosim.workspace import workspace

ROWS, WIDTH, LSB = 3, 128, np.float64(0.1)


def parts(kind, rows=ROWS):
    """A memory of whole numbers, requests in units of the weight, and workspace."""
    rng = np.random.Generator(np.random.Philox(key=np.array([rows, 5], np.uint64)))
    cells = zeros((rows, WIDTH), np.float64)
    cells[...] = rng.integers(-5, 6, cells.shape)
    requests = zeros((rows, WIDTH), np.float64)
    requests[...] = rng.choice([0.0, 0.02, 0.3, -0.07], cells.shape)
    return written(kind(LSB, np.float64(7)), cells), cells, requests, workspace(rows, WIDTH, np.float64)


@pytest.mark.parametrize("kind", [FixedPoint, FixedPointNearest])
def test_rows_count_requests_and_changes(kind):
    device, cells, requests, scratch = parts(kind)
    bare, other = kind(LSB, np.float64(7)), cells.copy()
    before = cells.copy()
    for r in (0, 2, 2):
        write_row(device, cells, r, requests, r, scratch, Key(1, 2, r))
        write_row(bare, other, r, requests, r, scratch, Key(1, 2, r))
    assert (cells == other).all() and (cells[1] == before[1]).all()
    asked = np.count_nonzero(requests, axis=1)
    assert device.asked.tolist() == [asked[0], 0, 2 * asked[2]] and device.changed[1] == 0
    assert device.changed[0] == np.count_nonzero(cells[0] != before[0]) and 0 < device.changed[0] < asked[0]
    assert device.changed[2] >= np.count_nonzero(cells[2] != before[2])


def test_requests_below_half_a_step_are_updates_without_a_write():
    device, cells, requests, scratch = parts(FixedPointNearest)
    requests[...] = 0.04
    write_row(device, cells, 0, requests, 0, scratch, Key(1, 2, 3))
    assert (device.asked[0], device.changed[0]) == (WIDTH, 0)


def test_spans_of_a_row_count_their_own_cells():
    device, cells, requests, scratch = parts(FixedPoint, rows=1)
    bare, other, before = FixedPoint(LSB, np.float64(7)), cells.copy(), cells.copy()
    begin, end = BLOCK + 3, BLOCK + 40
    first = requests[:, BLOCK:].copy()  # `dw` starts at the block that `begin` is in
    write_span(device, cells, begin, end, first, scratch, Key(1, 2, 3))
    write_span(bare, other, begin, end, first, scratch, Key(1, 2, 3))
    assert (cells == other).all() and (cells[0, :begin] == before[0, :begin]).all() and (cells[0, end:] == before[0, end:]).all()
    assert device.asked.tolist() == [np.count_nonzero(requests[0, begin:end])]
    assert device.changed.tolist() == [np.count_nonzero(cells != before)] and device.changed[0] > 0


def test_nothing_is_drawn_for_the_counts_and_no_sweep_writes_past_them():
    assert [draws(parts(kind)[0]) for kind in (FixedPoint, FixedPointNearest)] == [1, 0]
    assert writes_by_row(parts(FixedPoint)[0]) and not writes_by_row(FixedPoint(LSB, LSB))
