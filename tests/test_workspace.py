"""The workspace of a projection."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.firing import GROUP
from neurosim.storage import zeros
from neurosim.synapses.products import BLOCK
from neurosim.workspace import workspace


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_array_is_its_own_aligned_and_of_the_stated_size(dtype):
    scratch = workspace(5, 128, dtype)
    assert scratch.rows.shape == (5,) and scratch.rows.dtype == np.int64 and scratch.loudness.shape == (5,)
    assert scratch.drive.shape == (4, 128) and scratch.listed.shape == (GROUP,)
    cells = (scratch.drive, scratch.uniform, scratch.normal, scratch.second, scratch.target)
    assert all(array.dtype == dtype and array.ctypes.data % 64 == 0 and array.shape[-1] == 128 for array in cells)
    panel = scratch.panel
    assert panel.packed.shape == (5 * BLOCK,) and (panel.order == np.arange(5)).all()
    assert all(array.ctypes.data % 64 == 0 and array.shape[1] * array.itemsize == 64 for array in (panel.sums, panel.weights))
    own = [*scratch[:-1], *panel]
    for array in own:
        assert not any(np.shares_memory(array, other) for other in own if other is not array)
        assert not array.any() or array is panel.order


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [64, 128, 448, 512, 960, 1024])
def test_a_strip_is_far_from_its_weights_modulo_a_page(width, dtype):
    cells = zeros((8, width), dtype)
    strip = workspace(8, width, dtype, cells).strip
    assert strip.dtype == dtype and strip.shape[1] >= width + 64 and strip.ctypes.data % 64 == 0
    apart = [(strip[row:, column:].ctypes.data - cells.ctypes.data) % 4096 for row, column in ((0, 0), (1, 0), (2, 64))]
    assert apart == [1024, 3072, 1024 + 64 * strip.itemsize]
