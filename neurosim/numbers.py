"""Numbers of a profile that an experiment replaces, and its noise made larger or smaller: the axes of "how good must a device be?"."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .errors import InputError
from .profile import SECTIONS, Profile
from .quantity import Quantity, effects
from .sentences import hint, shown, validated

FIELD, SCALE = "chip.numbers", "chip.noise_scale"
SOURCE = "experiment"  # key in [sources]
ENDINGS = ("_dtod", "_std", "_ctoc", "_cv", "_spread")
OTHERS = (
    "device.exp_noise_abs", "device.exp_noise_slope", "device.read_noise_rel", "device.read_noise_abs", "time.diffusion_per_sqrt_s",
    "time.read_flicker_rel", "io.inp_noise", "io.w_noise", "io.out_noise", "plasticity.third_factor_noise")
"""Random effects whose names do not end like those of spreads."""


def with_numbers(profile: Profile, numbers: Mapping[str, Mapping[str, Any]] | None) -> Profile:
    """The profile with these numbers in place of its own, or beside them.

    Parameters
    ----------
    numbers : section -> key -> value, as in a profile; what is replaced is "assumed" from then on

    Raises
    ------
    InputError
        No such section or key, or a value that the profile could not have.
    """
    if not numbers:
        return profile
    tables = profile.model_dump(exclude_none=True)
    for section, values in numbers.items():
        if section not in SECTIONS or getattr(profile, section) is None:
            known = [name for name in SECTIONS if getattr(profile, name) is not None]
            raise InputError(f"{FIELD}.{section}", f"is no section of {profile.file}{hint(section, known)}")
        fields = type(getattr(profile, section)).model_fields
        for key, value in values.items():
            if key not in fields or isinstance(value, Mapping):
                raise InputError(f"{FIELD}.{section}.{key}", f"= {shown(value)}; is no number of a profile{hint(key, list(fields))}")
            tables.setdefault(section, {})[key] = assumed(value) if is_number(value) else value
            tables["sources"] = {**tables["sources"], SOURCE: "set by the experiment"}
    try:
        return validated(Profile, tables, profile.file)
    except InputError as error:
        field = error.where.removeprefix(f"{profile.file}: ")
        raise InputError(f"{FIELD}.{field}", error.problem) from error


def is_number(value: Any) -> bool:
    """Whether a value is a number, which truth values are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def assumed(value: float) -> dict[str, Any]:
    """A number that nothing but the experiment stands behind."""
    return {"v": value, "status": "assumed", "src": SOURCE}


def noises(profile: Profile) -> Iterator[tuple[str, Quantity]]:
    """Every random effect that is on: spreads from device to device and from cycle to cycle, noise of reads, neurons and the third factor.

    Defects, wear and what is the same for every device (drift, leak, bends, bits) are none.
    """
    for section in SECTIONS:
        part = getattr(profile, section)
        for key, _, _ in effects(part):
            value = getattr(part, key)
            if isinstance(value, Quantity) and value.v != 0 and (key.endswith(ENDINGS) or f"{section}.{key}" in OTHERS):
                yield f"{section}.{key}", value


def with_noise(profile: Profile, scale: float | None) -> Profile:
    """The profile with every random effect (`noises`) so many times as large; 0 switches them off, 1 changes nothing.

    Raises
    ------
    InputError
        If the profile has no random effect: a scale would do nothing.
    """
    if scale is None:
        return profile
    found = dict(noises(profile))
    if not found:
        raise InputError(SCALE, f"= {scale:g}; {profile.file} has no random effect that it could scale")
    changes: dict[str, dict[str, Quantity]] = {}
    for name, value in found.items() if scale != 1 else ():
        section, _, key = name.partition(".")
        changes.setdefault(section, {})[key] = type(value)(v=value.v * scale, status="assumed")
    parts = {section: getattr(profile, section).model_copy(update=values) for section, values in changes.items()}
    return profile.model_copy(update=parts)
