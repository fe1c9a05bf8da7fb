"""Local state that turns the request of a trial into the change to write; update = "sequence" only.

`factor` is the learning rate of every turn (decay included), relative to the rate that the request carries already.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import condition


class Plain(NamedTuple):
    """dw = factor * request: no state."""

    factor: np.ndarray  # (turns,)


class Momentum(NamedTuple):
    """v <- keep v + request, dw = factor * v: one number per synapse."""

    factor: np.ndarray
    keep: float
    velocity: np.ndarray  # (rows, width)


class Adam(NamedTuple):
    """Adam (Kingma & Ba 2015, algorithm 1) on the request: two numbers per synapse."""

    factor: np.ndarray
    keep_mean: float
    keep_square: float
    floor: float          # epsilon, in units of the request
    power: np.ndarray     # (2,) keep_mean^n, keep_square^n, state
    mean: np.ndarray      # (rows, width)
    square: np.ndarray    # (rows, width)


class MatrixRMS(NamedTuple):
    """dw = factor * request / rms, rms running over the whole array: one number per array, none per synapse."""

    factor: np.ndarray
    keep_square: float
    floor: float
    cells: float          # synapses of the array
    power: np.ndarray     # (1,) keep_square^n, state
    square: np.ndarray    # (1,) running mean square, state
    partial: np.ndarray   # (width,) scratch


class Clipped(NamedTuple):
    """What `inner` makes, limited to +- limit per write: local, each synapse its own."""

    inner: tuple
    limit: float


class Accumulated(NamedTuple):
    """Changes that `inner` makes add up digitally and are written when they reach the threshold: few, large writes.

    The digital accumulator of mixed-precision training (Nandakumar et al. 2020, doi:10.3389/fnins.2020.00406); pays where a write costs
    wear or brings noise that does not depend on its size.
    """

    inner: tuple
    threshold: float
    pending: np.ndarray  # (rows, width), state


@condition.fill(Plain)
def _condition_plain(updater, turn, total):
    factor = updater.factor[min(turn, updater.factor.size - 1)]
    for r in range(total.shape[0]):
        for i in range(total.shape[1]):
            total[r, i] = factor * total[r, i]


@condition.fill(Momentum)
def _condition_momentum(updater, turn, total):
    factor, velocity = updater.factor[min(turn, updater.factor.size - 1)], updater.velocity
    for r in range(total.shape[0]):
        for i in range(total.shape[1]):
            velocity[r, i] = updater.keep * velocity[r, i] + total[r, i]
            total[r, i] = factor * velocity[r, i]


@condition.fill(Adam)
def _condition_adam(updater, turn, total):
    one = total.dtype.type(1)
    updater.power[0] = updater.power[0] * updater.keep_mean
    updater.power[1] = updater.power[1] * updater.keep_square
    factor = updater.factor[min(turn, updater.factor.size - 1)] / (one - updater.power[0])
    share = one / (one - updater.power[1])
    mean, square, new_mean, new_square = updater.mean, updater.square, one - updater.keep_mean, one - updater.keep_square
    for r in range(total.shape[0]):
        for i in range(total.shape[1]):
            g = total[r, i]
            mean[r, i] = updater.keep_mean * mean[r, i] + new_mean * g
            square[r, i] = updater.keep_square * square[r, i] + new_square * (g * g)
            total[r, i] = factor * (mean[r, i] / (np.sqrt(share * square[r, i]) + updater.floor))


@condition.fill(MatrixRMS)
def _condition_matrix_rms(updater, turn, total):
    one, partial = total.dtype.type(1), updater.partial
    for i in range(total.shape[1]):
        partial[i] = one - one
    for r in range(total.shape[0]):
        for i in range(total.shape[1]):
            partial[i] = partial[i] + total[r, i] * total[r, i]
    power = one - one
    for i in range(total.shape[1]):
        power += partial[i]
    updater.power[0] = updater.power[0] * updater.keep_square
    updater.square[0] = updater.keep_square * updater.square[0] + (one - updater.keep_square) * (power / updater.cells)
    rms = np.sqrt(updater.square[0] / (one - updater.power[0])) + updater.floor
    factor = updater.factor[min(turn, updater.factor.size - 1)] / rms
    for r in range(total.shape[0]):
        for i in range(total.shape[1]):
            total[r, i] = factor * total[r, i]


@condition.fill(Clipped)
def _condition_clipped(updater, turn, total):
    condition(updater.inner, turn, total)
    limit = updater.limit
    for r in range(total.shape[0]):
        for i in range(total.shape[1]):
            change = total[r, i]
            change = limit if change > limit else change
            total[r, i] = -limit if change < -limit else change


@condition.fill(Accumulated)
def _condition_accumulated(updater, turn, total):
    condition(updater.inner, turn, total)
    pending, none = updater.pending, updater.threshold - updater.threshold
    for r in range(total.shape[0]):
        for i in range(total.shape[1]):
            wanted = pending[r, i] + total[r, i]
            is_due = abs(wanted) >= updater.threshold
            total[r, i] = wanted if is_due else none
            pending[r, i] = none if is_due else wanted
