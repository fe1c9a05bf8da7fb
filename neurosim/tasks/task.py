"""What every task is: a frozen description with a `load`, and the arrays that `load` makes.

Index letters: trial, step `t`, sample of the batch `b`, input or output.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from ..errors import InputError
from ..generators import generator

__all__ = [
    "MAX_ELEMENTS", "Dataset", "Task", "Trials", "check_load", "check_size", "error_scores", "generator", "only_trial"]

MAX_ELEMENTS = 2**28  # assumed: 2 GiB of float64 in one array is a mistake, not a task


class Trials(NamedTuple):
    """A block of trials, float64 and C-contiguous."""

    inputs: np.ndarray   # (n_trials, n_steps, batch, n_inputs)
    targets: np.ndarray  # (n_trials, n_steps, batch, n_outputs)
    active: np.ndarray   # (n_trials, n_steps) 1.0 where the loss counts, else 0.0
    starts: np.ndarray   # (n_trials,) bool, the state is reset before this trial


@dataclass(frozen=True)
class Dataset:
    """Everything that training and judging need to know of a task.

    Attributes
    ----------
    n_inputs, n_outputs : int
    update : {"step", "sequence"}
        How the task is learned by default: a write after every step, or one per trial.
    train : callable
        Epoch number -> `Trials`; the same object every epoch for fixed data, a pure function of (seed, epoch) for
        fresh data.
    test : Trials
    carries_state : bool
        True if the test goes on from the state at the end of training; ``test.starts`` is then False.
    predictors : mapping of str to float
        Test mean squared error of the predictors that a trained network has to beat, by name.
    scores : callable
        Outputs on the test trials, (n_trials, n_steps, batch, n_outputs) -> "mse", "nmse" and what the task adds.
    about : str
        One line: what the data is and where it comes from.
    """

    n_inputs: int
    n_outputs: int
    update: str
    train: Callable[[int], Trials]
    test: Trials
    carries_state: bool
    predictors: Mapping[str, float]
    scores: Callable[[np.ndarray], dict[str, float]]
    about: str


class Task(BaseModel, ABC):
    """Settings of a task; unknown keys and changes are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    default_batch: ClassVar[int]
    files: ClassVar[tuple[str, ...]] = ("data",)  # settings that are paths, beside the experiment file; their bytes are part of its digest

    @abstractmethod
    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays.

        Parameters
        ----------
        seed : int, 0 <= seed < 2**64
        batch : int, at least 1; samples that run side by side

        Raises
        ------
        InputError
            If the seed, the batch, a setting or a file does not serve.
        """


def check_load(seed: int, batch: int) -> None:
    """Refuse a seed or a batch size that no task can use."""
    if not 0 <= seed < 2**64:
        raise InputError("seed", f"= {seed}; must be at least 0 and below 2**64")
    if batch < 1:
        raise InputError("batch", f"= {batch}; must be at least 1")


def check_size(extents: str, *shape: int) -> None:
    """Refuse an array that would not fit in memory before it is made; `extents` names what `shape` counts."""
    elements = prod(shape)
    if elements > MAX_ELEMENTS:
        sizes = " x ".join(map(str, shape))
        raise InputError("task", f"{extents} = {sizes} is {elements} numbers; at most {MAX_ELEMENTS} are allowed")


def only_trial(inputs: np.ndarray, targets: np.ndarray, is_reset: bool) -> Trials:
    """One trial whose every step counts.

    Parameters
    ----------
    inputs, targets : (n_steps, batch, n) float
    is_reset : whether the state is reset before the trial
    """
    return Trials(
        np.ascontiguousarray(inputs[None], dtype=np.float64), np.ascontiguousarray(targets[None], dtype=np.float64),
        np.ones((1, len(inputs))), np.array([is_reset]))


def error_scores(test: Trials, outputs: np.ndarray) -> dict[str, float]:
    """Mean squared error of `outputs` on the active steps, plain and relative.

    ``mse`` is the mean over active steps, batch and outputs.  ``nmse = mse / variance``, the variance of the active
    targets about their own mean, taken per output and averaged over outputs: 1 is the best constant, 0 is perfect; NaN if the targets
    never change.

    Parameters
    ----------
    test : Trials
    outputs : float, of the shape of ``test.targets``
    """
    outputs = np.asarray(outputs)
    if outputs.shape != test.targets.shape:
        raise InputError("outputs", f"of shape {outputs.shape}; the test targets have shape {test.targets.shape}")
    counts = test.active > 0.0
    wanted = test.targets[counts]
    mse = float(np.mean((outputs[counts] - wanted) ** 2))
    variance = float(wanted.var(axis=(0, 1)).mean())
    return {"mse": mse, "nmse": mse / variance if variance > 0 else float("nan")}
