"""Mixed precision: requests add up digitally, with high precision, and are written in whole pulses when a granule is full."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import condition
from ..devices.accumulator import Accumulator
from ..devices.pulses import granule, longest
from ..devices.writing import fire_row
from ..random import Key
from .transfer import PULSE, is_indirect, is_time, pulse_out, store, transfer


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
        step, most = granule(p.device), longest(p.device)
        for row in range(updater.rows):
            pulse_out(updater.fast, row, step, most, step - step, p.scratch.uniform)
            fire_row(p.device, p.conductance, row, p.scratch, Key(key.seed, key.stream + PULSE, key.step))
