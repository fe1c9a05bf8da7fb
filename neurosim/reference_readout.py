"""What the network could do with the best possible readout: least squares off the chip on frozen hidden weights."""
from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .errors import InputError
from .reference_network import State, Weights, forward

RIDGES = tuple(10.0**exponent for exponent in range(-12, 1))  # of the mean squared singular value
CHUNK = 256  # steps per forward pass: bounds the memory of long streams, changes no result


def windows(trials, length: int) -> Iterator[tuple[int, slice, bool]]:
    """Cut trials into windows of at most `length` steps: yields (trial, steps, state is reset before)."""
    n_trials, n_steps = trials.inputs.shape[:2]
    for trial in range(n_trials):
        for first in range(0, n_steps, length):
            yield trial, slice(first, min(first + length, n_steps)), first == 0 and bool(trials.starts[trial])


def respond(weights: Weights, trials, state: State | None = None) -> tuple[np.ndarray, State | None]:
    """Outputs of the network for all trials, and the last state.

    Parameters
    ----------
    trials : inputs (n_trials, n_steps, B, I), starts (n_trials,), as in `neurosim.tasks`
    state : State before the first trial; the state is reset to rest where ``starts`` says so, else carried over

    Returns
    -------
    outputs : (n_trials, n_steps, B, O)
    state : State
    """
    outputs = np.empty((*trials.inputs.shape[:3], len(weights.w_out)))
    for trial, steps, is_reset in windows(trials, CHUNK):
        trace = forward(weights, trials.inputs[trial, steps], None if is_reset else state)
        outputs[trial, steps], state = trace.outputs, trace.state
    return outputs, state


def squared_error(outputs: np.ndarray, trials) -> float:
    """Mean squared error over batch, outputs and active steps."""
    return float(np.mean(np.square(outputs - trials.targets)[np.asarray(trials.active) > 0.0]))


def features(weights: Weights, trials, state: State | None = None) -> tuple[np.ndarray, np.ndarray, State | None]:
    """Hidden states x̂ (f where outputs integrate) and targets of all active steps, one row per step and sample, in the order of time.

    Returns
    -------
    features : (n, H)
    targets : (n, O)
    state : State after the last trial
    """
    hidden = []
    for trial, steps, is_reset in windows(trials, CHUNK):
        trace = forward(weights, trials.inputs[trial, steps], None if is_reset else state)
        hidden.append(trace.smoothed[np.asarray(trials.active[trial, steps]) > 0.0])
        state = trace.state
    targets = trials.targets[np.asarray(trials.active) > 0.0]
    return (np.concatenate(hidden).reshape(-1, len(weights.w_rec)),
            targets.reshape(-1, targets.shape[-1]).astype(np.float64), state)


def least_squares_readout(features: np.ndarray, targets: np.ndarray, ridge: float | Sequence[float] = RIDGES,
                          held_out: float = 0.2) -> tuple[np.ndarray, float]:
    """Best linear readout of recorded hidden states, with the ridge chosen on data it was not fitted to.

        W_out = argmin ‖F Wᵀ - Y‖² + ρ μ ‖W‖²,   μ = ‖F‖² / H the mean squared singular value of F

    A candidate ρ is fitted to the first rows and judged on the last `held_out` part of them: a tail, not a random
    draw, because neighbouring steps of a time series are nearly copies of each other.  The best ρ is then fitted to
    all rows.  No test data take part.  There is no offset, as the network has none.

    Parameters
    ----------
    features : (n, H) float, rows in the order of time
    targets : (n, O) float
    ridge : candidates for ρ (dimensionless), or one number, which is then used as it is
    held_out : part of the rows, in (0, 1)

    Returns
    -------
    w_out : (O, H)
    ridge : float, the chosen ρ

    Notes
    -----
    A QR decomposition first shrinks the rows to at most H + O without changing any residual norm; unlike the normal
    equations it keeps the full relative precision of small singular values.
    """
    candidates = [float(r) for r in np.atleast_1d(ridge)]
    n_features, n_fit = features.shape[1], round(len(features) * (1.0 - held_out))
    if len(candidates) > 1:
        if not 0 < n_fit < len(features):
            raise InputError("held_out", f"= {held_out}; leaves no rows to fit or to judge out of {len(features)}")
        tail, wanted = features[n_fit:], targets[n_fit:]
        fits = _ridge_fits(_compressed(features[:n_fit], targets[:n_fit]), n_features, candidates)
        errors = [float(np.mean(np.square(tail @ w_out.T - wanted))) for w_out in fits]
        candidates = [candidates[int(np.argmin(errors))]]
    return _ridge_fits(_compressed(features, targets), n_features, candidates)[0], candidates[0]


def _compressed(features, targets):
    """Upper triangle R with ``‖[F Y] v‖ = ‖R v‖`` for every v."""
    return np.linalg.qr(np.hstack([features, targets]), mode="r")


def _ridge_fits(triangle, n_features, ridges):
    left, singular, right = np.linalg.svd(triangle[:, :n_features], full_matrices=False)
    projected = left.T @ triangle[:, n_features:]
    scale = np.sum(singular**2) / n_features
    counts = singular > np.finfo(np.float64).eps * max(triangle.shape) * singular[0]
    fits = []
    for ridge in ridges:
        gain = np.divide(singular, singular**2 + ridge * scale, out=np.zeros_like(singular), where=counts)
        fits.append((right.T @ (gain[:, None] * projected)).T)
    return fits
