"""Traces that a fitted population would give: for the posterior-predictive plot."""
from __future__ import annotations

import numpy as np

from .curves import pick, steps
from .kalman import direction
from .score import values_of
from .scoring import Fitted
from .traces import Traces


def simulated(fitted: Fitted, n_devices: int, rng: np.random.Generator) -> np.ndarray:
    """Readings of devices drawn from the fitted population, pulsed like the first measured device.

    Returns
    -------
    (n_pulses + 1, n_devices), normalised; every pulse is read once, with write and read noise
    """
    state, traces = fitted.state, fitted.problem.traces
    drawn = rng.multivariate_normal(state.mean, state.cov, n_devices, method="eigh").T
    shared = np.repeat(state.shared[:, None], n_devices, axis=1)
    values = values_of(fitted.problem.curve, np.concatenate([drawn, shared]))
    return run(fitted, values, rng.choice(started(traces), n_devices), rng)


def mean_trace(fitted: Fitted) -> np.ndarray:
    """The mean device without any noise, (n_pulses + 1,) normalised."""
    state = fitted.state
    values = values_of(fitted.problem.curve, np.concatenate([state.mean, state.shared])[:, None])
    return run(fitted, values, np.array([np.mean(started(fitted.problem.traces))]), None)[:, 0]


def started(traces: Traces) -> np.ndarray:
    """First reading of every device, (n_devices,)."""
    return np.take_along_axis(traces.mean, (traces.n_read > 0).argmax(axis=0)[None], axis=0)[0]


def run(fitted: Fitted, values: dict[str, np.ndarray], w: np.ndarray, rng: np.random.Generator | None) -> np.ndarray:
    """Pulse by pulse from the states `w`; without `rng` there is no noise."""
    curve, polarity = fitted.problem.curve, fitted.problem.traces.polarity[:, 0]
    polarity = polarity[polarity != 0]
    seen = np.hypot(values["write_std"], fitted.problem.read_std)
    out = np.empty((len(polarity) + 1, len(w)))
    for t in range(len(out)):
        if t > 0:
            is_up = direction(polarity[t - 1:t])
            full = steps(values, is_up)
            share, _ = curve.share(values, is_up, w)
            move = full * share
            if rng is not None:
                move = move + values["sigma"] * (move if curve.noise == "multiplicative" else full) * rng.standard_normal(len(w))
            w = np.clip(w + pick(is_up, move, -move), values["lower"], np.maximum(values["lower"], values["upper"]))
        out[t] = w if rng is None else w + seen * rng.standard_normal(len(w))
    return out
