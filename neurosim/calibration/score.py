"""Log-likelihood, score and Fisher information of every device.

References
----------
.. [1] Durbin & Koopman, Time Series Analysis by State Space Methods, 2nd ed., 2012, sec. 7.3: score and information of a Kalman filter
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .curves import Curve, complete
from .kalman import NORMAL, Belief, innovations
from .traces import Traces

SHARED = ("log_sigma", "log_write_std")
BLOCK = 64            # readings whose derivatives are summed at once
DIFFERENCE = 1e-6     # of finite differences, relative to the scale of a parameter


class Problem(NamedTuple):
    """What is fitted to what."""

    curve: Curve
    traces: Traces
    read_std: float    # normalised; 0 if it is not told apart from write noise
    scale: np.ndarray  # (n_device_parameters,) typical size of a parameter
    belief: Belief = NORMAL


class State(NamedTuple):
    """All parameters."""

    devices: np.ndarray   # (n_device_parameters, n_devices) phi
    shared: np.ndarray    # (n_shared,) psi
    mean: np.ndarray      # (n_device_parameters,) mu
    cov: np.ndarray       # (n_device_parameters,) ** 2 Sigma


class Slopes(NamedTuple):
    """Log-likelihood of every device with its derivatives by phi and psi."""

    value: np.ndarray        # (n_devices,)
    gradient: np.ndarray     # (n_devices, k)
    information: np.ndarray  # (n_devices, k, k) expected, positive semi-definite


def shared_names(curve: Curve) -> tuple[str, ...]:
    """Parameters that all devices share."""
    return SHARED + curve.shape


def values_of(curve: Curve, sets: np.ndarray) -> dict[str, np.ndarray]:
    """Parameters by name, from (n_parameters, ...) of phi and psi."""
    values = dict(zip(curve.per_device + shared_names(curve), sets))
    values["sigma"], values["write_std"] = np.exp(values["log_sigma"]), np.exp(values["log_write_std"])
    return complete(curve, values)


def slopes(problem: Problem, state: State) -> Slopes:
    """Derivatives of the innovations by finite differences, all in one pass over the traces."""
    curve, traces = problem.curve, problem.traces
    n_own, n_devices = state.devices.shape
    n_shared = len(state.shared)
    k = n_own + n_shared
    h = DIFFERENCE * np.concatenate([problem.scale, np.ones(n_shared)])
    theta = np.concatenate([state.devices, np.repeat(state.shared[:, None], n_devices, axis=1)])
    sets = np.repeat(theta[:, None], k + 1, axis=1)  # (parameter, set, device): set 0 as it is, set i + 1 with parameter i moved
    sets[np.arange(k), np.arange(1, k + 1)] += h[:, None]
    values = values_of(curve, sets)
    total = Slopes(np.zeros(n_devices), np.zeros((n_devices, k)), np.zeros((n_devices, k, k)))
    block = []
    for innovation in innovations(curve, values, traces, problem.read_std, problem.belief):
        block.append(innovation)
        if len(block) == BLOCK:
            _add(total, h, *map(np.array, zip(*block)))
            block = []
    if block:
        _add(total, h, *map(np.array, zip(*block)))
    total.value[:] -= 0.5 * np.log(2 * np.pi) * counted(traces)
    return total


def counted(traces: Traces) -> np.ndarray:
    """Readings of every device that count: the first only tells where it starts."""
    return np.count_nonzero(traces.n_read, axis=0) - 1.0


def _add(total: Slopes, h: np.ndarray, gap: np.ndarray, variance: np.ndarray, surplus: np.ndarray) -> None:
    """Add the readings of a block, each (n_readings, n_sets, n_devices)."""
    v, s = gap[:, 0], variance[:, 0]
    dv = (gap[:, 1:] - gap[:, :1]) / h[:, None]
    ds = (variance[:, 1:] - variance[:, :1]) / h[:, None]
    total.value[:] += (surplus[:, 0] - 0.5 * (np.log(s) + v * v / s)).sum(axis=0)
    total.gradient[:] += np.einsum("bkd,bd->dk", dv, -v / s) + np.einsum("bkd,bd->dk", ds, 0.5 * (v * v / s - 1) / s)
    total.gradient[:] += ((surplus[:, 1:] - surplus[:, :1]).sum(axis=0) / h[:, None]).T
    for d in (dv / np.sqrt(s)[:, None], ds / (np.sqrt(2) * s)[:, None]):
        columns = np.ascontiguousarray(d.transpose(2, 1, 0))
        total.information[:] += columns @ columns.transpose(0, 2, 1)
