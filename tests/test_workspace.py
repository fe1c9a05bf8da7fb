"""The workspace of a projection."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.writing import GROUP
from neurosim.workspace import workspace


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_array_is_its_own_aligned_and_of_the_stated_size(dtype):
    scratch = workspace(5, 128, dtype)
    assert scratch.rows.shape == (5,) and scratch.rows.dtype == np.int64 and scratch.loudness.shape == (5,)
    assert scratch.drive.shape == (4, 128) and scratch.listed.shape == (GROUP,)
    cells = (scratch.drive, scratch.uniform, scratch.normal, scratch.second, scratch.target)
    assert all(array.dtype == dtype and array.ctypes.data % 64 == 0 and array.shape[-1] == 128 for array in cells)
    for array in scratch:
        others = [other for other in scratch if other is not array]
        assert not any(np.shares_memory(array, other) for other in others) and not array.any()
