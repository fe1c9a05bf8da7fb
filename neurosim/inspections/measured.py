"""What all inspections share: the chip is put back, and what cannot be measured has a reason."""
from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..chip import Chip
from ..errors import DivergenceError, InputError
from ..tiles import UNAVAILABLE

Found = dict[str, Any]
"""Numbers, lists of them, or "unavailable" by name; "why" is a sentence."""
Measure = Callable[[Any, Chip, Any], Found]


class NotMeasured(Exception):
    """An inspection means nothing here; the message says why."""


def measured(*keys: str) -> Callable[[Measure], Measure]:
    """Make an inspection of a function that may refuse.

    Parameters
    ----------
    keys : what it finds; all of it is unavailable if it refuses
    """
    def decorated(measure: Measure) -> Measure:
        @functools.wraps(measure)
        def inspection(case: Any, chip: Chip, run: Any) -> Found:
            kept = {name: array.copy() for name, array in chip.state().items()}
            try:
                return {name: plain(value) for name, value in measure(case, chip, run).items()}
            except (NotMeasured, InputError, DivergenceError) as error:
                return {**dict.fromkeys(keys, UNAVAILABLE), "why": str(error)}
            finally:
                chip.restore(kept)

        return inspection

    return decorated


def plain(value: Any) -> Any:
    """A number as files hold it; what is not finite is unavailable."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(one) for one in value]
    return float(value) if math.isfinite(value) else UNAVAILABLE


def rms(*arrays: np.ndarray) -> float:
    """Root of the mean square of everything; NaN of nothing."""
    size = sum(one.size for one in arrays)
    return math.sqrt(sum(float(np.square(one, dtype=np.float64).sum()) for one in arrays) / size) if size else math.nan
