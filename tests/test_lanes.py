"""Arrays of lanes: cleared, filled, and put into the state of the clean pass."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.lanes import clear, fill, resynchronise


def lanes(dtype=np.float32):
    return np.arange(6 * 64).reshape(6, 64).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_clearing_leaves_zeros_whatever_was_there(dtype):
    array = lanes(dtype)
    if dtype != np.int32:
        array[0, :2] = np.nan, np.inf
    clear(array)
    assert not array.any() and array.dtype == dtype


def test_filling_shows_the_same_row_to_every_lane():
    array, row = lanes(), np.linspace(0, 1, 64, dtype=np.float32)
    fill(array, row)
    assert (array == row).all()


@pytest.mark.parametrize("batch", [2, 3, 6])
def test_resynchronising_copies_the_clean_pass_into_all_others(batch):
    array = lanes()
    clean = array[:batch].copy()
    resynchronise(array, batch)
    assert (array == np.tile(clean, (6 // batch, 1))).all()
