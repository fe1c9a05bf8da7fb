"""From the [device] section of a profile to a pulsed device with its arrays, in units of the weight."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .agreement import central_shares
from .devices.constant_step import ConstantStep
from .devices.exp_step import ExpStep
from .devices.hidden import Hidden, Spread, draw_hidden, faded, symmetry_point
from .devices.linear_step import LinearStep, LinearStepAdditive, doublings_for
from .devices.piecewise_step import PiecewiseStep
from .devices.pow_step import PowStep
from .devices.pulses import MOST_PULSES
from .devices.referenced import Referenced
from .generators import generator
from .quantity import number
from .sections import DeviceSection
from .storage import aligned

MARGIN = 5.0  # standard deviations of cycle noise within which no bound may be met for pulses to be merged
HIDDEN, SHAPE, REFERENCE, RESET = 1001, 1003, 1004, 1005  # streams of the chip's seed; each array adds 16 times its number

Cells = Callable[[np.ndarray], np.ndarray]
"""Lays a matrix (post, pre) out in the rows of a connectivity."""


def spread_of(section: DeviceSection) -> Spread:
    """What is drawn for every device of an array; unknown is 0."""
    return Spread(
        number(section.dw_min), number(section.dw_min_dtod), number(section.up_down), number(section.up_down_dtod),
        number(section.w_max), number(section.w_max_dtod), number(section.w_min), number(section.w_min_dtod),
        number(section.stuck_prob), number(section.stuck_range), bool(section.dw_min_lognormal))


def hidden_of(section: DeviceSection, shape: tuple[int, int], seed: int, index: int) -> Hidden:
    """Hidden parameters of array number `index`, normalised."""
    return draw_hidden(spread_of(section), shape, generator(seed, HIDDEN + 16 * index))


def granularity(section: DeviceSection) -> float:
    """Nominal step of a pulse at w = 0, mean of both directions, normalised: what a controller divides requests by.

    ExpStep and PiecewiseStep have it from their curves (aihwkit takes the down step alone for ExpStep), PowStep is dw_min 0.5^gamma.
    """
    dw_min = number(section.dw_min)
    if section.update_model == "exp_step":
        up, down = central_shares(section)
        up_down = number(section.up_down)
        return dw_min * 0.5 * ((1 + min(up_down, 0.0)) * up + (1 - max(up_down, 0.0)) * down)
    if section.update_model == "pow_step":
        return float(dw_min * 0.5**number(section.pow_gamma))
    if section.update_model == "piecewise_step":
        nodes = [np.interp(0.5, np.linspace(0, 1, len(row)), row) for row in (section.piecewise_up, section.piecewise_down) if row]
        return float(dw_min * np.mean(nodes))
    return dw_min


def build(section: DeviceSection, hidden: Hidden, scale: float, cells: Cells, seed: int, index: int, dtype: Any) -> Any:
    """The device of a section.

    Parameters
    ----------
    hidden : normalised, (n_post, n_pre)
    scale : weight per normalised unit
    seed, index : of the chip and the array, for the draws that only this update model has
    """
    real, model = np.dtype(dtype).type, section.update_model
    granule, most = real(granularity(section) * scale), real(number(section.max_pulses, MOST_PULSES))
    sigma = number(section.dw_min_std)
    up, down, upper, lower = (cells(matrix * scale) for matrix in hidden[:4])
    rng = generator(seed, SHAPE + 16 * index)
    if model == "constant_step":
        return ConstantStep(granule, most, up, down, upper, lower, real(sigma), real(MARGIN * sigma))
    if model in ("linear_step", "soft_bounds"):
        fade_up, fade_down = (cells(share) for share in fades(section, hidden, rng))
        device: Any = LinearStepAdditive(
            granule, most, up, down, fade_up, fade_down, upper, lower, real(sigma), real(MARGIN * sigma),
            doublings_for(most))
        if section.noise == "multiplicative":
            device = LinearStep(granule, most, up, down, fade_up, fade_down, upper, lower, real(sigma))
        return referenced(device, section, hidden, scale, cells, seed, index)
    if model == "pow_step":
        gamma, spread, r = number(section.pow_gamma), number(section.pow_gamma_dtod), number(section.pow_up_down)
        xi = spread * rng.standard_normal(hidden.upper.shape)
        xr = number(section.pow_up_down_dtod) * rng.standard_normal(hidden.upper.shape)
        gamma_up, gamma_down = (
            cells(np.maximum(gamma * share, 0.0)) for share in (1 + min(r, 0.0) + xi + xr, 1 - max(r, 0.0) + xi - xr))
        device = PowStep(granule, most, up, down, gamma_up, gamma_down, upper, lower, real(sigma))
        return referenced(device, section, hidden, scale, cells, seed, index)
    if model == "piecewise_step":
        nodes_up, nodes_down = (aligned(np.array(row), dtype) for row in (section.piecewise_up, section.piecewise_down))
        return PiecewiseStep(
            granule, most, up, down, nodes_up, nodes_down, real(nodes_up.size - 1), upper, lower, real(sigma))
    return ExpStep(
        granule, most, up, down, upper, lower, real(sigma), real(number(section.exp_A_up)), real(number(section.exp_A_down)),
        real(number(section.exp_gamma_up)), real(number(section.exp_gamma_down)), real(number(section.exp_a)),
        real(number(section.exp_b)), real(number(section.exp_noise_abs) * scale), real(number(section.exp_noise_slope)))


def fades(section: DeviceSection, hidden: Hidden, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Share of the state that an up and a down pulse take away: soft bounds are gamma = 1 at the device's own bounds."""
    if section.update_model == "soft_bounds":
        return faded(hidden, (1.0, 1.0), (0.0, 0.0), None, rng)
    gamma = number(section.gamma_up), number(section.gamma_down)
    spread = number(section.gamma_up_dtod), number(section.gamma_down_dtod)
    return faded(hidden, gamma, spread, (number(section.w_max), number(section.w_min)), rng)


def referenced(
    device: Any, section: DeviceSection, hidden: Hidden, scale: float, cells: Cells, seed: int, index: int
) -> Any:
    """The device less its reference, if it has one: reference_mean + reference_std xi, plus the symmetry point if that is subtracted."""
    reference = reference_of(section, hidden, seed, index)
    return device if reference is None else Referenced(device, cells(reference * scale))


def reference_of(section: DeviceSection, hidden: Hidden, seed: int, index: int) -> np.ndarray | None:
    """Conductance of the reference devices, normalised, (n_post, n_pre); None without any."""
    mean, spread = number(section.reference_mean), number(section.reference_std)
    if mean == 0 and spread == 0 and not section.zero_shifted:
        return None
    xi = generator(seed, REFERENCE + 16 * index).standard_normal(hidden.upper.shape)
    reference = mean + spread * xi + (symmetry_point(hidden) if section.zero_shifted else 0.0)
    return np.where(hidden.is_stuck, 0.0, reference)


def reset_of(section: DeviceSection, hidden: Hidden, seed: int, index: int) -> np.ndarray:
    """What a reset leaves behind, normalised, (n_post, n_pre): ``|reset + reset_dtod xi|`` within the bounds of the device."""
    xi = generator(seed, RESET + 16 * index).standard_normal(hidden.upper.shape)
    return np.clip(np.abs(number(section.reset) + number(section.reset_dtod) * xi), hidden.lower, hidden.upper)
