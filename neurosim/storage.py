"""Padded, aligned, C-contiguous arrays: the storage that the kernels are compiled for."""
from __future__ import annotations

from typing import Any

import numpy as np

PAD = 64  # floats per padded row; also the alignment in bytes (one cache line, one AVX-512 register)


def padded(n: int, unit: int = PAD) -> int:
    """n rounded up to a multiple of `unit`."""
    return -(-n // unit) * unit


def zeros(shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
    """Zeros whose first element lies on a 64-byte boundary."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(size + PAD, np.uint8)
    start = -raw.ctypes.data % PAD
    return raw[start:start + size].view(dtype).reshape(shape)


def aligned(array: np.ndarray, dtype: Any) -> np.ndarray:
    """A copy of `array` in `dtype` on a 64-byte boundary."""
    copy = zeros(array.shape, dtype)
    copy[...] = array
    return copy
