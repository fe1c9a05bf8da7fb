"""Hidden parameters of pulsed devices: what differs from device to device and stays for the life of a chip instance."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Spread(NamedTuple):
    """What a profile says about an array of pulsed devices, in normalised units (conductance range about [-1, 1]).

    Names as in aihwkit's PulsedDevice (Rasch et al. 2021, arXiv:2104.02184); 0 switches an effect off.
    """

    dw_min: float          # mean step at the centre
    dw_min_dtod: float     # relative spread of the step
    up_down: float         # relative asymmetry of up and down steps; a positive value weakens the down step
    up_down_dtod: float
    w_max: float
    w_max_dtod: float
    w_min: float
    w_min_dtod: float
    stuck_prob: float = 0.0
    stuck_range: float = 0.0
    is_lognormal: bool = False  # the spread of the step: g = exp(s xi) instead of 1 + s xi


class Hidden(NamedTuple):
    """Per device, (n_post, n_pre), float64, normalised."""

    step_up: np.ndarray
    step_down: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    is_stuck: np.ndarray  # bool


def draw_hidden(spread: Spread, shape: tuple[int, int], rng: np.random.Generator) -> Hidden:
    """Draw the hidden parameters of an array.

    upper = w_max (1 + s xi1), lower = w_min (1 + s xi2), g = 1 + s_dw xi3 (log-normal: exp(s_dw xi3)), r = s_ud xi4,
    step_up = |dw_min (min(up_down, 0) + g + r)|, step_down = |dw_min (-max(up_down, 0) + g - r)|; bounds made consistent
    (upper >= 0 >= lower).  A stuck device has both bounds at its value and no step.

    References
    ----------
    .. [1] Rasch et al., A flexible and fast PyTorch toolkit for simulating training and inference on analog crossbar arrays,
       2021, arXiv:2104.02184 (PulsedDevice)
    """
    xi = [rng.standard_normal(shape) for _ in range(4)]
    fate, place = rng.random(shape), rng.random(shape)
    upper = spread.w_max * (1 + spread.w_max_dtod * xi[0])
    lower = spread.w_min * (1 + spread.w_min_dtod * xi[1])
    upper, lower = np.maximum(upper, lower), np.minimum(upper, lower)
    upper, lower = np.abs(upper), -np.abs(lower)
    g = np.exp(spread.dw_min_dtod * xi[2]) if spread.is_lognormal else 1 + spread.dw_min_dtod * xi[2]
    r = spread.up_down_dtod * xi[3]
    step_up = np.abs(spread.dw_min * (min(spread.up_down, 0.0) + g + r))
    step_down = np.abs(spread.dw_min * (-max(spread.up_down, 0.0) + g - r))
    is_stuck = fate < spread.stuck_prob
    low, high = np.maximum(lower, -spread.stuck_range), np.minimum(upper, spread.stuck_range)
    stuck = low + (high - low) * place
    return Hidden(
        np.where(is_stuck, 0.0, step_up), np.where(is_stuck, 0.0, step_down),
        np.where(is_stuck, stuck, upper), np.where(is_stuck, stuck, lower), is_stuck)


def faded(hidden: Hidden, gamma: tuple[float, float], gamma_dtod: tuple[float, float], bounds: tuple[float, float] | None,
          rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Share of the state that an up and a down pulse take away: ``|gamma + s xi| step / |bound|``, (n_post, n_pre).

    `bounds` are the mean bounds (w_max, w_min), which aihwkit's LinearStepDevice takes (mean_bound_reference), or None for those of
    each device (SoftBoundsDevice).  A negative gamma makes steps grow towards the bound.
    """
    upper, lower = (hidden.upper, -hidden.lower) if bounds is None else (bounds[0], -bounds[1])
    shares = []
    for step, bound, mean, spread in zip((hidden.step_up, hidden.step_down), (upper, lower), gamma, gamma_dtod, strict=True):
        slope = np.abs(mean + spread * rng.standard_normal(step.shape)) * (-1 if mean < 0 else 1)
        shares.append(np.where(step > 0, slope * step / np.where(np.asarray(bound) > 0, bound, np.inf), 0.0))
    return shares[0], shares[1]


def symmetry_point(hidden: Hidden) -> np.ndarray:
    """Where an up and a down pulse of a soft-bounds device cancel: ``(su - sd) / (su / upper - sd / lower)``; 0 if stuck."""
    with np.errstate(divide="ignore", invalid="ignore"):
        point = (hidden.step_up - hidden.step_down) / (hidden.step_up / hidden.upper - hidden.step_down / hidden.lower)
    return np.where(np.isfinite(point), point, 0.0)
