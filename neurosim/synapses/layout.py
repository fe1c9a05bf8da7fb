"""How a (post, pre) matrix is laid out in the padded rows of a connectivity, and back."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..storage import PAD, padded, zeros
from .dense import Dense
from .direct import Direct
from .fan_in import FanIn
from .sparse import Sparse
from .stale import StaleTwin

FEW = 32  # a projection onto fewer neurons is stored postsynaptic-major: presynaptic-major rows would be padding only


def choose(n_post: int, n_pre: int, mask: np.ndarray | None, is_square: bool = False) -> Any:
    """The connectivity that stores a matrix of this shape; a lateral (square) one is always presynaptic-major."""
    if mask is not None:
        pre, post = np.nonzero(mask.T)
        return Sparse(np.searchsorted(pre, np.arange(n_pre + 1)).astype(np.int32), post.astype(np.int32))
    return FanIn(n_pre, n_post) if n_post < FEW and not is_square else Dense(n_pre, n_post)


def arrange(synapses: Any, matrix: np.ndarray, dtype: Any) -> np.ndarray:
    """Cells (rows, width) of a matrix (post, pre); padding is zero."""
    n_post, n_pre = matrix.shape
    if isinstance(synapses, StaleTwin):
        return arrange(synapses.inner, matrix, dtype)
    if isinstance(synapses, Dense):
        cells = zeros((padded(n_pre, 4), padded(n_post)), dtype)
        cells[:n_pre, :n_post] = matrix.T
    elif isinstance(synapses, FanIn):
        cells = zeros((n_post, padded(n_pre)), dtype)
        cells[:, :n_pre] = matrix
    elif isinstance(synapses, Sparse):
        cells = zeros((1, padded(max(1, synapses.post.size))), dtype)
        pre = np.repeat(np.arange(n_pre), np.diff(synapses.first))
        cells[0, :pre.size] = matrix[synapses.post, pre]
    elif isinstance(synapses, Direct):
        cells = zeros((4, PAD), dtype)
    else:
        raise TypeError(f"no layout for {type(synapses).__name__}")
    return cells


def matrix_of(synapses: Any, cells: np.ndarray, n_post: int, n_pre: int) -> np.ndarray:
    """The matrix (post, pre) that `arrange` laid out; absent synapses are zero."""
    if isinstance(synapses, StaleTwin):
        return matrix_of(synapses.inner, cells, n_post, n_pre)
    if isinstance(synapses, FanIn):
        return cells[:n_post, :n_pre].copy()
    if isinstance(synapses, Sparse):
        matrix = np.zeros((n_post, n_pre), cells.dtype)
        matrix[synapses.post, np.repeat(np.arange(n_pre), np.diff(synapses.first))] = cells[0, :synapses.post.size]
        return matrix
    if isinstance(synapses, Direct):
        return np.eye(n_post, n_pre, dtype=cells.dtype)
    return cells[:n_pre, :n_post].T.copy()


def longest_row(synapses: Any, cells: np.ndarray) -> int:
    """Cells that a row buffer must hold."""
    if isinstance(synapses, Sparse):  # a row may start anywhere in a block of 64
        return padded(int(np.diff(synapses.first).max(initial=0))) + 2 * PAD
    return cells.shape[1]
