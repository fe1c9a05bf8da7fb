"""The one quantiser of all exports: rounding half to even on a grid of steps, with an account of what it cost.

``q = round_half_even(w / step)``, kept to ``low ... high``; ``w`` becomes ``q step``.  A step is one number, or one per output row
(per channel); it is free, or the next power of two above.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError

ROUNDING = "half to even"


class Tensor(NamedTuple):
    """What became of one array, for the manifest.

    Attributes
    ----------
    name, shape, bits : bits None for floating point
    step : what one level is worth; a list if every row has its own; None for floating point
    rounding : how
    clipped : entries that left the range and were moved to its end
    error : largest absolute difference, those that were clipped among them
    sqnr_dB : 10 log10 of the power of the array over that of the difference; None where nothing was lost or the array is 0
    """

    name: str
    shape: tuple[int, ...]
    bits: int | None
    step: Any
    rounding: str
    clipped: int
    error: float
    sqnr_dB: float | None


class Quantised(NamedTuple):
    """Whole numbers, what one is worth, and the account."""

    levels: np.ndarray      # int64
    step: np.ndarray        # float64, a number or one per row (n, 1)
    tensor: Tensor

    @property
    def values(self) -> np.ndarray:
        """What the whole numbers stand for, float64."""
        return self.levels * self.step


def check_finite(name: str, array: np.ndarray) -> None:
    """Refuse what is not a number.

    Raises
    ------
    InputError
        With the place of the first.
    """
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        place = ", ".join(map(str, wrong[0]))
        raise InputError(f"{name}[{place}]", f"= {array[tuple(wrong[0])]}; must be a finite number")


def step_for(array: np.ndarray, high: int, power_of_two: bool = False, per_channel: bool = False) -> np.ndarray:
    """The smallest step with which the largest magnitude still fits into `high` levels; 1 where all is 0.

    Parameters
    ----------
    per_channel : one per row, (n, 1), instead of one for all
    """
    largest = np.abs(array).max(axis=1, keepdims=True, initial=0.0) if per_channel else np.asarray(np.abs(array).max(initial=0.0))
    step = largest / high
    step = np.where(step > 0, step, 1.0)  # 0 as well where the largest is next to nothing
    if power_of_two:
        step = 2.0 ** np.ceil(np.log2(step))
    return step


def quantise(name: str, array: np.ndarray, step: Any, low: int, high: int, bits: int, clip: bool = False, even: bool = False) -> Quantised:
    """Bring an array onto its grid.

    Parameters
    ----------
    step : a number or one per row
    low, high : smallest and largest level
    clip : move what leaves the range to its end, instead of refusing it
    even : only even levels exist (Loihi's mixed signs)

    Raises
    ------
    InputError
        If an entry is not finite, or leaves the range and `clip` is not set.
    """
    array = np.asarray(array, np.float64)
    check_finite(name, array)
    step = np.asarray(step, np.float64)
    levels = np.rint(array / step / 2) * 2 if even else np.rint(array / step)
    kept = np.clip(levels, low, high)
    clipped = int((kept != levels).sum())
    if clipped and not clip:
        worst = levels.flat[np.abs(levels - kept).argmax()]
        raise InputError(name, f"has {clipped} entries beyond {low} to {high} levels (one is {worst:.0f}); --clip moves them to the end")
    return Quantised(kept.astype(np.int64), step, account(name, array, kept * step, bits, step, clipped))


def account(name: str, before: np.ndarray, after: np.ndarray, bits: int | None, step: Any = None, clipped: int = 0) -> Tensor:
    """What it cost to store `before` as `after`."""
    lost = np.abs(before - after)
    signal, noise = float((before**2).sum()), float((lost**2).sum())
    sqnr = 10 * float(np.log10(signal / noise)) if noise > 0 and signal > 0 else None
    steps = None if step is None else float(step) if np.ndim(step) == 0 or np.size(step) == 1 else [float(one) for one in np.ravel(step)]
    rounding = ROUNDING if bits is not None else "nearest floating-point number"
    return Tensor(name, before.shape, bits, steps, rounding, clipped, float(lost.max(initial=0.0)), sqnr)


def as_float32(name: str, array: np.ndarray) -> tuple[np.ndarray, Tensor]:
    """The array in single precision.

    Raises
    ------
    InputError
        If an entry is not finite in it.
    """
    check_finite(name, np.asarray(array, np.float64))
    with np.errstate(over="ignore"):
        single = np.asarray(array, np.float32)
    check_finite(name, single)
    return single, account(name, np.asarray(array, np.float64), single.astype(np.float64), None)


def activity_step(samples: np.ndarray, high: int, share: float = 1.0, power_of_two: bool = True) -> float:
    """Calibrate the step of an activity after training: the smallest that holds this share of the samples.

    Parameters
    ----------
    samples : what was seen while data of the task was shown
    share : 1 holds all of them; 0.999 gives resolution for the price of a few that are clipped
    """
    check_finite("activity", np.asarray(samples, np.float64))
    largest = float(np.quantile(np.abs(samples), share)) if np.size(samples) else 0.0
    step = largest / high or 1.0
    return float(2.0 ** np.ceil(np.log2(step))) if power_of_two else step
