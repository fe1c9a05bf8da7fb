"""Which synapses exist: masks (n_post, n_pre) for sparse and local connectivity."""
from __future__ import annotations

import numpy as np


def random_mask(n_post: int, n_pre: int, density: float, rng: np.random.Generator) -> np.ndarray:
    """Every synapse exists with probability `density`, independently."""
    return rng.random((n_post, n_pre)) < density


def distance_mask(n_post: int, n_pre: int, radius: float) -> np.ndarray:
    """Neurons on a ring of circumference 1: a synapse exists if the distance is at most `radius` (0.5 = all-to-all)."""
    gap = np.abs(np.arange(n_post)[:, None] / n_post - np.arange(n_pre)[None, :] / n_pre)
    return np.minimum(gap, 1 - gap) <= radius + 1e-12


def block_mask(n_post: int, n_pre: int, cores: int) -> np.ndarray:
    """Neurons are dealt to `cores` cores in contiguous blocks; a synapse exists within a core only."""
    post, pre = np.arange(n_post) * cores // n_post, np.arange(n_pre) * cores // n_pre
    return post[:, None] == pre[None, :]
