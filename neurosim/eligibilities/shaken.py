"""Eligibility of weight perturbation: the perturbation of the cell itself."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import change, is_dense_in_time, is_mergeable


class Shaken(NamedTuple):
    """dw = signal * noise, noise being what the cell was perturbed by in the step of the request."""

    noise: np.ndarray  # (rows, width), filled by the jitter of the same projection


is_dense_in_time.set(True, Shaken)
is_mergeable.set(False, Shaken)


@change.fill(Shaken)
def _change(eligibility, r, c, weight, drive, signal):
    return signal * eligibility.noise[r, c]
