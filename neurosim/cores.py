"""Which core a neuron is on, what every core can see of the others, and how far apart they are.

Neurons are dealt in order, evenly, over as few cores as hold them.  Cores fill the tiles of a mesh column by column, `cores_per_tile` to a
tile; a message from core to core takes as many hops as their tiles are apart in x and in y (as in SANA-FE, docs/architecture).
"""
from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .profile import Profile
from .quantity import number


class Cores(NamedTuple):
    """Neurons on cores.

    Attributes
    ----------
    core : (hidden,) core of every neuron
    used : cores that have neurons
    reached : (used, hidden) bool, whether a neuron sends to a core
    place : (used, 2) x and y of the tile of every core; None if the chip is no mesh of known size
    """

    core: np.ndarray
    used: int
    reached: np.ndarray
    place: np.ndarray | None

    @property
    def neurons(self) -> np.ndarray:
        """(used,) neurons of every core."""
        return np.bincount(self.core, minlength=self.used)

    def hops(self) -> np.ndarray | None:
        """(2, hidden) hops in x and in y of the messages that one spike of every neuron makes; None if the distances are not known."""
        if self.place is None:
            return None
        apart = np.abs(self.place[:, None] - self.place[self.core][None])  # (used, hidden, 2)
        return (apart * self.reached[..., None]).sum(axis=0).T


def deal(profile: Profile, hidden: int, used: int, mask: np.ndarray | None) -> Cores:
    """`hidden` neurons on `used` cores; `mask` (post, pre) says which recurrent synapses exist, all if None."""
    core = np.arange(hidden) * used // hidden
    if mask is None:
        reached = np.ones((used, hidden), bool)
    else:
        reached = np.zeros((used, hidden), bool)
        np.logical_or.at(reached, core, mask)
    topology, place = profile.topology, None
    if used == 1:
        place = np.zeros((1, 2), int)
    elif topology.noc == "mesh" and topology.mesh_shape is not None and len(topology.mesh_shape) == 2:
        tiles = np.arange(used) // int(number(topology.cores_per_tile, 1))
        place = np.stack(np.divmod(tiles, topology.mesh_shape[1]), axis=1)
    return Cores(core, used, reached, place)


def fewest(least: int, most: int, fits: Callable[[int], bool]) -> int:
    """The smallest number of cores from `least` to `most` that fits, if more cores are never worse; `most` if none does."""
    low, high = least - 1, most  # does not fit (or is not allowed), fits (or is the last)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high
