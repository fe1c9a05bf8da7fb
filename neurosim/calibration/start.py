"""Where a fit begins: rough numbers from smoothed traces."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .curves import NODES, Curve
from .saturation import is_reached
from .score import Problem, State, shared_names
from .traces import Traces

MARGINS = {"soft_bounds": 0.2, "pow_step": 0.05}  # of the range, beyond the smoothed trace
FREE = 0.15  # of the range of a trace, between it and a bound that it does not meet
BLOCKS = 40  # a trace is smoothed over a 40th of its readings


class Rough(NamedTuple):
    """Numbers of a smoothed trace."""

    upper: np.ndarray       # (n_devices,) largest and smallest smoothed state
    lower: np.ndarray
    step_up: float          # step at w = 0 and its relative slope, all devices together
    slope_up: float
    step_down: float
    slope_down: float
    jitter: float           # std of what differs from reading to reading and does not accumulate


def rough(traces: Traces) -> Rough:
    """Smooth the traces and regress their increments per pulse on the state."""
    upper, lower, jitter = [], [], []
    moves: dict[int, list[tuple[float, float]]] = {1: [], -1: []}
    for d in range(len(traces.names)):
        at = np.flatnonzero(traces.n_read[:, d])
        w = traces.mean[at, d]
        jitter.append(np.mean(np.diff(w, 2) ** 2) / 6 if len(w) > 2 else 0.0)
        width = max(len(at) // BLOCKS, 1)
        last: tuple[float, float, int] | None = None
        smooth = []
        for first in range(0, len(at) - width + 1, width):
            mid, level = float(at[first:first + width].mean()), float(w[first:first + width].mean())
            smooth.append(level)
            if last is not None:
                between = traces.polarity[int(last[0]):int(mid), d]
                sign = int(np.sign(between.astype(int).sum()))
                if sign and (between == sign).all():
                    moves[sign].append(((level + last[1]) / 2, (level - last[1]) / (mid - last[0])))
            last = (mid, level, first)
        upper.append(max(smooth))
        lower.append(min(smooth))
    reach = float(np.mean(upper) - np.mean(lower))
    lines = {sign: _line(moves[sign], sign, reach) for sign in (1, -1)}
    return Rough(np.array(upper), np.array(lower), *lines[1], *lines[-1], float(np.sqrt(np.mean(jitter))))


def _line(moves: list[tuple[float, float]], sign: int, reach: float) -> tuple[float, float]:
    """Step at w = 0 and slope relative to it, both positive."""
    if len(moves) < 2:
        return 0.01 * reach, 0.5
    w, change = np.array(moves).T * np.array([[1.0], [sign]])
    slope, _ = np.polyfit(w, change, 1) if np.ptp(w) > 0 else (0.0, 0.0)
    step = float(np.mean(change) - slope * np.mean(w))
    step = max(step, float(np.quantile(change, 0.75)), 1e-5 * reach)
    return step, float(np.clip(-sign * slope / step, 0.02, 1.5))


def beyond(traces: Traces, bound: np.ndarray, sign: int, slope: float, jitter: float) -> np.ndarray:
    """Bounds (as distances from 0) of devices that did not get there put outside their traces: where they do not act."""
    is_there = np.array([is_reached(traces, d, sign, slope, jitter) for d in range(len(bound))])
    typical = float(bound[is_there].mean()) if is_there.any() else float(bound.max())
    return np.where(is_there, bound, np.maximum(typical, bound + FREE * np.ptp(traces.mean, axis=0)))


def start(curve: Curve, traces: Traces) -> tuple[Problem, State]:
    """The problem, with the typical size of every parameter of a device, and a first guess."""
    r = rough(traces)
    n = len(traces.names)
    # hard bounds begin inside the trace, where they are felt; bounds that a trace only creeps up to begin outside
    margin = MARGINS.get(curve.update_model, -0.02) * float(r.upper.mean() - r.lower.mean())
    upper, lower = np.maximum(r.upper + margin, 0.1), np.minimum(r.lower - margin, -0.1)
    if margin < 0:
        upper, lower = beyond(traces, upper, 1, r.slope_up, r.jitter), -beyond(traces, -lower, -1, r.slope_down, r.jitter)
    unit = (r.step_up + r.step_down) / 2
    first = {
        "step": np.full(n, unit), "half_difference": np.full(n, (r.step_up - r.step_down) / 2),
        "upper": upper, "lower": lower,
        "slope_up": np.full(n, r.slope_up), "slope_down": np.full(n, r.slope_down), "exponent": np.full(n, 1.0), "tilt": np.zeros(n)}
    size = {"step": unit, "half_difference": unit, "upper": 1.0, "lower": 1.0, "slope_up": 1.0, "slope_down": 1.0, "exponent": 1.0,
            "tilt": 1.0}
    spread = {"upper": 0.2, "lower": 0.2, "exponent": 0.2, "tilt": 0.2}
    devices = np.array([first[name] for name in curve.per_device])
    if curve.update_model == "pow_step":  # the step of a power law is that at the other bound
        devices[:2] *= 1.8
    scale = np.array([size[name] for name in curve.per_device])
    widths = np.array([spread.get(name, 0.3) for name in curve.per_device]) * scale
    noise = max(r.jitter, 1e-5)
    shared = {"log_sigma": np.log(np.clip(0.3 * noise / unit, 0.05, 10.0)), "log_write_std": np.log(noise)}
    shared |= dict.fromkeys(("c_up", "c_down"), 0.2 if curve.label == "exp_step" else -0.2)
    shared |= dict.fromkeys(("gamma_up", "gamma_down"), 4.0)
    for k in range(NODES):
        w = (k / (NODES - 1) - 0.5) * (r.upper.mean() - r.lower.mean())
        shared[f"up_{k}"], shared[f"down_{k}"] = max(1 - r.slope_up * w, 0.1), max(1 + r.slope_down * w, 0.1)
    psi = np.array([shared[name] for name in shared_names(curve)])
    return Problem(curve, traces, traces.read_std or 0.0, scale), State(devices, psi, devices.mean(axis=1), np.diag(widths**2))
