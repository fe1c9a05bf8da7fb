"""Matrices in the padded rows of a connectivity, and back."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from neurosim.synapses.dense import Dense
from neurosim.synapses.direct import Direct
from neurosim.synapses.fan_in import FanIn
from neurosim.synapses.layout import FEW, arrange, choose, longest_row, matrix_of
from neurosim.synapses.sparse import Sparse
from neurosim.synapses.stale import StaleTwin

MATRIX = np.arange(1.0, 43.0).reshape(7, 6)  # (post, pre), no zeros
MASK = MATRIX % 3 > 0


class Elsewhere(NamedTuple):
    """No connectivity."""


def test_few_outputs_are_stored_by_output():
    assert choose(FEW - 1, 100, None) == FanIn(100, FEW - 1)
    assert choose(FEW, 100, None) == Dense(100, FEW)
    assert choose(3, 3, None, is_square=True) == Dense(3, 3)  # the back-projection of a lateral rule wants input rows


def test_a_mask_is_stored_sparsely_however_small():
    assert isinstance(choose(3, 100, np.ones((3, 100), bool)), Sparse)


def test_dense_rows_are_inputs_padded_to_four_rows_and_64_columns():
    cells = arrange(Dense(6, 7), MATRIX, np.float32)
    assert cells.shape == (8, 64) and cells.dtype == np.float32
    assert (cells[:6, :7] == MATRIX.T).all() and cells.sum() == MATRIX.sum()


def test_fan_in_rows_are_outputs_padded_to_64_columns():
    cells = arrange(FanIn(6, 7), MATRIX, np.float64)
    assert cells.shape == (7, 64)
    assert (cells[:, :6] == MATRIX).all() and cells.sum() == MATRIX.sum()


def test_sparse_cells_follow_one_another_input_by_input():
    synapses = choose(7, 6, MASK)
    cells = arrange(synapses, MATRIX, np.float64)
    wanted = np.concatenate([MATRIX[MASK[:, j], j] for j in range(6)])
    assert cells.shape == (1, 64)
    assert (cells[0, :wanted.size] == wanted).all() and (cells[0, wanted.size:] == 0).all()


@pytest.mark.parametrize("synapses", [Dense(6, 7), FanIn(6, 7), choose(7, 6, np.ones((7, 6), bool))])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_round_trip_is_a_copy_in_the_same_precision(synapses, dtype):
    cells = arrange(synapses, MATRIX, dtype)
    matrix = matrix_of(synapses, cells, 7, 6)
    assert matrix.dtype == dtype and (matrix == MATRIX).all()
    matrix[...] = 0
    assert cells.sum() == MATRIX.sum()
    assert cells.ctypes.data % 64 == 0 and cells.flags.c_contiguous


def test_absent_synapses_come_back_as_zero():
    synapses = choose(7, 6, MASK)
    assert (matrix_of(synapses, arrange(synapses, MATRIX, np.float64), 7, 6) == MATRIX * MASK).all()


def test_a_stale_twin_is_laid_out_like_what_it_wraps():
    stale = StaleTwin(Dense(6, 7), np.zeros((8, 64)))
    cells = arrange(stale, MATRIX, np.float64)
    assert (cells == arrange(Dense(6, 7), MATRIX, np.float64)).all()
    assert (matrix_of(stale, cells, 7, 6) == MATRIX).all()


def test_no_synapses_are_the_identity():
    cells = arrange(Direct(), np.eye(5), np.float32)
    assert (cells == 0).all()
    assert (matrix_of(Direct(), cells, 5, 5) == np.eye(5)).all()


def test_row_buffers_hold_the_longest_row_from_anywhere_in_a_block():
    assert longest_row(Dense(6, 70), np.zeros((8, 128))) == 128
    mask = np.zeros((300, 4), bool)
    mask[:65, 2] = True
    synapses = choose(300, 4, mask)
    cells = arrange(synapses, np.ones((300, 4)), np.float64)
    assert longest_row(synapses, cells) == 128 + 128  # 65 cells in two blocks, and two blocks more


def test_an_unknown_connectivity_is_named():
    with pytest.raises(TypeError, match="no layout for Elsewhere"):
        arrange(Elsewhere(), MATRIX, np.float64)
