"""Eligibilities of a decorrelating matrix; see rules.decorrelation."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import change, is_dense_in_time, is_lateral, is_mergeable


class Lateral(NamedTuple):
    """dw[i, j] = signal * sum_q post[q, i] (post[q] . w[:, j]) + square[i] w[i, j] (form "head")."""

    square: np.ndarray  # (width,) written by the rule


class OffDiagonal(NamedTuple):
    """dw[i, j] = sum_q pre[q, j] post[q, i] for i != j, 0 on the diagonal (form "published"): anti-Hebbian, purely local."""


is_dense_in_time.set(True, Lateral)
is_lateral.set(True, Lateral)
is_mergeable.set(False, Lateral, OffDiagonal)


@change.fill(Lateral)
def _change(eligibility, r, c, weight, drive, signal):
    return signal * drive + eligibility.square[c] * weight


@change.fill(OffDiagonal)
def _change_off_diagonal(eligibility, r, c, weight, drive, signal):
    requested = signal * drive
    return requested if r != c else drive - drive
