"""Random bits of pulse trains: for all slots of a line at once, digit by digit of their probability."""
from __future__ import annotations

import numpy as np

from ..devices.pulses import ROUND
from ..random import MASK, Key, W, words
from ..slots import inlined, shared

WORD = 32     # slots of a train that one word of bits holds
DIGITS = 24   # binary digits of the probability of a bit
PER_DRAW = 4  # words of one counter, and so digits
UNITS = np.float32(2.0**DIGITS)


def bits_of(factor: np.ndarray, longest: float) -> np.ndarray:
    """Room for the bits of trains of at most `longest` slots on the lines of a factor (rank, width)."""
    return np.zeros((factor.shape[0], 1 if longest <= WORD else 2, factor.shape[1]), np.uint32)


@shared
def fill_bits(key, q, slots, chance, bits):
    """Bits of the first `slots` slots of every line; line i uses counter i of `DIGITS` / `PER_DRAW` streams for each word.

    The bit of a slot says whether a uniform number is below the chance.  Digit by digit, from the last to the first: where the digit of
    the chance is 1, the number is below if its own is 0, or if it was below so far; where it is 0, only if both hold.  That is the
    majority of three bits, for all slots of a line at once.
    """
    width = bits.shape[2]
    for w in range(bits.shape[1]):
        for i in range(width):
            bits[q, w, i] = 0
        kept = min(max(slots - WORD * w, 0), WORD)
        for draw in range(DIGITS // PER_DRAW if kept > 0 else 0):
            here = Key(key.seed, key.stream + ROUND * (DIGITS // PER_DRAW * w + draw), key.step)
            for i in range(width):
                level, below = digits(chance[q, i]) >> W(PER_DRAW * draw), W(bits[q, w, i])
                w0, w1, w2, w3 = words(here, i)
                below = majority(w0, below, level)
                below = majority(w1, below, level >> W(1))
                below = majority(w2, below, level >> W(2))
                below = majority(w3, below, level >> W(3))
                bits[q, w, i] = np.uint32(below)
        mask = (W(1) << W(kept)) - W(1)
        for i in range(width):
            bits[q, w, i] = np.uint32((MASK if digits(chance[q, i]) >> W(DIGITS) != W(0) else W(bits[q, w, i])) & mask)


@inlined
def digits(chance):
    """A probability in units of 2^-24, to the nearest; 0 for what is not a number."""
    zero = UNITS - UNITS
    return W(np.int32(np.rint((chance if chance > zero else zero) * UNITS)))


@inlined
def majority(a, b, digit):
    """Bit by bit: ``a | b`` where the last bit of `digit` is 1, ``a & b`` where it is 0."""
    every = MASK if digit & W(1) != W(0) else W(0)
    return (a & b) | (every & (a | b))
