"""NARMA-10: a nonlinear filter with memory, driven by noise."""
from __future__ import annotations

from functools import partial
from math import sqrt
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ..errors import InputError
from .mackey_glass import by_series
from .predictors import constant_mse, linear_mse
from .task import Dataset, Task, Trials, check_load, check_size, error_scores, generator, only_trial

TRAIN, TEST = 31, 32  # random streams
ORDER = 10
WASHOUT = 100  # samples dropped from the start
HIGHEST = 1.0  # the mean map y -> 0.3 y + 0.5 y**2 + 1.5 / 16 + 0.1 runs away above 1.02
TRIES = 100    # draws of one series
LAGS = 30      # inputs that the longer linear predictor sees
MEAN = 0.388   # of y, over 4643 series of 4000 samples; the same constant for every seed


class NARMA(Task):
    """Follow a nonlinear autoregressive moving average of order 10, driven by noise.

    ``y(t+1) = 0.3 y(t) + 0.05 y(t) sum_{i=0..9} y(t-i) + 1.5 u(t-9) u(t) + 0.1``, u uniform in [0, 0.5] ([1]_,
    section 4.1).  The input at step t is ``4 u(t) - 1``, uniform in [-1, 1], the target ``y(t+1) - 0.388``: the output
    is due at once, after the last input that it depends on.  0.388 is the mean of y, a constant of the task and not
    of the draw; the scale of y is left as it is.

    One trial of `steps` steps an epoch with `batch` independent series, the state is reset before it; the test, on
    `batch` other series, goes on from the state at the end of training.

    Parameters
    ----------
    steps, test_steps : int
    fresh : bool
        Whether every epoch draws new training series, a pure function of (seed, epoch); otherwise all epochs have
        those of epoch 0.

    Notes
    -----
    The recursion is not stable: above 1.02 its mean runs away.  A series that leaves [0, 1] is drawn again with the next
    key, 7 of 100 series of 4100 samples; the other series keep their draw.

    ``scores`` adds "nrmse" ``= sqrt(nmse)``, the root mean squared error over the standard deviation of the test
    target, which is what the literature reports.

    Difficulty, defaults, mean and standard deviation over seeds 1, 2, 3.  "Frozen" is a least-squares readout of 100 tanh
    neurons with random weights that never learn, fitted to epoch 0; "BPTT" trains all weights of the same network, 30 epochs
    of Adam at 1e-3, windows of 50 steps; both in float64 without noise; "0.9" is an orthogonal recurrence with
    ``recurrent_scale`` 0.9:

    ===========================================  ======  =============
    predictor                                    mse     nrmse
    ===========================================  ======  =============
    constant                                     0.0123  1.00
    linear (input)                               0.0093  0.87
    linear (30 lags)                             0.0018  0.38
    frozen, Xavier                               0.0025  0.449 ± 0.023
    frozen, 0.9                                  0.0019  0.391 ± 0.004
    frozen, 0.9, bias, ``input_scale`` 0.5       0.0016  0.361 ± 0.018
    BPTT, 0.9                                    0.0019  0.397 ± 0.009
    BPTT, 0.9, bias, ``input_scale`` 0.5         0.0003  0.146 ± 0.015
    ===========================================  ======  =============

    A linear memory of 30 inputs gives 0.38; only below it has a network found the product of two inputs.  That product is
    an even function of the input, tanh neurons without a bias are odd ones: use ``network.bias = true``.

    References
    ----------
    .. [1] Atiya, Parlos, New results on recurrent network training: unifying the algorithms and accelerating
       convergence, IEEE Trans. Neural Networks 11, 2000, doi:10.1109/72.846741
    """

    name: Literal["narma10"] = "narma10"
    steps: int = Field(default=4000, ge=LAGS + 1, le=50_000)
    test_steps: int = Field(default=2000, ge=LAGS + 1, le=50_000)
    fresh: bool = True

    default_batch: ClassVar[int] = 10

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        check_load(seed, batch)
        check_size("samples x series", max(self.steps, self.test_steps) + WASHOUT, batch)
        first = trial(*series(seed, TRAIN, 0, self.steps, batch), is_reset=True)
        test = trial(*series(seed, TEST, 0, self.test_steps, batch), is_reset=False)

        def train(epoch: int) -> Trials:
            if epoch == 0 or not self.fresh:
                return first
            return trial(*series(seed, TRAIN, epoch, self.steps, batch), is_reset=True)

        how = "fresh series every epoch" if self.fresh else "the same series every epoch"
        return Dataset(
            n_inputs=1, n_outputs=1, update="step", train=train, test=test, carries_state=True,
            predictors=predictors(first, test), scores=partial(narma_scores, test),
            about=f"NARMA of order {ORDER} driven by uniform noise, drawn here: {how}")


def narma(drive: np.ndarray) -> np.ndarray:
    """Response to a drive u, (n_steps, n_series) -> the same shape, row t is y(t+1); y and u are 0 before."""
    n_steps, n_series = drive.shape
    late = np.concatenate([np.zeros((ORDER - 1, n_series)), drive])[:n_steps]
    driven = 1.5 * late * drive + 0.1
    response = np.zeros((n_steps + ORDER, n_series))  # row t + 9 is y(t)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(n_steps):
            window = response[t:t + ORDER]
            response[t + ORDER] = (0.3 + 0.05 * window.sum(axis=0)) * window[-1] + driven[t]
    return response[ORDER:]


def series(seed: int, stream: int, epoch: int, n_steps: int, n_series: int) -> tuple[np.ndarray, np.ndarray]:
    """Drives and bounded responses, both (n_steps, n_series), after `WASHOUT` samples.

    Draw k uses block ``epoch + k * 2**32``; a series takes its first draw that stays in [0, `HIGHEST`].

    Raises
    ------
    InputError
        A series had no such draw among the first `TRIES`.
    """
    drive, response = (np.empty((n_steps + WASHOUT, n_series)) for _ in range(2))
    wanted = np.arange(n_series)
    for k in range(TRIES):
        drawn = generator(seed, stream, epoch + k * 2**32).uniform(0.0, 0.5, (n_series, n_steps + WASHOUT)).T[:, wanted]
        followed = narma(drawn)
        is_bounded = (followed <= HIGHEST).all(axis=0)  # False for NaN; nothing can be negative
        drive[:, wanted[is_bounded]], response[:, wanted[is_bounded]] = drawn[:, is_bounded], followed[:, is_bounded]
        wanted = wanted[~is_bounded]
        if not len(wanted):
            return drive[WASHOUT:], response[WASHOUT:]
    raise InputError("task", f"has no bounded series of {n_steps} steps in {TRIES} draws; use fewer steps")


def trial(drive: np.ndarray, response: np.ndarray, is_reset: bool) -> Trials:
    """Inputs in [-1, 1] and centred targets, from drives and responses (n_steps, batch)."""
    return only_trial(4.0 * drive[:, :, None] - 1.0, response[:, :, None] - MEAN, is_reset)


def narma_scores(test: Trials, outputs: np.ndarray) -> dict[str, float]:
    """`error_scores` and the normalised root mean squared error."""
    scores = error_scores(test, outputs)
    return scores | {"nrmse": sqrt(scores["nmse"])}


def predictors(train: Trials, test: Trials) -> dict[str, float]:
    """Test errors; the first 29 steps of each series do not count for the predictor of 30 inputs."""
    fitted, judged = by_series(train), by_series(test)
    return {
        "constant": constant_mse(train.targets, test.targets),
        "linear (input)": linear_mse(fitted, judged),
        f"linear ({LAGS} lags)": linear_mse(fitted, judged, LAGS),
    }
