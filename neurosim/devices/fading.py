"""What n equal pulses do that each take the share f of the state away: powers of 1 - f without cancellation, however small f is.

With q = 1 - f and ``x = n log q = -n f fade_rate(f)``: ``q^n - 1 = x growth(x)``, ``sum_{k<n} q^k = n fade_rate(f) growth(x)``.
"""
from __future__ import annotations

import math

import numpy as np
from numba import types
from numba.extending import overload

from ..slots import inlined

F = np.float32
LARGEST_FADE = F(0.25)  # of pulses that are merged: `fade_rate` holds up to there
LARGEST_LOSS = F(1)     # n f of pulses that are merged: `growth` holds for log q^n, and 6 standard deviations of noise around it


@inlined
def _fade_rate_single(fade):
    """Minimax polynomial that is 1 at 0, in pairs, which takes less time from end to end than term by term; error 1e-7."""
    square = fade * fade
    low = F(1) + F(0.49999934434890747) * fade + (F(0.33338215947151184) + F(0.24878814816474915) * fade) * square
    high = F(0.2136344164609909) + F(0.09140245616436005) * fade + F(0.3316936194896698) * square
    return low + high * (square * square)


@inlined
def _growth_single(x):
    """Minimax polynomial that is 1 at 0, in pairs; error 2e-7."""
    square = x * x
    low = F(1) + F(0.5) * x + (F(0.16666682064533234) + F(0.04166673868894577) * x) * square
    high = F(0.0083301467821002) + F(0.0013781128218397498) * x + (F(0.00018374298815615475) + F(1.5290333976736292e-05) * x) * square
    return low + high * (square * square)


@inlined
def _fade_rate_double(fade):
    return -math.log1p(-fade) / fade if 0.0 < fade < 1.0 else 1.0


@inlined
def _growth_double(x):
    return math.expm1(x) / x if x != 0.0 else 1.0


def fade_rate(fade):
    """``-log(1 - f) / f`` for 0 <= f <= `LARGEST_FADE`: polynomial in float32 (vectorises), libm in float64 (golden tests)."""
    return _fade_rate_single(fade) if isinstance(fade, np.float32) else np.float64(_fade_rate_double(fade))


def growth(x):
    """``(exp(x) - 1) / x`` for -1.35 <= x <= 0.2: polynomial in float32 (vectorises), libm in float64 (golden tests)."""
    return _growth_single(x) if isinstance(x, np.float32) else np.float64(_growth_double(x))


@overload(fade_rate)
def _fade_rate_typed(fade):
    return (lambda fade: _fade_rate_single(fade)) if fade == types.float32 else (lambda fade: _fade_rate_double(fade))


@overload(growth)
def _growth_typed(x):
    return (lambda x: _growth_single(x)) if x == types.float32 else (lambda x: _growth_double(x))


@inlined
def is_mild(fade, count):
    """Whether so many pulses of this fade may be merged, for what is here to hold: f in [0, 1/4] and n f <= 1."""
    return (fade >= fade - fade) & (fade <= LARGEST_FADE) & (count * fade <= LARGEST_LOSS)
