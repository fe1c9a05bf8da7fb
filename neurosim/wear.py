"""What writing does to the devices of an array: pulses counted device by device, and the end that a profile's endurance sets."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .devices.endurance import ClosingWindow, Mortal
from .devices.worn import Worn
from .generators import generator
from .quantity import number
from .sections import DeviceSection
from .storage import zeros

ENDURANCE = 1006  # stream of the chip's seed; each array adds 16 times its number

Cells = Callable[[np.ndarray], np.ndarray]
"""Lays a matrix (post, pre) out in the rows of a connectivity."""


def counting(inner: Any, cells: np.ndarray) -> Worn:
    """A pulsed device, with its pulses counted from 0; `cells` is an array of its shape (rows, width)."""
    return Worn(inner, zeros(cells.shape, np.int32), zeros(cells.shape, np.int32), np.zeros(2, np.int64))


def cycles_of(section: DeviceSection, shape: tuple[int, int], seed: int, index: int) -> np.ndarray:
    """Pulses that every device endures, (n_post, n_pre): ``rint(endurance_cycles exp(endurance_spread xi))``, at least 1."""
    xi = generator(seed, ENDURANCE + 16 * index).standard_normal(shape)
    return np.maximum(np.rint(number(section.endurance_cycles) * np.exp(number(section.endurance_spread) * xi)), 1.0)


def closing(
    inner: Any, section: DeviceSection, lower: np.ndarray, upper: np.ndarray, cells: Cells, seed: int, index: int
) -> Any:
    """A device with its bounds, (n_post, n_pre) in units of the weight, around which a window closes if the profile says so."""
    if section.endurance_mode != "window":
        return inner
    cycles = cells(cycles_of(section, lower.shape, seed, index))
    return ClosingWindow(inner, zeros(cycles.shape, np.int32), cycles, cells((upper + lower) / 2), cells((upper - lower) / 2))


def mortal(inner: Any, section: DeviceSection, shape: tuple[int, int], cells: Cells, seed: int, index: int) -> Any:
    """A device that ends after as many pulses as `closing` knows, if the profile knows of an end."""
    if section.endurance_cycles is None:
        return inner
    cycles = cells(cycles_of(section, shape, seed, index))
    return Mortal(inner, zeros(cycles.shape, np.int32), cycles)
