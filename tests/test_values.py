"""Numbers in place of rows."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from neurosim.neurons.settings import Membrane
from neurosim.values import at, shared_by_all


class Part(NamedTuple):
    row: np.ndarray
    other: np.ndarray
    state: np.ndarray
    inner: tuple


def test_rows_that_hold_one_number_become_it():
    inner = Membrane().build(5, 1, 1, np.float32)
    part = Part(np.array([2.0, 2.0, 0.0]), np.array([1, 2, 2]), np.ones((1, 3)), inner)
    found = shared_by_all(part, 2)
    assert found.row == 2.0 and isinstance(found.row, np.float64) and found.other is part.other and found.state is part.state
    assert found.inner.keep == inner.keep[0] and isinstance(found.inner.silence, np.int32) and found.inner.v is inner.v
    assert shared_by_all(part, 3).row is part.row


def test_both_are_read_alike_compiled_and_plain():
    def twice(parameter, i):
        return 2 * at(parameter, i)

    for function in (twice, njit(twice)):
        assert function(np.array([1.0, 3.0]), 1) == 6.0 and function(4.0, 1) == 8.0
