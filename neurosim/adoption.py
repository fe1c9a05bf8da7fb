"""Going on from where another run of the same network stands."""
from __future__ import annotations

from typing import Any

import numpy as np

from .loop import Network
from .wiring import Wired


def adopt(wired: Wired, other: Wired, batch: int) -> None:
    """Go on from the clean lanes of another run of the same network: activity, membranes, and what axons have on its way."""
    for name in ("x", "x_hat", "y"):
        getattr(wired.activity, name)[...] = getattr(other.activity, name)[:batch]
    for mine, theirs in zip(memories(wired.network), memories(other.network), strict=True):
        mine[...] = theirs[..., :batch, :] if mine.ndim > 1 else theirs


def memories(network: Network) -> list[np.ndarray]:
    """Arrays in which hidden neurons and their axons remember: those with lanes, and the heads of rings."""
    found: list[np.ndarray] = []
    loop: Any = network
    parts: list[Any] = [loop.hidden, loop.inputs.delay, loop.recurrent.delay]
    while parts:
        for item in parts.pop():
            if isinstance(item, tuple):
                parts.append(item)
            elif isinstance(item, np.ndarray) and (item.ndim > 1 or item.shape == (1,)):
                found.append(item)
    return found
