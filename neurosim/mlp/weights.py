"""What holds the weights of a layer: numbers, or pulsed devices."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..compiled import compiled
from ..contract import Scratch
from ..devices.pulses import granule
from ..devices.writing import write_row
from ..placement import Array, on_devices
from ..random import Key
from ..storage import zeros
from ..synapses.layout import arrange, choose
from ..workspace import workspace
from .devices import Labels, profile_of

CONVERTER = 255  # highest output of the converter: 8 bits
LAYER = 16       # random streams of a layer's writes begin at so many times its number


class Weights(Protocol):
    """A matrix (post, pre) of weights from -1 to 1."""

    def read(self) -> np.ndarray:
        """The weights."""

    def sums(self, lines: np.ndarray) -> np.ndarray:
        """Half the weighted sums of lines that are 0 or 1, (n, n_pre) -> (n, n_post): conductances less a reference in a range of 1."""

    def change(self, wanted: np.ndarray) -> None:
        """Add a matrix to them as well as that is possible."""


@dataclass
class Digital:
    """Numbers that gather changes exactly; read with so many bits, or as they are."""

    matrix: np.ndarray
    bits: int | None = None

    def read(self) -> np.ndarray:
        """See `Weights`: ``2 floor((w + 1) / 2 (2^bits - 1)) / (2^bits - 1) - 1``."""
        if self.bits is None:
            return self.matrix
        top = 2**self.bits - 1
        return np.asarray(2 * np.floor((self.matrix + 1) / 2 * top) / top - 1)

    def sums(self, lines: np.ndarray) -> np.ndarray:
        """See `Weights`; exact."""
        return np.asarray(lines @ self.read().T / 2)

    def change(self, wanted: np.ndarray) -> None:
        """See `Weights`."""
        np.clip(self.matrix + wanted, -1, 1, out=self.matrix)


@dataclass
class OnDevices:
    """An array of pulsed devices less a reference; a change is rounded to whole pulses, each nominally 2 / levels."""

    array: Array
    reference: float
    levels: tuple[int, int]  # up, down
    scratch: Scratch
    write: Callable[..., None]
    seed: int
    layer: int
    now: int = 0

    def read(self) -> np.ndarray:
        """See `Weights`."""
        return self.array.weights() - self.reference

    def sums(self, lines: np.ndarray) -> np.ndarray:
        """See `Weights`; both sums, of the conductances and of the reference in the middle of their range, are rounded down to 8 bits.

        The full scale of the converter is the sum over all lines at the highest conductance, the lowest subtracted.
        """
        n, on = self.array.n_pre, lines.sum(axis=-1, keepdims=True)
        collected, middle = (lines @ self.read().T + on) / 2, on / 2
        return np.asarray((np.floor(collected * CONVERTER / n) - np.floor(middle * CONVERTER / n)) * n / CONVERTER)

    def change(self, wanted: np.ndarray) -> None:
        """See `Weights`; small changes are lost."""
        pulses = whole_pulses(wanted, self.levels)
        cells = arrange(self.array.synapses, pulses * granule(self.array.device), self.array.conductance.dtype)
        self.write(self.array.device, self.array.conductance, cells, self.scratch, Key(self.seed, LAYER * self.layer, self.now))
        self.now += 1


def whole_pulses(wanted: np.ndarray, levels: tuple[int, int]) -> np.ndarray:
    """``wanted / 2 * levels`` rounded to the nearest whole number, halves away from 0; levels (up, down) of the direction."""
    return np.asarray(np.sign(wanted) * np.floor(np.abs(wanted) / 2 * np.where(wanted > 0, *levels) + 0.5))


def write_all(device, conductance, wanted, scratch, key):
    """Write a request, laid out like the conductance, to every row that has one."""
    zero = wanted[0, 0] - wanted[0, 0]
    for r in range(conductance.shape[0]):
        asked = 0
        for k in range(conductance.shape[1]):
            asked += 1 if wanted[r, k] != zero else 0
        if asked > 0:
            write_row(device, conductance, r, wanted, r, scratch, key)


def placed(name: str, labels: Labels, matrix: np.ndarray, seed: int, layer: int) -> OnDevices:
    """A layer written to devices, in float64: a number of pulses must not be lost to rounding.

    Parameters
    ----------
    name : of the device, for messages
    layer : number of the layer, from 1; of its random streams
    """
    profile, reference = profile_of(name, labels)
    synapses, clock = choose(matrix.shape[0], matrix.shape[1], None), zeros(1, np.float64)
    array = on_devices(name, layer, matrix + reference, True, synapses, profile, 1.0, seed, np.float64, clock)
    scratch = workspace(array.conductance.shape[0], array.conductance.shape[1], np.float64)
    return OnDevices(array, reference, (labels.levels_up, labels.levels_down), scratch, compiled(write_all), seed, layer)
