"""Tiki-Taka: requests go to a fast array; what stays there is read row by row and carried over into the weights.

Version 1 writes what it reads (Gokmen & Haensch 2020, doi:10.3389/fnins.2020.00103), version 2 adds it up in a digital buffer and writes
whole pulses (Gokmen 2021, doi:10.3389/frai.2021.699148).
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import condition
from ..devices.writing import write_row
from ..random import Key
from .transfer import PULSE, is_indirect, is_time, modulate, next_row, read_row, scaled, store, take_in, through_buffer, transfer


class TikiTaka(NamedTuple):
    """A += gain request; every `every` writes one row j: C_j += rate read(A_j).  The weights are C alone."""

    inner: tuple         # what conditions the request of a trial
    device: tuple        # of the fast array A
    fast: np.ndarray     # (rows, width) conductance of A
    gain: float
    rate: float
    every: int
    reads: int           # rows per transfer
    rows: int
    state: np.ndarray    # (3,) int64: writes since the last transfer, row whose turn it is, transfers
    noise: float         # of a read of A, in units of the weight
    lsb: float           # of its ADC; 0: none
    top: float


class BufferedTikiTaka(NamedTuple):
    """H_j += rate read(A_j), digital; n = trunc(H / g) pulses on C, g the nominal step, and H -= (1 - kept) n g."""

    inner: tuple
    device: tuple
    fast: np.ndarray
    gain: float
    rate: float
    every: int
    reads: int
    rows: int
    state: np.ndarray
    noise: float
    lsb: float
    top: float
    hidden: np.ndarray   # (rows, width) H
    kept: float


is_indirect.set(True, TikiTaka, BufferedTikiTaka)


@store.fill(TikiTaka, BufferedTikiTaka)
def _store(updater, p):
    return updater.device, updater.fast


@modulate.fill(TikiTaka, BufferedTikiTaka)
def _modulate(updater, request, rank):
    scaled(request, rank, updater.gain)


@condition.fill(TikiTaka, BufferedTikiTaka)
def _condition(updater, turn, total):
    condition(updater.inner, turn, total)
    for r in range(total.shape[0]):
        for i in range(total.shape[1]):
            total[r, i] = updater.gain * total[r, i]


@transfer.fill(TikiTaka)
def _transfer(updater, p, key):
    if is_time(updater):
        for _ in range(updater.reads):
            row, drive = next_row(updater), p.scratch.drive
            read_row(updater, p, row, key)
            for i in range(updater.fast.shape[1]):
                drive[0, i] = updater.rate * drive[1, i]
            write_row(p.device, p.conductance, row, drive, 0, p.scratch, Key(key.seed, key.stream + PULSE, key.step))


@take_in.fill(BufferedTikiTaka)
def _take_in(updater, read, row, key):
    hidden = updater.hidden
    for i in range(hidden.shape[1]):
        hidden[row, i] = hidden[row, i] + updater.rate * read[1, i]


transfer.fill(BufferedTikiTaka)(through_buffer)
