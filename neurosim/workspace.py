"""The workspace of a projection, allocated once."""
from __future__ import annotations

from typing import Any

import numpy as np

from .contract import Scratch
from .devices.writing import GROUP
from .storage import zeros


def workspace(rows: int, longest: int, dtype: Any) -> Scratch:
    """For `rows` rows of synapses, the longest of `longest` cells (padded)."""
    uniform, normal, second, target = (zeros(longest, dtype) for _ in range(4))
    return Scratch(
        np.zeros(rows, np.int64), zeros(rows, dtype), zeros((4, longest), dtype), uniform, normal, second, target,
        np.zeros(GROUP, np.int64))
