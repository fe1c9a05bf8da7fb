"""Axonal delays: what a neuron sends arrives so many steps later, each neuron with a delay of its own."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..contract import arriving, hush, launch, pair
from ..storage import padded, zeros


class AxonalDelay(NamedTuple):
    """A ring of what was sent in the last steps; neuron j arrives ``steps[j]`` steps after it would without delay."""

    steps: np.ndarray    # (width_pre,) int64, at least 0
    ring: np.ndarray     # (longest + 1, lanes, width_pre) state
    head: np.ndarray     # (1,) int64 state: where the present step lies
    arrived: np.ndarray  # (lanes, width_pre) what arrives now


def axonal_delay(steps: np.ndarray, lanes: int, dtype: Any) -> AxonalDelay:
    """Delays, in steps, of every presynaptic neuron."""
    padded_steps = np.zeros(padded(steps.size), np.int64)
    padded_steps[:steps.size] = steps
    shape = lanes, padded(steps.size)
    return AxonalDelay(padded_steps, zeros((int(steps.max()) + 1, *shape), dtype), np.zeros(1, np.int64), zeros(shape, dtype))


@launch.fill(AxonalDelay)
def _launch(delay, z):
    depth = delay.ring.shape[0]
    delay.head[0] = (delay.head[0] + 1) % depth
    head = delay.head[0]
    for l in range(z.shape[0]):
        for j in range(z.shape[1]):
            delay.ring[head, l, j] = z[l, j]
    for l in range(z.shape[0]):
        for j in range(z.shape[1]):
            delay.arrived[l, j] = delay.ring[(head - delay.steps[j]) % depth, l, j]


@arriving.fill(AxonalDelay)
def _arriving(delay, z):
    return delay.arrived


@hush.fill(AxonalDelay)
def _hush(delay):
    zero = delay.ring.dtype.type(0)
    for k in range(delay.ring.shape[0]):
        for l in range(delay.ring.shape[1]):
            for j in range(delay.ring.shape[2]):
                delay.ring[k, l, j] = zero


@pair.fill(AxonalDelay)
def _pair(delay, batch):
    for k in range(delay.ring.shape[0]):
        for l in range(batch, delay.ring.shape[1]):
            for j in range(delay.ring.shape[2]):
                delay.ring[k, l, j] = delay.ring[k, l % batch, j]
