"""Pattern generation: draw a curve from spikes that are the same in every trial."""
from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .predictors import constant_mse
from .task import Dataset, Task, Trials, check_load, check_size, error_scores, generator

SPIKES, CURVES, NOISE = 81, 82, 83  # random streams


class PatternGeneration(Task):
    """Produce sums of sines from a frozen pattern of input spikes; a trial is the whole pattern, and every step counts.

    The input lines send one fixed Poisson pattern at `rate`, in which every spike is left out with probability `lost`, anew in every trial;
    each output is the sum of `waves` sines of random phase and amplitude with 1, 2, ... periods per trial, scaled to a standard
    deviation of 1.  The task of Bellec et al. 2020, doi:10.1038/s41467-020-17236-y, and Nicola & Clopath 2017,
    doi:10.1038/s41467-017-01827-3, in kind; the numbers are this package's own.

    Parameters
    ----------
    steps : of a trial
    lines, rate : input lines, and probability of a spike per line and step
    lost : probability that a spike of the pattern is missing in a trial
    outputs, waves : curves, and sines in each
    updates_per_epoch : trials of an epoch
    """

    name: Literal["pattern"] = "pattern"
    steps: int = Field(default=100, ge=4, le=1_000_000)
    lines: int = Field(default=20, ge=1, le=10_000)
    rate: float = Field(default=0.05, gt=0, le=1)
    lost: float = Field(default=0.0, ge=0, lt=1)
    outputs: int = Field(default=1, ge=1, le=1000)
    waves: int = Field(default=3, ge=1, le=100)
    updates_per_epoch: int = Field(default=50, ge=1, le=1_000_000)

    default_batch: ClassVar[int] = 1

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        check_load(seed, batch)
        check_size("trials x steps x batch x inputs", self.updates_per_epoch, self.steps, batch, self.lines)
        pattern = generator(seed, SPIKES).random((self.steps, self.lines)) < self.rate
        curves = self.curves(generator(seed, CURVES))

        def trials(block: int, n_trials: int) -> Trials:
            stays = generator(seed, NOISE, block).random((n_trials, batch, self.steps, self.lines)) >= self.lost
            inputs = (pattern & stays).swapaxes(1, 2).astype(float)
            targets = np.broadcast_to(curves[None, :, None], (n_trials, self.steps, batch, self.outputs)).copy()
            return Trials(np.ascontiguousarray(inputs), targets, np.ones((n_trials, self.steps)), np.ones(n_trials, bool))

        test = trials(0, 1)
        return Dataset(
            n_inputs=self.lines, n_outputs=self.outputs, update="sequence", train=lambda epoch: trials(epoch + 1, self.updates_per_epoch),
            test=test, carries_state=False, predictors={"constant": constant_mse(test.targets, test.targets)},
            scores=lambda outputs: error_scores(test, outputs),
            about=f"{self.outputs} curve(s) of {self.waves} sines from a frozen pattern of spikes on {self.lines} lines")

    def curves(self, rng: np.random.Generator) -> np.ndarray:
        """(steps, outputs), each of mean 0 and standard deviation 1."""
        time = np.arange(self.steps) / self.steps
        periods = np.arange(1, self.waves + 1)
        phase, size = rng.random((2, self.outputs, self.waves))
        waves = (0.5 + size)[:, :, None] * np.sin(2 * np.pi * (periods[:, None] * time + phase[:, :, None]))
        total = waves.sum(axis=1).T
        return total / total.std(axis=0)
