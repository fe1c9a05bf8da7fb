"""An epoch in blocks, and a block in pieces that take about a quarter of a second each: between them a run can be stopped and kept.

Blocks are a share of the epoch, the same on every machine.  Pieces follow the time that they take; where they end changes no byte.
"""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .trials import Arrays, Cut

FIRST = 8       # steps of the first piece
LONG_S = 0.5    # what takes longer is halved
SHORT_S = 0.25  # what is shorter is doubled

Loop = Callable[[tuple[Any, ...], np.ndarray, int, int], int]
"""(piece, sums of its losses, steps done, whether it is the last of the epoch) -> steps, negative if it diverged."""


class Place(NamedTuple):
    """Between two pieces of an epoch: the block and the trial and step of the next piece, and the sums of the block so far."""

    block: int = 0
    trial: int = 0
    step: int = 0
    sums: np.ndarray | None = None  # (trials of the block, 3), see `loop.run`; None before its first piece


class Piece(NamedTuple):
    """What a piece left: how many steps, and, after the last of a block, the mean loss of the block and the weight of its steps."""

    steps: int
    place: Place
    loss: float | None
    weight: Any


class Blocks(NamedTuple):
    """The blocks of an epoch."""

    arrays: Arrays
    cuts: list[Cut]
    is_whole: bool  # whether trials must stay whole

    @property
    def end(self) -> int:
        """How many blocks there are."""
        return len(self.cuts)


def pieces(blocks: Blocks, place: Place, pace: list[int], done: int, run: Loop, settle: Callable[[], None]) -> Iterator[Piece]:
    """Run an epoch from `place` to its end.

    Parameters
    ----------
    pace : [steps of the next piece], follows the time that pieces take
    done : steps of all epochs so far
    settle : called before every block
    """
    for k in range(place.block, blocks.end):
        cut = blocks.cuts[k]
        trial, step = (place.trial, place.step) if k == place.block and place.sums is not None else (cut.trial, cut.step)
        sums = place.sums.copy() if k == place.block and place.sums is not None else None
        if sums is None:
            settle()
            sums = np.zeros((cut.last_trial - cut.trial, 3), blocks.arrays.inputs.dtype)
        while trial < cut.last_trial:
            piece, began = next_piece(blocks, cut, trial, step, pace[0]), time.perf_counter()
            is_last = piece.last_trial == cut.last_trial and piece.last_step == cut.last_step
            steps = run(
                blocks.arrays.piece(piece), sums[piece.trial - cut.trial:piece.last_trial - cut.trial], done,
                int(is_last and k == blocks.end - 1))
            pace[0] = paced(pace[0], time.perf_counter() - began)
            done += max(steps, 0)
            trial, step = (piece.last_trial, cut.step) if piece.last_step == cut.last_step else (trial, piece.last_step)
            if steps < 0 or not is_last:
                yield Piece(steps, Place(k, trial, step, sums), None, None)
            else:
                yield Piece(steps, Place(k + 1), mean_of(sums), blocks.arrays.piece(cut)[2].sum())


def next_piece(blocks: Blocks, cut: Cut, trial: int, step: int, pace: int) -> Cut:
    """The next piece of a block, of about `pace` steps: whole trials, or a part of one where trials may be cut."""
    span = cut.last_step - cut.step
    if blocks.is_whole or (step == cut.step and pace >= span):
        return Cut(trial, min(trial + max(pace // span, 1), cut.last_trial), cut.step, cut.last_step)
    return Cut(trial, trial + 1, step, min(step + pace, cut.last_step))


def paced(steps: int, seconds: float) -> int:
    """How many steps the next piece gets, after one of so many took so long."""
    if seconds > LONG_S:
        return max(steps // 2, 1)
    return steps * 2 if seconds < SHORT_S and steps < 2**40 else steps


def mean_of(sums: np.ndarray) -> float:
    """Mean over the trials of the mean loss of the clean pass per weighted step."""
    weight = sums[:, 2]
    share = np.where(weight > 0, weight, sums.dtype.type(1))
    return float((sums[:, 0] / share).mean(dtype=np.float64))
