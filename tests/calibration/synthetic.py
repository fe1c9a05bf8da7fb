"""Pulse traces with known parameters: aihwkit's pulsed devices written down pulse by pulse, apart from the code under test.

Equations: Rasch et al. 2021, arXiv:2104.02184 (PulsedDevice and its kinds), in NumPy.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim.calibration.traces import Traces
from neurosim.generators import generator


class Truth(NamedTuple):
    """What a population of devices is like, normalised."""

    model: str                  # update_model
    noise: str = "multiplicative"
    dw_min: float = 0.05
    dw_min_dtod: float = 0.2
    dw_min_std: float = 0.3
    up_down: float = 0.1
    up_down_dtod: float = 0.05
    w_max: float = 1.0
    w_min: float = -1.0
    bound_dtod: float = 0.1
    write_noise_std: float = 0.2
    read_noise_abs: float = 0.002
    gamma: tuple = (0.4, 0.6)   # linear_step: mean, up and down; spread 0.05
    pow_gamma: float = 1.5      # spread 0.15 of the mean of both directions, 0.06 of half their difference
    pow_up_down: float = 0.1
    A: tuple = (-0.0812, -1.478)
    exp_gamma: tuple = (4.0, 4.0)
    up: tuple = (1.6, 1.4, 1.2, 1.0, 0.8, 0.5, 0.3)
    down: tuple = (0.3, 0.6, 0.8, 1.0, 1.1, 1.3, 1.4)


class Sample(NamedTuple):
    """Traces and the hidden parameters of their devices."""

    traces: Traces
    step_up: np.ndarray
    step_down: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    slope_up: np.ndarray
    slope_down: np.ndarray
    exponent: np.ndarray  # mean of up and down
    tilt: np.ndarray      # half their difference


def measured(truth: Truth, n_devices: int, n_pulses: int, seed: int = 1, reads: int = 2, half_cycle: int = 100) -> Sample:
    """Pulse all devices alike: half_cycle up, half_cycle down, and so on; read every state `reads` times."""
    rng = generator(seed, 900)
    normal = lambda: rng.standard_normal(n_devices)  # noqa: E731
    ub, db = min(truth.up_down, 0.0), -max(truth.up_down, 0.0)
    g, r = 1 + truth.dw_min_dtod * normal(), truth.up_down_dtod * normal()
    su, sd = np.abs(truth.dw_min * (ub + g + r)), np.abs(truth.dw_min * (db + g - r))
    upper, lower = truth.w_max * (1 + truth.bound_dtod * normal()), truth.w_min * (1 + truth.bound_dtod * normal())
    ku, kd = np.abs(truth.gamma[0] + 0.05 * normal()) / truth.w_max, np.abs(truth.gamma[1] + 0.05 * normal()) / -truth.w_min
    e, tilt = 1 + 0.1 * normal(), 0.04 * normal()
    pu, pd = 1 + min(truth.pow_up_down, 0.0), 1 - max(truth.pow_up_down, 0.0)
    gu, gd = truth.pow_gamma * (pu - 1 + e + tilt), truth.pow_gamma * (pd - 1 + e - tilt)
    reach, nodes = upper - lower, np.linspace(0, 1, len(truth.up))

    def share(is_up, w):
        if truth.model == "constant_step":
            return np.ones_like(w)
        if truth.model == "linear_step":
            return 1 - ku * w if is_up else 1 + kd * w
        if truth.model == "soft_bounds":
            return 1 - w / (upper if is_up else lower)
        if truth.model == "exp_step":
            z = -w / reach
            y = 1 - truth.A[0] * np.exp(truth.exp_gamma[0] * z) if is_up else 1 - truth.A[1] * np.exp(-truth.exp_gamma[1] * z)
            return np.maximum(y, 0)
        if truth.model == "pow_step":
            return ((upper - w) / reach) ** gu if is_up else ((w - lower) / reach) ** gd
        return np.interp((w - lower) / reach, nodes, truth.up if is_up else truth.down)

    w = np.zeros(n_devices)
    polarity = np.where(np.arange(n_pulses) // half_cycle % 2 == 0, 1, -1)
    mean, scatter = np.zeros((n_pulses + 1, n_devices)), np.zeros(n_devices)
    for t in range(n_pulses + 1):
        if t > 0:
            is_up = polarity[t - 1] > 0
            full, y = su if is_up else sd, share(polarity[t - 1] > 0, w)
            noise = truth.dw_min_std * normal()
            w = np.clip(w + polarity[t - 1] * full * (y + noise if truth.noise == "additive" else y * (1 + noise)), lower, upper)
        seen = w + truth.write_noise_std * truth.dw_min * normal()
        z = seen + truth.read_noise_abs * rng.standard_normal((reads, n_devices))
        mean[t] = z.mean(axis=0)
        scatter += ((z - mean[t]) ** 2).sum(axis=0)
    traces = Traces(
        tuple(map(str, range(n_devices))), np.repeat(polarity[:, None], n_devices, axis=1).astype(np.int8), mean,
        np.full(mean.shape, float(reads)), scatter, 1e-6, 3e-6)
    return Sample(traces, su, sd, upper, lower, ku, kd, (gu + gd) / 2, (gu - gd) / 2)


def csv_text(traces: Traces, every: int = 1) -> str:
    """The mean readings as a CSV file, every `every`-th pulse."""
    lines = ["device,pulse,polarity,conductance_S"]
    for d, name in enumerate(traces.names):
        for t in range(0, len(traces.mean), every):
            g = float(traces.g_min_S + (traces.mean[t, d] + 1) / 2 * (traces.g_max_S - traces.g_min_S))
            lines.append(f"{name},{t},{traces.polarity[t - 1, d] if t else 0},{g!r}")
    return "\n".join(lines) + "\n"
