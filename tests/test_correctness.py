"""Measures of correctness, by hand."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.correctness import classification_accuracy, mse, r2, smape
from neurosim.errors import InputError

OUTPUTS, TARGETS = np.array([[1.0, -2.0], [3.0, 2.0]]), np.array([[3.0, -2.0], [1.0, 6.0]])


def test_mean_squared_error():
    assert mse(OUTPUTS, TARGETS) == (4 + 0 + 4 + 16) / 4


def test_smape_is_0_for_the_truth_200_for_its_opposite_and_200_where_it_is_no_number():
    assert smape(OUTPUTS, TARGETS) == 200 * (2 / 4 + 0 + 2 / 4 + 4 / 8) / 4
    assert smape(-TARGETS, TARGETS) == 200 and smape(TARGETS, TARGETS) == 0
    assert smape(np.zeros(2), np.array([0.0, 1.0])) == 200


def test_r2_is_the_mean_over_outputs():
    assert r2(OUTPUTS, TARGETS) == ((1 - 8 / 2) + (1 - 16 / 32)) / 2
    assert r2(OUTPUTS, np.ones((2, 2))) is None


def test_accuracy_is_the_share_of_right_answers():
    assert classification_accuracy(np.array([1, 2, 3, 4]), np.array([1, 2, 0, 4])) == 0.75


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match=r"outputs: of shape \(2,\); the targets have shape \(3,\)"):
        mse(np.zeros(2), np.zeros(3))
    with pytest.raises(InputError, match="at least one is needed"):
        smape(np.zeros(0), np.zeros(0))
