"""Fewer bits per weight than a chip can have; more are refused."""
from __future__ import annotations

from .errors import InputError, MappingError
from .profile import Profile

FIELD = "chip.weight_bits"


def with_bits(profile: Profile, bits: int | None) -> Profile:
    """The profile with weights of so many bits, sign included; the profile itself if `bits` is None.

    Raises
    ------
    MappingError
        If the chip has fewer.
    InputError
        If its weights are no whole numbers.
    """
    if bits is None:
        return profile
    has = profile.weights.bits
    if has is None:
        raise InputError(FIELD, f"= {bits}; {profile.file} has weights.format = '{profile.weights.format}', which has no bits; remove it")
    if bits > has.v:
        cited = profile.sources.get(has.src or "weights", "")
        raise MappingError(FIELD, (
            f"= {bits}; needs {bits} bits per weight, and {profile.file} has {has.v} (weights.bits{': ' * bool(cited)}{cited}); "
            f"use at most {has.v}, or a chip with more"))
    return profile.model_copy(update={"weights": profile.weights.model_copy(update={"bits": has.model_copy(update={"v": bits})})})
