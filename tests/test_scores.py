"""The score that a comparison is about."""
from __future__ import annotations

import pytest

from neurosim.scores import main_score, sign_of


@pytest.mark.parametrize(("names", "score", "sign"), [
    (["test_mse", "accuracy"], "accuracy", -1.0), (["nmse"], "test_mse", 1.0), ([], "test_mse", 1.0)])
def test_accuracy_comes_before_error_and_more_of_it_is_better(names, score, sign):
    assert main_score(names) == score and sign_of(score) == sign
