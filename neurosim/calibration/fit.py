"""Fit the update models of a profile to measured traces, and choose among them."""
from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from .curves import CURVES, Curve
from .integration import integrated
from .kalman import innovations
from .score import Problem, State, slopes, values_of
from .scoring import Fitted, marginal_of_devices, maximise
from .start import start
from .traces import Traces
from .truncated import TRUNCATED

AUTO = "auto"
HELD_OUT = 5  # every fifth device
LOUD = 2.0    # cycle noise, in steps
ALIKE = 2.0   # difference of AIC that says nothing (Burnham & Anderson, Model Selection and Multimodel Inference, 2002, sec. 2.6)


class HeldOut(NamedTuple):
    """How well a model that was fitted to the other devices describes devices that it has not seen."""

    n_devices: int
    log_likelihood: float   # per reading, parameters of the devices integrated out under the fitted population
    rms_error: float        # of the prediction of a reading from those before, normalised
    rms_ratio: float        # the same in units of the standard deviation that the model expects: 1 if its noise is right


class Candidate(NamedTuple):
    """One model, fitted to all devices, and tested on devices left out."""

    fitted: Fitted
    held_out: HeldOut

    @property
    def label(self) -> str:
        """Name of the model."""
        return self.fitted.problem.curve.label


def models() -> tuple[str, ...]:
    """What ``--model`` can be: every update model; ``auto`` tries all."""
    return (AUTO, *dict.fromkeys(curve.update_model for curve in CURVES))


def fit(traces: Traces, model: str = AUTO, told: Callable[[str], None] | None = None) -> list[Candidate]:
    """Fit one update model, in all its forms, or all.

    Parameters
    ----------
    told : called with the label of a model before it is fitted

    Returns
    -------
    The candidates, best first (`ranked`).

    Raises
    ------
    InputError
        No such model.
    """
    if model not in models():
        raise InputError("--model", f"= {model!r}; must be one of {', '.join(models())}")
    found = []
    for curve in CURVES:
        if model in (AUTO, curve.update_model):
            if told is not None:
                told(curve.label)
            fitted = fit_curve(curve, traces)
            found.append(Candidate(fitted, held_out(fitted)))
    return ranked(found)


def ranked(found: list[Candidate]) -> list[Candidate]:
    """Smallest AIC first, but before it the smallest of the models within 2 units: the data do not tell these apart."""
    found = sorted(found, key=lambda candidate: candidate.fitted.aic)
    alike = [candidate for candidate in found if candidate.fitted.aic <= found[0].fitted.aic + ALIKE]
    best = min(alike, key=lambda candidate: candidate.fitted.n_parameters)
    return [best, *(candidate for candidate in found if candidate is not best)]


def fit_curve(curve: Curve, traces: Traces) -> Fitted:
    """Maximum likelihood of one model over all devices.

    A cycle noise of more than `LOUD` steps makes states diffuse along their bounds: then a likelihood that takes account of it
    (`truncated`) takes over, and the parameters of the devices are integrated out by sampling (`integration`).
    """
    found = maximise(*start(curve, traces))
    if np.exp(found.state.shared[0]) < LOUD:
        return found
    return integrated(maximise(found.problem._replace(belief=TRUNCATED), found.state, is_near=True))


def held_out(fitted: Fitted) -> HeldOut:
    """Fit again without every fifth device, then predict those."""
    problem, state = fitted.problem, fitted.state
    is_held = np.arange(len(problem.traces.names)) % HELD_OUT == HELD_OUT - 1
    seen, unseen = np.flatnonzero(~is_held), np.flatnonzero(is_held)
    others = maximise(
        problem._replace(traces=problem.traces.of(seen)), state._replace(devices=state.devices[:, seen]), is_near=True)
    there = problem._replace(traces=problem.traces.of(unseen))
    blank = np.repeat(others.state.mean[:, None], len(unseen), axis=1)  # not from what the fit to all made of them
    blank[2:4] = start(problem.curve, there.traces)[1].devices[2:4]     # but bounds where the traces feel them
    theirs = maximise(there, others.state._replace(devices=blank), is_fixed=True).state
    at = slopes(there, theirs)
    n = int(np.sum(np.count_nonzero(there.traces.n_read, axis=0) - 1))
    return HeldOut(len(unseen), float(marginal_of_devices(theirs, at).sum()) / n, *prediction_error(there, theirs))


def prediction_error(problem: Problem, state: State) -> tuple[float, float]:
    """Root mean square of the one-step prediction errors, as they are and in units of their expected standard deviation."""
    n = state.devices.shape[1]
    values = values_of(problem.curve, np.concatenate([state.devices, np.repeat(state.shared[:, None], n, axis=1)])[:, None])
    square = ratio = count = 0.0
    for gap, variance, _ in innovations(problem.curve, values, problem.traces, problem.read_std, problem.belief):
        square += float(np.sum(gap**2))
        ratio += float(np.sum(gap**2 / variance))
        count += np.count_nonzero(gap)
    return float(np.sqrt(square / count)), float(np.sqrt(ratio / count))
