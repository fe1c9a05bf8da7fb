"""The workspace of a projection, allocated once."""
from __future__ import annotations

from typing import Any

import numpy as np

from .contract import Scratch
from .devices.firing import GROUP
from .storage import zeros
from .synapses.products import panel_for
from .synapses.streaming import strip_for


def workspace(rows: int, longest: int, dtype: Any, cells: np.ndarray | None = None) -> Scratch:
    """For `rows` rows of synapses, the longest of `longest` cells (padded); `cells` are those that it is for."""
    uniform, normal, second, target = (zeros(longest, dtype) for _ in range(4))
    return Scratch(
        np.zeros(rows, np.int64), zeros(rows, dtype), zeros((4, longest), dtype), uniform, normal, second, target,
        np.zeros(GROUP, np.int64), np.zeros(longest, np.int64), strip_for(longest, dtype, cells), panel_for(rows, dtype))
