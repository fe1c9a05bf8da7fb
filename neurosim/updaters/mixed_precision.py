"""Mixed precision: requests add up digitally, with high precision, and are written in whole pulses when a granule is full."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import condition
from ..devices.accumulator import Accumulator
from ..devices.pulses import granule
from .transfer import is_indirect, is_time, store, transfer, write_out


class MixedPrecision(NamedTuple):
    """chi += request; every `every` writes, all rows: n = trunc(chi / g) pulses, chi -= n g (Nandakumar et al. 2020).

    doi:10.3389/fnins.2020.00406.  One digital number per synapse; the devices see few, whole pulses.
    """

    inner: tuple
    device: Accumulator
    fast: np.ndarray   # (rows, width) chi
    every: int
    rows: int
    state: np.ndarray  # (3,) int64: writes since the last transfer, unused, transfers


is_indirect.set(True, MixedPrecision)


@store.fill(MixedPrecision)
def _store(updater, p):
    return updater.device, updater.fast


@condition.fill(MixedPrecision)
def _condition(updater, turn, total):
    condition(updater.inner, turn, total)


@transfer.fill(MixedPrecision)
def _transfer(updater, p, key):
    if is_time(updater):
        step = granule(p.device)
        for row in range(updater.rows):
            write_out(p, updater.fast, row, step - step, key)
