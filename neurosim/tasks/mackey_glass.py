"""Mackey-Glass: a chaotic series, to be recalled or forecast."""
from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .predictors import Stream, constant_mse, linear_mse
from .task import Dataset, Task, Trials, check_load, check_size, error_scores, generator, only_trial

HISTORY = 1  # random stream: the series before t = 0
TAU = 17     # delay of the equation, in samples
SUBSTEPS = 10  # Euler steps per sample
WASHOUT = 100  # samples dropped from the start
SETTLING = 100  # test steps that do not count in a forecast
LAGS = 15  # inputs that the longer linear predictor sees


class MackeyGlass(Task):
    """Recall or forecast a Mackey-Glass series, `lag` samples away.

    ``ds/dt = 0.2 s(t - tau) / (1 + s(t - tau)**10) - 0.1 s(t)``, tau = 17 [1]_, and ``x = tanh(s - 1)`` minus its
    mean over all series, training and test.  "recall": the input is ``x(t + lag)``, the target ``x(t)``, as the
    authors of ANP [2]_ have it in their code: the network sees the series and must say what it was.  "forecast":
    input ``x(t)``, target ``x(t + lag)``.

    One trial of `steps` steps an epoch, the state is reset before it; 2 * batch independent series, the first half
    trains.  The test goes on from the state at the end of training, on other series; in a forecast its first 100 steps
    (half of the test, if that is less) do not count, since the state then still holds the old series.

    Parameters
    ----------
    kind : {"recall", "forecast"}
    lag : int, samples
    steps, test_steps : int

    Notes
    -----
    Recall is linear given memory: variance of the target 0.0467, error of the best linear map from the present input
    0.0421, from the last 5, 10, 15 inputs 0.0104, 0.00069, 1.4e-8.

    References
    ----------
    .. [1] Mackey, Glass, Oscillation and chaos in physiological control systems, Science 197, 1977,
       doi:10.1126/science.267326
    .. [2] Fernandez, Keemink, van Gerven, Gradient-free training of recurrent neural networks using random
       perturbations, Front. Neurosci. 18, 2024, doi:10.3389/fnins.2024.1439155
    """

    name: Literal["mackey-glass"] = "mackey-glass"
    kind: Literal["recall", "forecast"] = "recall"
    lag: int = Field(default=15, ge=0, le=10_000)
    steps: int = Field(default=5000, ge=LAGS + 1, le=10_000_000)
    test_steps: int = Field(default=5000, ge=LAGS + 1, le=10_000_000)

    default_batch: ClassVar[int] = 10

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        check_load(seed, batch)
        length = max(self.steps, self.test_steps) + self.lag
        check_size("samples x series", length + WASHOUT, 2 * batch)
        series = np.tanh(mackey_glass(generator(seed, HISTORY), length, 2 * batch) - 1.0)
        train_series, test_series = series[:self.steps + self.lag, :batch], series[:self.test_steps + self.lag, batch:]
        mean = (train_series.sum() + test_series.sum()) / (train_series.size + test_series.size)
        train = self.trial(train_series - mean, is_reset=True)
        test = self.trial(test_series - mean, is_reset=False)
        settling = min(SETTLING, self.test_steps // 2) if self.kind == "forecast" else 0
        test.active[:, :settling] = 0.0  # the state comes from another series: what is left of it is no forecast
        judged = test._replace(inputs=test.inputs[:, settling:], targets=test.targets[:, settling:])
        direction = "before" if self.kind == "recall" else "after"
        return Dataset(
            n_inputs=1, n_outputs=1, update="step", train=lambda epoch: train, test=test, carries_state=True,
            predictors=predictors(train, judged), scores=partial(error_scores, test),
            about=f"Mackey-Glass series, tau {TAU}, drawn here; output the value {self.lag} samples {direction} it")

    def trial(self, series: np.ndarray, is_reset: bool) -> Trials:
        """Pair the series, (n_steps + lag, batch), with itself `lag` samples later."""
        n_steps = len(series) - self.lag
        early, late = series[:n_steps, :, None], series[self.lag:, :, None]
        return only_trial(late, early, is_reset) if self.kind == "recall" else only_trial(early, late, is_reset)


def mackey_glass(rng: np.random.Generator, length: int, n_series: int) -> np.ndarray:
    """Independent series, (length, n_series), after `WASHOUT` samples.

    Forward Euler with step 1 / `SUBSTEPS`; every history value is uniform in 1.2 +- 0.1 and s(0) = 1.2.  The delayed
    term of the next ``tau`` is known, so it is computed at once.
    """
    delay = TAU * SUBSTEPS
    n_substeps = (length + WASHOUT) * SUBSTEPS
    history = rng.uniform(1.1, 1.3, (delay, n_series))
    state = np.full(n_series, 1.2)
    samples = np.empty((length + WASHOUT, n_series))
    for first in range(0, n_substeps, delay):
        gain = 0.2 * history / (1.0 + history**10)
        for k in range(min(delay, n_substeps - first)):
            history[k] = state
            state = state + (gain[k] - 0.1 * state) / SUBSTEPS
            if (first + k + 1) % SUBSTEPS == 0:
                samples[(first + k) // SUBSTEPS] = state
    return samples[WASHOUT:]


def predictors(train: Trials, test: Trials) -> dict[str, float]:
    """Test errors; the first 14 steps of each series do not count for the predictor of 15 inputs."""
    fitted, judged = by_series(train), by_series(test)
    return {
        "constant": constant_mse(train.targets, test.targets),
        "persistence": float(np.mean((test.inputs - test.targets) ** 2)),
        "linear (input)": linear_mse(fitted, judged),
        f"linear ({LAGS} inputs)": linear_mse(fitted, judged, LAGS),
    }


def by_series(trials: Trials) -> list[Stream]:
    """One (inputs, targets) per sample of the batch."""
    return [(trials.inputs[0, :, b], trials.targets[0, :, b]) for b in range(trials.inputs.shape[2])]
