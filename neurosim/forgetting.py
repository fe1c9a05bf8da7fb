"""How fast pulses that cancel make a device forget: what zero-mean perturbation updates lose on a state-dependent device."""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .devices.hidden import Hidden
from .devices.pulses import fire
from .pulsed import build
from .quantity import number
from .sections import DeviceSection

WINDOW = 1e-3  # of the range: over which the drift at the symmetry point is taken
LONGEST = 20_000  # pairs that are fired one by one; what takes longer is extrapolated from the slope at the symmetry point
NEVER = 1e9       # pairs


class Forgetting(NamedTuple):
    """Pairs of an up and a down pulse until all but 1/e is forgotten, inf for never; and the weight that they end at, normalised."""

    pairs: float
    symmetry_point: float


def mean_device(section: DeviceSection) -> Hidden:
    """Hidden parameters of the device without any spread, (1, 1)."""
    up_down, dw_min = number(section.up_down), number(section.dw_min)
    values = dw_min * (1 + min(up_down, 0.0)), dw_min * (1 - max(up_down, 0.0)), number(section.w_max), number(section.w_min)
    up, down, upper, lower = (np.full((1, 1), value) for value in values)
    return Hidden(up, down, upper, lower, np.zeros((1, 1), bool))


def pair(section: DeviceSection) -> tuple[float, float, Callable[[float], float]]:
    """(lower, upper, step) of the mean device: step(w) is how far an up pulse and then a down pulse carry it, without noise."""
    quiet = section.model_copy(update={
        name: None for name in type(section).model_fields if name.endswith("_dtod") or name in ("dw_min_std", "reference_std")})
    hidden = mean_device(section)
    device = build(quiet, hidden, 1.0, lambda matrix: matrix.astype(np.float64), 1, 0, np.float64)
    shift = float(device.reference[0, 0]) if hasattr(device, "reference") else 0.0

    def step(w: float) -> float:
        up = fire(device, 0, 0, np.float64(w), np.float64(1), np.float64(0), np.float64(0))
        return float(fire(device, 0, 0, up, np.float64(-1), np.float64(0), np.float64(0)) - w)

    return float(hidden.lower[0, 0]) - shift, float(hidden.upper[0, 0]) - shift, step


def forgetting(section: DeviceSection) -> Forgetting | None:
    """Of the mean device of a profile; None for a pair of one-sided devices, whose pulses never cancel.

    The symmetry point is where a pair of pulses does nothing; the constant is the number of pairs after which a weight half-way to the
    upper bound has lost all but 1/e of its distance to it.  For soft bounds that is 1 / (su / upper + sd / |lower|), for a linear step
    1 / (fade up + fade down), to first order in the step.
    """
    if section.cell == "one_sided_pair":
        return None
    lower, upper, step = pair(section)
    width = WINDOW * (upper - lower)
    low, high = lower, upper
    if not step(lower + width) > 0 or not step(upper - width) < 0:
        inside = [step(lower + share * (upper - lower)) for share in (0.25, 0.5, 0.75)]
        if max(map(abs, inside)) < 1e-12:
            return Forgetting(math.inf, math.nan)
        return Forgetting(math.inf, upper if inside[1] > 0 else lower)  # drifts to a bound and stays there
    low, high = low + width, high - width
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if step(middle) > 0 else (low, middle)
    point = 0.5 * (low + high)
    start = point + 0.5 * (upper - point)
    w, pairs = start, 0
    while abs(w - point) > abs(start - point) / math.e and pairs < LONGEST:
        w, pairs = w + step(w), pairs + 1
    if pairs < LONGEST:
        return Forgetting(float(pairs), point)
    slope = (step(point + width) - step(point - width)) / (2 * width)
    return Forgetting(-1 / slope if slope < -1 / NEVER else math.inf, point)


def sentence(section: DeviceSection | None) -> str:
    """The constant in plain words; empty for weights that are no pulsed devices."""
    if section is None:
        return ""
    found = forgetting(section)
    if found is None:
        return "up and down pulses go to different devices and never cancel: both fill up, until a refresh"
    if math.isinf(found.pairs):
        return "up and down pulses cancel: zero-mean updates make a weight forget nothing"
    return (f"about {found.pairs:.3g} pairs of an up and a down pulse make a weight forget (down to 1/e): zero-mean updates pull it "
            f"towards {found.symmetry_point:.3g}, in normalised units")
