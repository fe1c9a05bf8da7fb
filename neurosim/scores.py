"""The score that a comparison is about."""
from __future__ import annotations

from collections.abc import Iterable

HIGHER_IS_BETTER = ("accuracy",)
ERROR = "test_mse"


def main_score(names: Iterable[str]) -> str:
    """The accuracy, of a task that has one; the test error of the others."""
    there = set(names)
    return next((name for name in HIGHER_IS_BETTER if name in there), ERROR)


def sign_of(score: str) -> float:
    """-1 where more is better, 1 where less is: what makes every score a cost."""
    return -1.0 if score in HIGHER_IS_BETTER else 1.0
