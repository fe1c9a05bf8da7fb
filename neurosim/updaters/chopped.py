"""Tiki-Taka with choppers: the sign of what a row writes into the fast array, and of what is read from it, flips now and then.

An offset of the fast array (a symmetry point that is not 0) then averages out of what is transferred (Rasch et al. 2024,
arXiv:2303.04721); with a reference that follows the reads (AGAD) it is subtracted as well.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import condition
from ..random import Key, fill_uniform
from ..slots import shared
from .transfer import CHOP, is_indirect, modulate, store, take_in, through_buffer, transfer


class ChoppedTikiTaka(NamedTuple):
    """A_j += gain c_j request; H_j += rate c_j read(A_j); c_j flips with probability `chance` after its row was read."""

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
    hidden: np.ndarray
    kept: float
    chop: np.ndarray     # (rows,) c, +-1
    chance: float
    uniform: np.ndarray  # (64,) workspace


class AGAD(NamedTuple):
    """As `ChoppedTikiTaka`, but H_j += rate c_j (read(A_j) - past_j), past the running mean of the reads before the last flip.

    mean <- (1 - follow) mean + follow read at every read; past <- mean when the chopper flips.
    """

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
    hidden: np.ndarray
    kept: float
    chop: np.ndarray
    chance: float
    uniform: np.ndarray
    mean: np.ndarray     # (rows, width)
    past: np.ndarray
    follow: float


is_indirect.set(True, ChoppedTikiTaka, AGAD)


@store.fill(ChoppedTikiTaka, AGAD)
def _store(updater, p):
    return updater.device, updater.fast


@modulate.fill(ChoppedTikiTaka, AGAD)
def _modulate(updater, request, rank):
    for q in range(rank):
        for j in range(updater.chop.size):
            request.pre[q, j] = updater.gain * updater.chop[j] * request.pre[q, j]


@condition.fill(ChoppedTikiTaka, AGAD)
def _condition(updater, turn, total):
    condition(updater.inner, turn, total)
    for r in range(total.shape[0]):
        for i in range(total.shape[1]):
            total[r, i] = updater.gain * updater.chop[r] * total[r, i]


@shared
def is_flipping(updater, row, key):
    """Whether the chopper of a row flips now."""
    fill_uniform(Key(key.seed, key.stream + CHOP, key.step), row // 64 * 64, updater.uniform)
    return updater.uniform[row % 64] < updater.chance


@take_in.fill(ChoppedTikiTaka)
def _take_in(updater, read, row, key):
    hidden, rate = updater.hidden, updater.rate * updater.chop[row]
    for i in range(hidden.shape[1]):
        hidden[row, i] = hidden[row, i] + rate * read[1, i]
    if is_flipping(updater, row, key):
        updater.chop[row] = -updater.chop[row]


@take_in.fill(AGAD)
def _take_in_agad(updater, read, row, key):
    hidden, mean, past, rate = updater.hidden, updater.mean, updater.past, updater.rate * updater.chop[row]
    for i in range(hidden.shape[1]):
        mean[row, i] = mean[row, i] + updater.follow * (read[1, i] - mean[row, i])
        hidden[row, i] = hidden[row, i] + rate * (read[1, i] - past[row, i])
    if is_flipping(updater, row, key):
        updater.chop[row] = -updater.chop[row]
        for i in range(hidden.shape[1]):
            past[row, i] = mean[row, i]


transfer.fill(ChoppedTikiTaka, AGAD)(through_buffer)
