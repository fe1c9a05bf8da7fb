"""Chaotic function prediction as NeuroBench has it: one step of a Mackey-Glass series, then the series on the network's own outputs."""
from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..correctness import smape
from .mackey_glass import by_series
from .predictors import constant_mse, linear_mse
from .task import Dataset, Task, Trials, check_load, check_size, error_scores, only_trial

POINTS = 75         # samples of a Lyapunov time
STEPS_PER_TIME = 20  # integration steps of a unit of time
LAGS = 15           # inputs that the longer linear predictor sees
RUNS = 30           # independent runs of the protocol, half a Lyapunov time apart
BETA, GAMMA, POWER = 0.2, 0.1, 10


class Series(NamedTuple):
    """A series of the protocol: its Lyapunov time, in units of the time of the equation, and the constant value before t = 0."""

    lyapunov: float
    start: float


# by tau; mackey_glass_parameters.csv of github.com/NeuroBench/neurobench
SERIES = {
    17: Series(197, 0.7206597), 18: Series(138, 0.7744313), 19: Series(315, 0.7783468), 20: Series(131, 0.9225991),
    21: Series(191, 0.9479431), 22: Series(119, 0.5455960), 23: Series(106, 0.8622247), 24: Series(97, 0.3259660),
    25: Series(98, 0.8297825), 26: Series(104, 1.0033490), 27: Series(112, 0.6491406), 28: Series(119, 1.0957495),
    29: Series(131, 0.9256179), 30: Series(139, 0.2713639)}


class NeuroBenchMackeyGlass(Task):
    """Forecast the next sample of a Mackey-Glass series; NeuroBench's chaotic function prediction [1]_.

    ``ds/dt = 0.2 s(t - tau) / (1 + s(t - tau)**10) - 0.1 s(t)`` with the value before t = 0 and the Lyapunov time that NeuroBench gives
    for every tau from 17 to 30, sampled 75 times per Lyapunov time.  The first `train_lyapunov` Lyapunov times train, the next
    `test_lyapunov` test; the input is ``s(t)``, the target ``s(t + 1)``, both less the mean of the training series.

    The seed chooses the run: the series begins ``37.5 (seed mod 30)`` samples after t = 0, rounded down, as the protocol has it for its 30
    runs.  With ``batch`` above 1, which the protocol does not know, every further sample begins where the one before it ends.

    What the task scores is one step ahead on the true series, "smape" on the series itself (its mean added again).  The protocol
    scores the network on its own outputs: see `closed_loop.closed_loop`, whose outputs these scores take as well.

    Parameters
    ----------
    tau : int, 17 to 30; the protocol takes the mean over all 14
    train_lyapunov, test_lyapunov : Lyapunov times, 10 and 10 in the protocol

    Notes
    -----
    NeuroBench ships the series as files, made by an adaptive integrator (jitcdde).  These are integrated here: fourth-order Runge-Kutta,
    20 steps per unit of time, cubic Hermite polynomials between the steps for the delayed term and the samples.  Both start alike and,
    as chaos has it, part after some Lyapunov times: statistics agree, values do not.

    The protocol trains as it likes on the training half (its own examples: ridge regression, or 200 epochs of Adam); here a network
    learns online, sample by sample, as often as there are epochs.

    What a network has to beat, "smape" in the mean over the 14 series and 30 runs: the mean of the training series 25.0 (standard
    deviation 2.2); on the true series, the input itself 6.3; in the closed loop, the linear map from the last 15 outputs 24.6.

    References
    ----------
    .. [1] Yik et al., The NeuroBench framework for benchmarking neuromorphic computing algorithms and systems, Nature Communications 16,
       2025, doi:10.1038/s41467-025-56739-4
    """

    name: Literal["neurobench-mackey-glass"] = "neurobench-mackey-glass"
    tau: int = Field(default=17, ge=min(SERIES), le=max(SERIES))
    train_lyapunov: float = Field(default=10.0, ge=1, le=1000)
    test_lyapunov: float = Field(default=10.0, ge=1, le=1000)

    default_batch: ClassVar[int] = 1

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        check_load(seed, batch)
        n_train, n_test = round(self.train_lyapunov * POINTS), round(self.test_lyapunov * POINTS)
        offset, length = int(0.5 * POINTS * (seed % RUNS)), n_train + n_test
        spacing = SERIES[self.tau].lyapunov / POINTS
        check_size("integration steps", int((offset + batch * length + 1) * spacing * STEPS_PER_TIME))
        whole = neurobench_series(self.tau, offset + batch * length + 1)[offset:]
        series = np.stack([whole[b * length:(b + 1) * length + 1] for b in range(batch)], axis=1)[:, :, None]
        mean = float(series[:n_train + 1].mean())
        shown, wanted = series[:-1] - mean, series[1:] - mean
        train, test = only_trial(shown[:n_train], wanted[:n_train], True), only_trial(shown[n_train:], wanted[n_train:], False)
        earlier = shown[n_train - LAGS + 1:], wanted[n_train - LAGS + 1:]  # all test steps are judged
        return Dataset(
            n_inputs=1, n_outputs=1, update="step", train=lambda epoch: train, test=test, carries_state=True,
            predictors={
                "constant": constant_mse(train.targets, test.targets),
                "persistence": float(np.mean((test.inputs - test.targets) ** 2)),
                "linear (input)": linear_mse(by_series(train), by_series(test)),
                f"linear ({LAGS} inputs)": linear_mse(by_series(train), by_series(only_trial(*earlier, False)), LAGS)},
            scores=partial(scores, test, mean),
            about=f"NeuroBench Mackey-Glass, tau {self.tau}, integrated here; the next of {POINTS} samples per Lyapunov time")


def scores(test: Trials, mean: float, outputs: np.ndarray) -> dict[str, float]:
    """"mse", "nmse", and "smape" of the series with its mean."""
    return {**error_scores(test, outputs), "smape": smape(np.asarray(outputs, np.float64) + mean, test.targets + mean)}


def neurobench_series(tau: int, n_samples: int, steps_per_time: int = STEPS_PER_TIME) -> np.ndarray:
    """The first samples of the series of a tau, (n_samples,), the first at t = 0."""
    times = np.arange(n_samples) * (SERIES[tau].lyapunov / POINTS)
    values, slopes = integrate(tau, SERIES[tau].start, float(times[-1]), steps_per_time)
    k = np.minimum((times * steps_per_time).astype(int), len(values) - 2)
    return hermite(values[k], values[k + 1], slopes[k], slopes[k + 1], 1 / steps_per_time, times * steps_per_time - k)


def integrate(tau: int, start: float, end: float, steps_per_time: int) -> tuple[np.ndarray, np.ndarray]:
    """Values and slopes at the steps up to `end` or some more; see the notes of `NeuroBenchMackeyGlass`.

    Within one delay the delayed term is known, and what is left, ``ds/dt = F(t) - 0.1 s``, is integrated step by step.
    """
    n, h = tau * steps_per_time, 1 / steps_per_time
    values, slopes = np.full(n + 1, start), np.zeros(n + 1)  # of the delay before, both ends included
    found_values, found_slopes = [np.array([start])], []
    for _ in range(max(1, int(np.ceil(end / tau)))):
        gain, middle = force(values), force(hermite(values[:-1], values[1:], slopes[:-1], slopes[1:], h, 0.5))
        new, s = [float(values[-1])], float(values[-1])
        for first, half, last in zip(gain[:-1].tolist(), middle.tolist(), gain[1:].tolist(), strict=True):
            k1 = first - GAMMA * s
            k2 = half - GAMMA * (s + 0.5 * h * k1)
            k3 = half - GAMMA * (s + 0.5 * h * k2)
            k4 = last - GAMMA * (s + h * k3)
            s = s + h / 6 * (k1 + 2 * (k2 + k3) + k4)
            new.append(s)
        values = np.array(new)
        slopes = gain - GAMMA * values
        found_values.append(values[1:])
        found_slopes.append(slopes[:-1])
    return np.concatenate(found_values), np.concatenate([*found_slopes, slopes[-1:]])


def force(delayed: np.ndarray) -> np.ndarray:
    """What the delayed values add to the slope."""
    return np.asarray(BETA * delayed / (1 + delayed**POWER))


def hermite(y0: np.ndarray, y1: np.ndarray, f0: np.ndarray, f1: np.ndarray, h: float, share: np.ndarray | float) -> np.ndarray:
    """Cubic polynomial through two values with two slopes, at `share` of the step `h` between them."""
    left, right = 1 - share, share
    return np.asarray(
        y0 * left**2 * (1 + 2 * right) + y1 * right**2 * (1 + 2 * left) + h * left * right * (f0 * left - f1 * right))
