"""Delayed parity: whether an odd or an even number of bits was shown."""
from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
from pydantic import Field

from .answers import FreshTask, answer_predictors, asked_last, fresh_dataset, given
from .task import Dataset, Trials, error_scores

TRAIN, TEST = 51, 52  # random streams


class DelayedParity(FreshTask):
    """Say the parity of bits that were shown one after another, on a signal after a delay.

    A trial has ``bits + delay + ask`` steps: random bits -1 or 1 on input 0, then blanks, then 1 on input 1 ("go") at
    every step that is asked.  The target there is the product of the bits, 1 for an even and -1 for an odd number of -1;
    no other step counts.  The state is reset before every trial; every update has fresh sequences.

    Parameters
    ----------
    bits, delay, ask : int, steps
    updates_per_epoch : int, trials of `batch` sequences in an epoch
    test_sequences : int, rounded up to whole batches

    Notes
    -----
    There are ``2**bits`` sequences, so with few bits the test holds none that was not trained: it asks whether the
    parity was computed, not whether it generalises.

    ``scores`` adds "accuracy": the share of sequences whose output, in the mean over the steps that are asked, has the
    sign of the parity; chance is 1/2.

    Difficulty, mean over seeds 1, 2, 3, other settings at their defaults.  The constant and the best linear map from all
    bits have mse 1.00 and are at chance for 2 bits or more: every proper subset of the bits says nothing.  "Frozen" is a
    least-squares readout of 100 tanh neurons with random Xavier weights that never learn, fitted to epoch 0; "BPTT" trains all
    weights of the same network, 30 epochs of Adam at 1e-3; both in float64 without noise:

    ====  ====================  ====================================
    bits  frozen: mse, acc.     BPTT: mse, accuracy
    ====  ====================  ====================================
    2     0.00, 1.00            not measured
    3     0.00, 1.00            0.00, 1.00, already after one epoch
    4     0.00, 1.00            0.67, 0.68: one seed of three learns
    5     0.00, 1.00            0.67, 0.65: one seed of three learns
    6     0.00, 1.00            1.00, 0.52
    7     0.69, 0.75            1.01, 0.49
    8     1.00, 0.53            not measured
    ====  ====================  ====================================

    The frozen network is exact as long as its neurons outnumber the ``2**bits`` sequences, however small the differences that
    its readout must amplify: a noisy chip cannot follow it there.  On exact hardware beat it with 7 bits or more, or with fewer
    neurons.
    """

    name: Literal["parity"] = "parity"
    bits: int = Field(default=3, ge=1, le=10_000)
    delay: int = Field(default=3, ge=0, le=1_000_000)
    ask: int = Field(default=1, ge=1, le=10_000)

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        n_trials = self.trials(seed, batch, self.bits + self.delay + self.ask, 2)
        return fresh_dataset(
            partial(self.draw, batch=batch), seed, (TRAIN, TEST), n_trials,
            partial(answer_predictors, everything="all bits"), partial(parity_scores, self.ask),
            about=f"parity of {self.bits} bits after {self.delay} blank steps")

    def draw(self, rng: np.random.Generator, n_trials: int, batch: int) -> Trials:
        """Trials of `batch` random sequences each; the sequences do not depend on how they are batched."""
        bits = 2.0 * rng.integers(0, 2, (n_trials, batch, self.bits)) - 1.0
        inputs = np.zeros((n_trials, self.bits + self.delay + self.ask, batch, 2))
        inputs[:, :self.bits, :, 0] = bits.swapaxes(1, 2)
        inputs[:, -self.ask:, :, 1] = 1.0
        return asked_last(inputs, bits.prod(axis=2)[:, :, None], self.ask)


def parity_scores(ask: int, test: Trials, outputs: np.ndarray) -> dict[str, float]:
    """`error_scores` and the share of right signs; an output of exactly 0 is wrong."""
    scores = error_scores(test, outputs)
    is_right = given(outputs, ask) * given(test.targets, ask) > 0.0
    return scores | {"accuracy": float(np.mean(is_right))}
