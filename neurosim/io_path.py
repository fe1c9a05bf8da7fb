"""The read path that a profile describes."""
from __future__ import annotations

from typing import Any

from .circuits.read_path import ReadPath
from .errors import InputError
from .profile import Profile
from .quantity import Quantity

RECORDED = ("spike_payload_bits", "adc_noise_lsb", "adc_share_cols", "input_events_per_step_max")  # as published; no part of a read
ONE_ARRAY = ("ir_drop", "r_series", "v_offset_dtod", "out_nonlinearity")  # act on the output of each array, before the tiles are added


def read_path_of(profile: Profile, tiles: int = 1) -> ReadPath:
    """The numbers of [io] and the read noise of [device]; what a profile does not know is off.

    Parameters
    ----------
    tiles : arrays of which the outputs are added up

    Raises
    ------
    InputError
        If there are several and the profile has an effect that belongs to each of them.
    """
    io, device = profile.io, profile.device
    for field in ONE_ARRAY:
        if tiles > 1 and getattr(io, field) is not None and getattr(io, field).v:
            raise InputError(
                f"{profile.file}: io.{field}", f"= {getattr(io, field).v:g}; is simulated for a matrix on one array only, this one needs "
                f"{tiles} in a column (topology.array_rows)")
    known: dict[str, Any] = {
        name: value.v if isinstance(value, Quantity) else value for name, value in io if value is not None and name not in RECORDED}
    tops = {f"{name}_top": float(2 ** (known.pop(f"{name}_bits") - 1) - 1) for name in ("dac", "adc") if f"{name}_bits" in known}
    noise = {} if device is None else {
        name: value.v for name in ("read_noise_rel", "read_noise_abs") if (value := getattr(device, name)) is not None}
    return ReadPath(**{**known, **tops, **noise})
