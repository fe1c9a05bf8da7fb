"""Weights as differences of two conductances, and what a read-out multiplies with to make up for drift."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..errors import InputError

FAINTEST = 1e-4  # response below which no gain is computed


class Pair(NamedTuple):
    """Conductances of both devices of every weight, uS, and the weight's unit: ``weight = (plus - minus) / scale``."""

    plus: np.ndarray
    minus: np.ndarray
    scale: float  # uS per unit of weight


def to_pairs(weight: np.ndarray, g_max_uS: float, g_min_uS: float = 0.0) -> Pair:
    """Map weights to differential pairs.

    ``scale = (g_max - g_min) / max|W|``, ``g+- = clip(+-W scale, 0, g_max - g_min) + g_min``: one device carries the weight, the other
    rests at g_min.  A matrix of zeros has scale 1.

    Raises
    ------
    InputError
        If not 0 <= g_min < g_max.
    """
    if not 0 <= g_min_uS < g_max_uS:
        raise InputError("g_min_uS", f"= {g_min_uS:g}; must be from 0 to below g_max_uS = {g_max_uS:g}")
    largest, span = float(np.abs(weight).max()), g_max_uS - g_min_uS
    scale = span / largest if largest > 0 else 1.0
    return Pair(np.clip(weight * scale, 0, span) + g_min_uS, np.clip(-weight * scale, 0, span) + g_min_uS, scale)


def to_weights(pair: Pair) -> np.ndarray:
    """Weights that pairs of conductances stand for."""
    return (pair.plus - pair.minus) / pair.scale


def drift_gain(at_first: np.ndarray, now: np.ndarray, per_column: bool = False) -> np.ndarray:
    """Factor on the outputs that makes up for the mean drift: ``alpha = mean|W_0 I| / mean|W_t I|`` (global drift compensation).

    Parameters
    ----------
    at_first, now : (outputs, probes), the responses to the same probe inputs (rows of the identity, say) just after programming and now
    per_column : one factor per output, (outputs, 1), instead of one for all, (1, 1)

    Notes
    -----
    Joshi et al. 2020, doi:10.1038/s41467-020-16108-9.  Means below 1e-4 count as 1e-4, so that a dead output is not blown up.
    """
    axis = 1 if per_column else None
    first, later = (np.maximum(np.abs(a).mean(axis=axis, keepdims=True), FAINTEST) for a in (at_first, now))
    return first / later
