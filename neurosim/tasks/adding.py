"""Adding: sum the two marked numbers of a sequence."""
from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
from pydantic import Field

from .answers import FreshTask, answer_predictors, asked_last, fresh_dataset, sequences
from .predictors import linear_mse
from .task import Dataset, Trials, error_scores

TRAIN, TEST = 61, 62  # random streams


class Adding(FreshTask):
    """Add two numbers that were marked in a sequence of random numbers.

    The adding problem ([1]_, section 5.4) in the form of later work [2]_: at every step input 0 is a number uniform in
    [0, 1]; input 1 is 1 at one random step of the first half and at one of the second half, 0 elsewhere.  The target at
    the last step is the sum of the two marked numbers minus 1, so it has mean 0; no other step counts.  With an
    odd `length` the second half is the longer one.  The state is reset before every trial; every update has fresh
    sequences.

    Parameters
    ----------
    length : int, steps
    updates_per_epoch : int, trials of `batch` sequences in an epoch
    test_sequences : int, rounded up to whole batches

    Notes
    -----
    Difficulty, defaults, mean and standard deviation over seeds 1, 2, 3.  "Frozen" is a least-squares readout of 100 tanh
    neurons with random weights that never learn, fitted to epoch 0; "BPTT" trains all weights of the same network, 30 epochs
    of Adam at 1e-3; both in float64 without noise:

    =============================================  =============
    predictor                                      mse
    =============================================  =============
    constant: variance 1/6                         0.167
    linear (present input)                         0.166
    linear (all inputs)                            0.151
    frozen, Xavier                                 0.140 ± 0.018
    frozen, orthogonal, ``recurrent_scale`` 0.9    0.098 ± 0.020
    BPTT, Xavier                                   0.012 ± 0.001
    BPTT, orthogonal, ``recurrent_scale`` 0.9      0.012 ± 0.002
    =============================================  =============

    References
    ----------
    .. [1] Hochreiter, Schmidhuber, Long short-term memory, Neural Computation 9, 1997, doi:10.1162/neco.1997.9.8.1735
    .. [2] Le, Jaitly, Hinton, A simple way to initialize recurrent networks of rectified linear units, 2015,
       arXiv:1504.00941
    """

    name: Literal["adding"] = "adding"
    length: int = Field(default=20, ge=2, le=1_000_000)

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        n_trials = self.trials(seed, batch, self.length, 2)
        return fresh_dataset(
            partial(self.draw, batch=batch), seed, (TRAIN, TEST), n_trials, predictors, error_scores,
            about=f"sum of two marked numbers among {self.length}")

    def draw(self, rng: np.random.Generator, n_trials: int, batch: int) -> Trials:
        """Trials of `batch` random sequences each; the sequences do not depend on how they are batched."""
        drawn = rng.random((n_trials, batch, self.length + 2))
        half = self.length // 2
        first = (drawn[:, :, -2] * half).astype(np.int64)
        second = half + (drawn[:, :, -1] * (self.length - half)).astype(np.int64)
        step = np.arange(self.length)
        is_marked = (step == first[:, :, None]) | (step == second[:, :, None])
        numbers = drawn[:, :, :-2]
        total = (numbers * is_marked).sum(axis=2, keepdims=True)
        return asked_last(np.stack([numbers, is_marked], axis=-1).swapaxes(1, 2), total - 1.0, 1)


def predictors(train: Trials, test: Trials) -> dict[str, float]:
    """Test errors of a constant, of the best linear map from the last input, and of the one from all inputs."""
    (_, wanted), (_, judged) = sequences(train), sequences(test)
    last_fitted, last_judged = (trials.inputs[:, -1].reshape(-1, 2) for trials in (train, test))
    found = answer_predictors(train, test, "all inputs")
    return {
        "constant": found.pop("constant"), "linear (present input)": linear_mse([(last_fitted, wanted)], [(last_judged, judged)]),
        **found}
