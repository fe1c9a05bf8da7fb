"""An updater that counts and never writes: what a rule would change, at weights that stay as they are."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import condition


class Tally(NamedTuple):
    """Adds up the requests of trials and their squares: mean and variance of an estimate; the request becomes zero."""

    sum: np.ndarray     # (rows, width)
    square: np.ndarray  # (rows, width)


@condition.fill(Tally)
def _condition(updater, turn, total):
    zero = total.dtype.type(0)
    for r in range(total.shape[0]):
        for i in range(total.shape[1]):
            asked = total[r, i]
            updater.sum[r, i] = updater.sum[r, i] + asked
            updater.square[r, i] = updater.square[r, i] + asked * asked
            total[r, i] = zero
