"""The test trials of a run once more: what every projection was given, block by block."""
from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .adoption import adopt
from .chip import Chip
from .compiled import compiled
from .frozen import in_int8
from .recorders.activity import Recording
from .wiring import Wired

MOST_KEPT = 2**24  # numbers of hidden activity in memory at a time, as long as one trial has fewer


class Shown(NamedTuple):
    """A block of whole trials as the clean pass ran them, in the precision of the chip; (n_trials, n_steps, batch, n) unless said.

    Without decorrelation `lines` is `inputs` and `sent` is `neurons`.
    """

    inputs: np.ndarray          # as shown, the bias line included
    lines: np.ndarray           # what reached the input weights
    neurons: np.ndarray         # activity of the hidden neurons
    sent: np.ndarray            # what reached the recurrence, one step later, and the readout
    starts: np.ndarray          # (n_trials,) 1 where the state was reset before the trial
    neurons_before: np.ndarray  # (batch, n_hidden) in the step before the block
    sent_before: np.ndarray     # (batch, n_hidden)


def replay(wired: Wired, arrays: Any, chip: Chip, key: int, first_step: int, learned: Wired | None) -> Iterator[Shown]:
    """Run test trials again, with the same draws.

    Parameters
    ----------
    wired : of an observer
    arrays : trials.Arrays
    key, first_step : of the test that is repeated
    learned : where the test goes on from, if it does not start at rest
    """
    if learned is not None:
        adopt(wired, learned, arrays.targets.shape[2])
    wired = in_int8(wired)
    n, is_decorrelated = chip.network.hidden, "lateral" in chip.mapping["projections"]
    for x, target, weight, starts in arrays.blocks(math.ceil(arrays.targets[..., 0].size * n / MOST_KEPT), is_whole=True):
        n_trials, n_steps, batch, lines = x.shape
        before = wired.activity.x[:batch, :n].copy(), wired.activity.x_hat[:batch, :n].copy()
        run = step_by_step if is_decorrelated else at_once
        yield Shown(x, *run(wired, (x, target, weight, starts), n, key, first_step), starts, *before)
        first_step += n_trials * n_steps


def at_once(wired: Wired, block: tuple[Any, ...], n: int, key: int, first_step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`lines`, `neurons` and `sent` of a block in one call."""
    x, target, _, _ = block
    kept = Recording(np.zeros(target.shape, x.dtype), np.zeros((*x.shape[:3], n), x.dtype))
    compiled()(wired.network, wired.schedule, kept, wired.activity, *block, np.zeros((len(x), 2), x.dtype), key, first_step, 0)
    return x, kept.hidden, kept.hidden


def step_by_step(wired: Wired, block: tuple[Any, ...], n: int, key: int, first_step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same, with a look at the activity after every step: what lies before a decorrelating matrix is not recorded."""
    x, target, weight, starts = block
    n_trials, n_steps, batch, lines = x.shape
    shown, neurons, sent = np.zeros_like(x), np.zeros((*x.shape[:3], n), x.dtype), np.zeros((*x.shape[:3], n), x.dtype)
    kept = Recording(np.zeros((1, 1, *target.shape[2:]), x.dtype), np.zeros((1, 1, batch, n), x.dtype))
    losses, goes_on = np.zeros((1, 2), x.dtype), np.zeros(1, np.uint8)
    for trial in range(n_trials):
        for t in range(n_steps):
            one = (np.ascontiguousarray(array[trial:trial + 1, t:t + 1]) for array in (x, target, weight))
            compiled()(
                wired.network, wired.schedule, kept, wired.activity, *one, starts[trial:trial + 1] if t == 0 else goes_on, losses, key,
                first_step + trial * n_steps + t, 0)
            shown[trial, t] = wired.activity.u_hat[:batch, :lines]
            neurons[trial, t] = wired.activity.x[:batch, :n]
            sent[trial, t] = wired.activity.x_hat[:batch, :n]
    return shown, neurons, sent
