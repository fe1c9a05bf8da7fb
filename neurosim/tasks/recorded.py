"""A recording of events, and what to say while it is played."""
from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ..errors import InputError
from .csv_columns import read_columns
from .events import binned, read_events
from .predictors import constant_mse, linear_mse
from .task import Dataset, Task, Trials, check_load, check_size, error_scores, only_trial


class Recorded(Task):
    """Map a stream of events, from a file, to curves from another file; the last part of both is the test.

    Parameters
    ----------
    data : events, CSV or NPZ, see `events.read_events`
    lines : input lines: addresses 0 to ``lines - 1``
    step_s : time of a step
    targets : CSV file with one row per step
    columns : of it, one output each
    test_share : of the steps, at the end
    """

    name: Literal["events"] = "events"
    data: str = Field(min_length=1)
    lines: int = Field(ge=1, le=65535)
    step_s: float = Field(default=1e-3, gt=0, allow_inf_nan=False)
    targets: str = Field(min_length=1)
    columns: list[str] = Field(min_length=1)
    test_share: float = Field(default=0.25, gt=0, lt=1)

    default_batch: ClassVar[int] = 1
    files: ClassVar[tuple[str, ...]] = ("data", "targets")

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        check_load(seed, batch)
        if batch != 1:
            raise InputError("train.batch", f"= {batch}; a recording is one stream, so it must be 1")
        path = Path(self.data)
        wanted = read_columns(Path(self.targets), self.columns)
        steps = len(wanted)
        check_size("steps x lines", steps, self.lines)
        shown = binned(read_events(path, self.lines, steps * self.step_s), self.lines, self.step_s, steps)
        cut = math.floor(steps * (1 - self.test_share))
        if not 0 < cut < steps:
            raise InputError("task.test_share", f"= {self.test_share:g}; leaves {cut} of {steps} steps for training")
        training, test = (only_trial(shown[a:b, None], wanted[a:b, None], is_reset) for a, b, is_reset in (
            (0, cut, True), (cut, steps, False)))
        return Dataset(
            n_inputs=self.lines, n_outputs=len(self.columns), update="step", train=lambda epoch: training, test=test, carries_state=True,
            predictors=predictors(training, test), scores=lambda outputs: error_scores(test, outputs),
            about=f"{', '.join(self.columns)} from events on {self.lines} lines, {steps} steps of {self.step_s:g} s")


def predictors(training: Trials, test: Trials) -> dict[str, float]:
    """Test errors of a constant and of the best linear map from the present events."""
    (fitted, wanted), (judged, right) = ((trials.inputs[0, :, 0], trials.targets[0, :, 0]) for trials in (training, test))
    return {"constant": constant_mse(np.asarray(wanted), np.asarray(right)),
            "linear (present events)": linear_mse([(fitted, wanted)], [(judged, right)])}
