"""Random numbers outside of kernels: counter-based generators, no global state."""
from __future__ import annotations

import numpy as np


def generator(seed: int, stream: int, block: int = 0) -> np.random.Generator:
    """Random numbers that depend on (seed, stream, block) alone: the same draws in any order.

    Parameters
    ----------
    seed : int, 0 <= seed < 2**64
    stream : int, one constant per purpose
    block : int, for instance the epoch; blocks never overlap, each holds 2**128 counters
    """
    return np.random.Generator(np.random.Philox(
        key=np.array([seed, stream], dtype=np.uint64), counter=np.array([0, 0, block, 0], dtype=np.uint64)))
