"""Numbers that nothing could be computed with, found before they do harm: in data, in profiles, in weights and in what parts remember.

Not only what is no number and what is infinite: squares are taken everywhere, and of float32 numbers beyond `LARGEST` they are infinite
soon, so that larger ones are refused in either precision.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .errors import InputError
from .profile import SECTIONS, Profile
from .quantity import Quantity
from .sentences import shown
from .standing import arrays_of

LARGEST = 1e30
ALLOWED = f"must be a finite number, at most {LARGEST:g} in size"
ENDLESS = ("threshold", "cut", "longest", "limit", "top")  # fields in which a number without end means "never" or "no bound"
UNREAD = ("sink", "slope")  # workspace of `loop.Activity` that may hold anything

MEANINGS = {  # field -> what it is, unit
    "conductance": ("weight", "weight units"), "fast": ("fast weight of the updater", "weight units"),
    "persistent": ("weight without write noise", "weight units"), "total": ("requested change of the trial", "weight units"),
    "pending": ("change that is held back", "weight units"), "hidden": ("buffer of the transfer", "weight units"),
    "mean": ("running mean of requests or reads", "weight units"), "past": ("reference of the transfer", "weight units"),
    "velocity": ("momentum of requests", "weight units"), "square": ("running mean square of requests", "squared weight units"),
    "now_s": ("clock of the chip", "s"), "v": ("membrane potential", "threshold units"), "a": ("adaptation", "threshold units"),
    "w": ("adaptation current", "threshold units"), "s": ("synaptic current", "threshold units per step"),
    "x": ("activity of hidden neurons", "activity units"), "x_hat": ("activity sent on", "activity units"),
    "y": ("activity of outputs or of what is sent", "activity units"), "current": ("received current", "potential units"),
    "ring": ("activity on its way in axons", "activity units"), "trace": ("eligibility trace", "activity units"),
    "noise": ("perturbation", "potential units"), "post": ("second factor of a request", "weight units per activity"),
    "pre": ("first factor of a request", "activity units"), "signal": ("third factor", "squared target units"),
    "reference": ("loss of the clean pass", "squared target units"), "perturbed": ("loss of the perturbed pass", "squared target units"),
}


class Unfit(NamedTuple):
    """A number of the data that is no good: its step counted over all trials, what it is, and the number."""

    step: int
    quantity: str
    unit: str
    value: float

    def __str__(self) -> str:
        return f"{self.quantity} = {self.value:g} {self.unit}; {ALLOWED}"


def is_bounded(array: np.ndarray) -> bool:
    """Whether every element is a number of at most `LARGEST`; a NaN makes both comparisons false."""
    return array.size == 0 or bool(array.min() >= -LARGEST and array.max() <= LARGEST)


def unfit(inputs: np.ndarray, targets: np.ndarray, weight: np.ndarray) -> Unfit | None:
    """The first number of the trials, as they are in the working precision, that cannot be learned from.

    Parameters
    ----------
    inputs, targets : (n_trials, n_steps, batch, n)
    weight : (n_trials, n_steps)
    """
    for name, array in (("input", inputs), ("target", targets), ("weight of the step", weight)):
        if is_bounded(array):
            continue
        with np.errstate(invalid="ignore"):
            trial, step, *rest = np.argwhere(~(np.abs(array) <= LARGEST))[0].tolist()
        line = f", line {rest[1]} of sample {rest[0]}" if rest else ""
        unit = "shares of the loss" if array is weight else "(units of the task)"
        return Unfit(trial * array.shape[1] + step, f"{name} in trial {trial}, step {step}{line}", unit, float(array[trial, step, *rest]))
    return None


def check_profile(profile: Profile) -> None:
    """Refuse numbers of a profile beyond what the working precisions hold.

    Raises
    ------
    InputError
        One sentence with file, field and value.
    """
    for section in SECTIONS:
        part = getattr(profile, section)
        for key in type(part).model_fields if part is not None else ():
            value = getattr(part, key)
            value = value.v if isinstance(value, Quantity) else value
            numbers = value if isinstance(value, tuple | list) else (value,)
            for one in numbers:
                if isinstance(one, int | float) and not abs(one) <= LARGEST:
                    raise InputError(f"{profile.file}: {section}.{key}", f"= {shown(one)}; {ALLOWED}")


def check_wired(file: str, wired: Any) -> None:
    """Refuse a chip of which a number, made from those of its profile, network and rule, left the working precision.

    Parameters
    ----------
    file : of the profile

    Raises
    ------
    InputError
        With the path of the field that holds it.
    """
    for name, array in {**arrays_of(wired), **_scalars(wired)}.items():
        is_endless = name.rpartition("/")[2] in (*ENDLESS, *UNREAD)
        if array.dtype.kind == "f" and (np.isnan(array) if is_endless else ~np.isfinite(array)).any():
            where = "rule" if "_rule/" in name else file
            raise InputError(where, f"makes {described(name)[0]} a number that is not finite in {array.dtype}")


def _scalars(part: Any, path: str = "") -> dict[str, np.ndarray]:
    """Every floating-point number in nested tuples, as an array without dimensions."""
    if isinstance(part, np.floating | float):
        return {path.removeprefix("/"): np.asarray(part)}
    if not isinstance(part, tuple):
        return {}
    names = getattr(part, "_fields", map(str, range(len(part))))
    return {key: found for name, item in zip(names, part, strict=True) for key, found in _scalars(item, f"{path}/{name}").items()}


def watched(chip: Any, wired: Any) -> dict[str, np.ndarray]:
    """What must stay finite while a chip learns: what learning changes on it, and what neurons, rules, axons and updaters remember."""
    state = chip.state()
    constant = {(array.ctypes.data, array.nbytes) for array in arrays_of(chip.arrays).values()}
    found = {name: array for name, array in arrays_of(wired).items() if (array.ctypes.data, array.nbytes) not in constant}
    return {name: array for name, array in {**state, **found}.items()
            if array.dtype.kind == "f" and name.rpartition("/")[2] not in (*ENDLESS, *UNREAD)}


def astray(arrays: Mapping[str, np.ndarray]) -> tuple[str, str] | None:
    """What the first array that holds a number beyond all bounds is, and its unit."""
    return next((described(name) for name, array in arrays.items() if not is_bounded(array)), None)


def described(path: str) -> tuple[str, str]:
    """What lies under a path, in words, and its unit."""
    field = next((part for part in reversed(path.split("/")) if not part.isdigit()), path)
    meaning, unit = MEANINGS.get(field, (f"'{field.replace('_', ' ')}'", "internal units"))
    return f"{meaning} {path.removeprefix('network/')}", unit
