"""Counter-based random numbers for kernels: a draw is a pure function of (seed, stream, step, index).

Philox-4x32-10 [1]_ makes four 32-bit words per counter.  Cell ``k`` uses word ``(k % 64) // 16`` of counter
``16 * (k // 64) + k % 16``, so a run of 64 cells is four contiguous stores of 16 and vectorises, and a draw depends on
(key, k) alone, never on the length of the array or on the order of the calls.  Arithmetic is float32 throughout: float64 runs
see the same noise as float32 runs.

References
----------
.. [1] Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011, doi:10.1145/2063384.2063405
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arithmetic import log_unit, sincos_turn
from .slots import inlined, shared

F = np.float32
W = np.uint64
MASK = W(0xFFFFFFFF)
HALF = W(32)
MULTIPLY_0, MULTIPLY_1 = W(0xD2511F53), W(0xCD9E8D57)
WEYL_0, WEYL_1 = W(0x9E3779B9), W(0xBB67AE85)
UNIT = F(2.0**-24)


class Key(NamedTuple):
    """Where a draw comes from; one stream per purpose and projection."""

    seed: int
    stream: int
    step: int


@inlined
def philox_round(c0, c1, c2, c3, k0, k1):
    """One of the ten rounds."""
    p0 = MULTIPLY_0 * c0
    p1 = MULTIPLY_1 * c2
    return (p1 >> HALF) ^ c1 ^ k0, p1 & MASK, (p0 >> HALF) ^ c3 ^ k1, p0 & MASK, (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK


@inlined
def philox(c0, c1, c2, c3, k0, k1):
    """Four 32-bit words of a counter under the key (k0, k1); all uint64 below 2**32.  Unrolled by hand: a loop would not vectorise."""
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = philox_round(c0, c1, c2, c3, k0, k1)
    return c0, c1, c2, c3


@inlined
def words(key, counter):
    """Four words for one counter of `key`."""
    return philox(W(counter) & MASK, W(key.step) & MASK, W(key.stream) & MASK, W(0), W(key.seed) & MASK, W(key.seed) >> HALF)


@inlined
def unit(word):
    """Uniform float32 in [0, 1) on 24 bits."""
    return F(W(word) >> W(8)) * UNIT


@inlined
def box_muller(a, b):
    """Two independent standard normals from two words; |z| < 5.9 (24-bit uniforms)."""
    radius = F(np.sqrt(F(-2.0) * log_unit((F(W(a) >> W(8)) + F(0.5)) * UNIT)))
    sine, cosine = sincos_turn(unit(b))
    return radius * sine, radius * cosine


@inlined
def fill_normal(key, first, out):
    """Standard normals for the cells ``first + i``; `first` and ``out.size`` are multiples of 64.  `out`: (n,) float."""
    for block in range(out.size // 64):
        base = 64 * block
        counter = (first + base) // 4
        for i in range(16):
            a, b, c, d = words(key, counter + i)
            z0, z1 = box_muller(a, b)
            z2, z3 = box_muller(c, d)
            out[base + i] = z0
            out[base + 16 + i] = z1
            out[base + 32 + i] = z2
            out[base + 48 + i] = z3


@inlined
def normal_at(key, k):
    """The standard normal of cell k alone: bit for bit what `fill_normal` gives it."""
    a, b, c, d = words(key, (k >> 6 << 4) + (k & 15))
    is_second = (k & 32) != 0
    sine, cosine = box_muller(c if is_second else a, d if is_second else b)
    return cosine if (k & 16) != 0 else sine


@shared
def fill_normal_at(key, first, cells, n, out):
    """Standard normals for the cells ``first + cells[e]``, e < n, in blocks of 16, the last one full; bit for bit those of `fill_normal`.

    `cells`, `out`: (at least n, rounded up to 16,).  A cell costs about as much as three of a run do.
    """
    for e in range((n + 15) // 16 * 16):
        out[e] = normal_at(key, first + cells[e])


@inlined
def fill_uniform(key, first, out):
    """Uniforms in [0, 1) for the cells ``first + i``; same layout as `fill_normal`."""
    for block in range(out.size // 64):
        base = 64 * block
        counter = (first + base) // 4
        for i in range(16):
            a, b, c, d = words(key, counter + i)
            out[base + i] = unit(a)
            out[base + 16 + i] = unit(b)
            out[base + 32 + i] = unit(c)
            out[base + 48 + i] = unit(d)


@inlined
def fill_words(key, first, out):
    """The 32-bit words themselves; same layout as `fill_normal`.  `out`: (n,) uint32."""
    for block in range(out.size // 64):
        base = 64 * block
        counter = (first + base) // 4
        for i in range(16):
            a, b, c, d = words(key, counter + i)
            out[base + i] = np.uint32(a)
            out[base + 16 + i] = np.uint32(b)
            out[base + 32 + i] = np.uint32(c)
            out[base + 48 + i] = np.uint32(d)


@shared
def fill_halves(key, first, high, low):
    """The words as two numbers below 2^16, which any float holds exactly; same layout as `fill_normal`.  `high`, `low`: (n,) float."""
    for block in range(high.size // 64):
        base = 64 * block
        counter = (first + base) // 4
        for i in range(16):
            a, b, c, d = words(key, counter + i)
            high[base + i], low[base + i] = F(W(a) >> W(16)), F(W(a) & W(0xFFFF))
            high[base + 16 + i], low[base + 16 + i] = F(W(b) >> W(16)), F(W(b) & W(0xFFFF))
            high[base + 32 + i], low[base + 32 + i] = F(W(c) >> W(16)), F(W(c) & W(0xFFFF))
            high[base + 48 + i], low[base + 48 + i] = F(W(d) >> W(16)), F(W(d) & W(0xFFFF))
