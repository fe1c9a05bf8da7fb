"""Mean step curves: which share of its full step a device takes, as a function of its state.

One pulse moves the state w by ``s y(w)`` up or down, s the step of the device.  Equations as in aihwkit's pulsed devices (Rasch et al.
2021, arXiv:2104.02184): ConstantStep, LinearStep, SoftBoundsReference, ExpStep, PowStep (Fusi & Abbott 2007, doi:10.1038/nn1859),
PiecewiseStep.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

Values = Mapping[str, Any]
"""Parameter by name, each an array that broadcasts with the state."""
Shares = tuple[np.ndarray, np.ndarray]
"""y(w) and dy/dw."""

COMMON = ("step", "half_difference", "upper", "lower")  # of every device: (up + down) / 2, (up - down) / 2, bounds
NODES = 7
MAX_EXPONENT = 50.0
LEAST_RANGE = 0.05  # of a device, normalised


class Curve(NamedTuple):
    """A mean step curve and the form of its cycle noise."""

    label: str                # what users see
    update_model: str         # of the profile
    noise: str                # "multiplicative": std = sigma * step taken; "additive": std = sigma * full step
    device: tuple[str, ...]   # parameters of every device beyond COMMON
    shape: tuple[str, ...]    # parameters that all devices share
    share: Callable[[Values, Any, np.ndarray], Shares]

    @property
    def per_device(self) -> tuple[str, ...]:
        """All parameters that differ from device to device."""
        return COMMON + self.device


def pick(is_up, up, down):
    """The value for the direction of the pulse; `is_up` is a bool, or an array if devices differ."""
    return (up if is_up else down) if isinstance(is_up, bool) else np.where(is_up, up, down)


def steps(values: Values, is_up) -> np.ndarray:
    """Full step, positive, for the direction of the pulse."""
    return np.abs(values["step"] + pick(is_up, 1.0, -1.0) * values["half_difference"])


def extent(values: Values) -> np.ndarray:
    """Distance of the bounds of a device."""
    return np.maximum(values["upper"] - values["lower"], LEAST_RANGE)


def constant(values: Values, is_up, w: np.ndarray) -> Shares:
    """y = 1."""
    return np.ones_like(w), np.zeros_like(w)


def linear(values: Values, is_up, w: np.ndarray) -> Shares:
    """y = 1 - k w up, 1 + k w down; k = gamma / |mean bound|."""
    slope = pick(is_up, -np.abs(values["slope_up"]), np.abs(values["slope_down"])) + np.zeros_like(w)
    return 1 + slope * w, slope


def soft(values: Values, is_up, w: np.ndarray) -> Shares:
    """y = 1 - w / b, b the bound of the device that the pulse moves to."""
    slope = -1 / pick(is_up, np.maximum(values["upper"], LEAST_RANGE), np.minimum(values["lower"], -LEAST_RANGE)) + np.zeros_like(w)
    return 1 + slope * w, slope


def exponential(values: Values, is_up, w: np.ndarray, a: float) -> Shares:
    """y = max(1 - c + c exp(+-gamma z), 0), z = 2 a w / (upper - lower), minus for down pulses; y = 1 at w = 0.

    This is aihwkit's 1 - A exp(+-gamma z) with the step at w = 0 as the unit: c = -A / (1 - A), dw_min = step (1 - c).  In these
    numbers the size of a step and its form are told apart by different parts of a trace, so that a search does not get lost.
    """
    part = pick(is_up, values["c_up"], values["c_down"])
    rate = pick(is_up, np.abs(values["gamma_up"]), -np.abs(values["gamma_down"])) * (2 * a / extent(values))
    term = part * np.exp(np.clip(rate * w, -MAX_EXPONENT, MAX_EXPONENT))
    share = 1 - part + term
    return np.maximum(share, 0.0), np.where(share > 0, term * rate, 0.0)


def falling(values: Values, is_up, w: np.ndarray) -> Shares:
    """`exponential` with a = -1/2: c > 0 (A < 0) makes steps that fall steeply at first."""
    return exponential(values, is_up, w, -0.5)


def rising(values: Values, is_up, w: np.ndarray) -> Shares:
    """`exponential` with a = 1/2: c < 0 (A > 0) makes steps that fall steeply at the end."""
    return exponential(values, is_up, w, 0.5)


def power(values: Values, is_up, w: np.ndarray) -> Shares:
    """y = (distance to the bound / extent) ^ g, g = exponent + tilt up, exponent - tilt down."""
    reach = extent(values)
    left = np.maximum(pick(is_up, values["upper"] - w, w - values["lower"]) / reach, 1e-9)
    exponent = np.maximum(values["exponent"] + pick(is_up, values["tilt"], -values["tilt"]), 0.01)
    share = left**exponent
    return share, pick(is_up, -1.0, 1.0) * exponent * share / (left * reach)


def piecewise(values: Values, is_up, w: np.ndarray) -> Shares:
    """y = linear interpolation between nodes at equal distances from the lower to the upper bound of the device."""
    last = NODES - 1
    place = np.clip((w - values["lower"]) * (last / extent(values)), 0.0, last - 1e-9)
    left = np.floor(place).astype(np.intp)[None]
    nodes = pick(is_up, values["up"], values["down"]) + np.zeros((1,) + w.shape)
    here, there = (np.take_along_axis(nodes, at, axis=0)[0] for at in (left, left + 1))
    return here + (there - here) * (place - left[0]), (there - here) * (last / extent(values))


UP_NODES = tuple(f"up_{k}" for k in range(NODES) if k != NODES // 2)  # the one in the middle is 1 by definition
DOWN_NODES = tuple(f"down_{k}" for k in range(NODES) if k != NODES // 2)
EXPONENTS = ("c_up", "c_down", "gamma_up", "gamma_down")
SLOPES = ("slope_up", "slope_down")

CURVES = (
    Curve("constant_step", "constant_step", "multiplicative", (), (), constant),
    Curve("linear_step", "linear_step", "multiplicative", SLOPES, (), linear),
    Curve("linear_step_additive", "linear_step", "additive", SLOPES, (), linear),
    Curve("soft_bounds", "soft_bounds", "additive", (), (), soft),
    Curve("exp_step", "exp_step", "multiplicative", (), EXPONENTS, falling),
    Curve("exp_step_late", "exp_step", "multiplicative", (), EXPONENTS, rising),
    Curve("pow_step", "pow_step", "multiplicative", ("exponent", "tilt"), (), power),
    Curve("piecewise_step", "piecewise_step", "multiplicative", (), UP_NODES + DOWN_NODES, piecewise),
)


def complete(curve: Curve, values: dict[str, Any]) -> dict[str, Any]:
    """Values with what a curve derives from them: the nodes as one array."""
    if curve.update_model == "piecewise_step":
        for side in ("up", "down"):
            nodes = [np.maximum(values[f"{side}_{k}"], 0.0) if k != NODES // 2 else np.ones_like(values["step"]) for k in range(NODES)]
            values[side] = np.stack(nodes)
    return values
