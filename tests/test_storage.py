"""Padded, aligned arrays."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.storage import PAD, aligned, padded, zeros

SHAPES = [1, 7, 64, (3, 64), (4, 5, 6)]


@pytest.mark.parametrize(
    ("n", "unit", "wanted"), [(0, 64, 0), (1, 64, 64), (64, 64, 64), (65, 64, 128), (6, 4, 8), (8, 4, 8)])
def test_padding_rounds_up_to_the_unit(n, unit, wanted):
    assert padded(n, unit) == wanted


def test_the_default_unit_is_a_cache_line():
    assert PAD == 64 and padded(3) == 64


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
def test_arrays_start_on_a_64_byte_boundary(shape, dtype):
    """Repeatedly, while other allocations move the heap."""
    kept = []
    for k in range(20):
        array = zeros(shape, dtype)
        kept += [array, bytearray(17 * k)]
        assert array.ctypes.data % 64 == 0
        assert array.flags.c_contiguous and array.flags.writeable
        assert array.dtype == dtype and array.shape == np.zeros(shape).shape
        assert (array == 0).all()


def test_an_empty_array_has_its_shape():
    assert zeros((0, 64), np.float32).shape == (0, 64)


def test_arrays_do_not_share_memory():
    first, second = zeros(64, np.float32), zeros(64, np.float32)
    first[...] = 1
    assert (second == 0).all() and not np.shares_memory(first, second)


def test_rows_of_padded_arrays_are_aligned_too():
    array = zeros((5, padded(70)), np.float32)
    assert all(row.ctypes.data % 64 == 0 for row in array)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_aligned_copy_is_a_copy_in_the_wanted_precision(dtype):
    source = np.arange(12.0).reshape(3, 4).T  # not contiguous
    copy = aligned(source, dtype)
    assert copy.dtype == dtype and (copy == source).all() and copy.flags.c_contiguous and copy.ctypes.data % 64 == 0
    copy[...] = -1
    assert source.min() == 0
