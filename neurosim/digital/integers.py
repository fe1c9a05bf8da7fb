"""Integer arithmetic of digital chips: rounding shifts, wrapping and saturating registers.

Every function takes int64 numbers or arrays of them, and is compiled into the kernels that need it.
"""
from __future__ import annotations

import numpy as np

from ..slots import inlined


@inlined
def toward_zero(x, shift):
    """x / 2^shift with the fraction cut off, whatever the sign: a right shift of the magnitude.  -7 / 4 -> -1."""
    return (x + (x < 0) * ((1 << shift) - 1)) >> shift


@inlined
def half_even(x, shift):
    """x / 2^shift, `shift` >= 1, rounded to the nearest integer, ties to the even one.  5 / 2 -> 2, 7 / 2 -> 4, -5 / 2 -> -2."""
    return (x + (1 << (shift - 1)) - 1 + ((x >> shift) & 1)) >> shift


@inlined
def wrap(x, bits):
    """The low bits of x as a signed number in two's complement."""
    return ((x + (1 << (bits - 1))) & ((1 << bits) - 1)) - (1 << (bits - 1))


@inlined
def wrapped_up(x, bits):
    """`wrap`, but with +2^(bits - 1) for -2^(bits - 1), which has no magnitude of bits - 1 bits."""
    return -wrap(-x, bits)


@inlined
def saturate(x, bits):
    """x limited to what a signed number of so many bits holds."""
    return np.minimum(np.maximum(x, -(1 << (bits - 1))), (1 << (bits - 1)) - 1)


@inlined
def limit(x, top):
    """x limited to -top ... top."""
    return np.minimum(np.maximum(x, -top), top)
