"""Delayed match to sample, in spikes: was the second cue the same as the first?"""
from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from .answers import FreshTask, answer_predictors, asked_last, class_scores, fresh_dataset
from .task import Dataset, Trials

TRAIN, TEST = 71, 72  # random streams


class DelayedMatch(FreshTask):
    """Two cues with a pause between them, each one of `cues`; then say whether they were the same.

    Every cue has `lines` input lines of its own, which send Poisson spikes (a Bernoulli draw per step) at `rate` while the cue is
    shown; one more group of lines sends while the answer is asked for; all lines send at `background` at any time.  A trial: first
    cue (`shown` steps), pause (`delay`), second cue (`shown`), answer (`asked`).  Output 0 means "different", output 1 "same", and only the
    answer counts.  Half of the trials match.  Delayed match to sample with spikes as in Bellec et al. 2018, arXiv:1803.09574, and
    Zenke & Ganguli 2018 in kind; the numbers are this package's own.

    Parameters
    ----------
    cues : how many there are
    lines : per cue, and of the signal to answer
    rate, background : probability of a spike per step
    shown, delay, asked : steps
    """

    name: Literal["delayed_match"] = "delayed_match"
    cues: int = Field(default=2, ge=2, le=100)
    lines: int = Field(default=10, ge=1, le=1000)
    rate: float = Field(default=0.3, gt=0, le=1)
    background: float = Field(default=0.01, ge=0, lt=1)
    shown: int = Field(default=5, ge=1, le=10_000)
    delay: int = Field(default=5, ge=0, le=10_000)
    asked: int = Field(default=5, ge=1, le=10_000)

    @model_validator(mode="after")
    def _is_audible(self) -> DelayedMatch:
        if self.background >= self.rate:
            raise ValueError(f"background = {self.background:g} must be below rate = {self.rate:g}")
        return self

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        steps = 2 * self.shown + self.delay + self.asked
        n_trials = self.trials(seed, batch, steps, (self.cues + 1) * self.lines)
        return fresh_dataset(
            partial(self.draw, batch=batch), seed, (TRAIN, TEST), n_trials, partial(answer_predictors, everything="all spikes"),
            lambda test, outputs: class_scores(test, self.asked, outputs),
            about=f"whether two of {self.cues} cues, {self.delay} steps apart, are the same; Poisson spikes")

    def draw(self, rng: np.random.Generator, n_trials: int, batch: int) -> Trials:
        """Trials of `batch` sequences each; a sequence does not depend on how they are batched."""
        steps, groups = 2 * self.shown + self.delay + self.asked, self.cues + 1
        lines = groups * self.lines
        drawn = rng.random((n_trials, batch, 3 + steps * lines))
        first = (drawn[..., 0] * self.cues).astype(int)
        other = (first + 1 + (drawn[..., 1] * (self.cues - 1)).astype(int)) % self.cues
        is_same = drawn[..., 2] < 0.5
        second = np.where(is_same, first, other)
        sends = np.zeros((n_trials, batch, steps, groups), bool)
        again = self.shown + self.delay
        group = np.arange(groups)
        sends[:, :, :self.shown] = (group == first[..., None])[:, :, None]
        sends[:, :, again:again + self.shown] = (group == second[..., None])[:, :, None]
        sends[:, :, again + self.shown:, self.cues] = True
        chance = np.where(np.repeat(sends, self.lines, axis=3), self.rate, self.background)
        spikes = drawn[..., 3:].reshape(n_trials, batch, steps, lines) < chance
        answers = np.stack([~is_same, is_same], axis=-1).astype(float)
        return asked_last(spikes.swapaxes(1, 2).astype(float), answers, self.asked)
