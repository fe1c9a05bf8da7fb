"""What a profile's [time] table does to an array of devices: drift, leak and slow read noise around whatever holds the weights."""
from __future__ import annotations

from typing import Any

import numpy as np

from .devices.drift import Drift
from .devices.endurance import ClosingWindow, Mortal
from .devices.flicker import Flicker, components
from .devices.hidden import Hidden
from .devices.leak import Leak
from .devices.one_sided_pair import OneSidedPair
from .devices.wired import Wired
from .devices.worn import Worn
from .devices.write_noise import WriteNoise
from .devices.written import Written
from .generators import generator
from .sections import TimeSection
from .storage import aligned, zeros
from .synapses.layout import arrange

AGEING = 1011  # stream of the chip's seed; each array adds 16 times its number
DRIFT, LEAK = 0, 1  # blocks of it
CHANGING: dict[type, tuple[str, tuple[str, ...]]] = {
    Drift: ("drift", ("remaining", "programmed_s")), Leak: ("leak", ("lost", "shift", "programmed_s", "aged_s")),
    Flicker: ("flicker", ("excess", "components", "aged_s")), WriteNoise: ("", ("persistent",)),
    OneSidedPair: ("", ("g_plus", "g_minus")), Wired: ("wired", ("factor",)),
    Worn: ("pulses", ("up", "down", "lost")), Written: ("writes", ("asked", "changed")),
    Mortal: ("endurance", ("seen",)), ClosingWindow: ("window", ("seen",))}
"""Of every device that remembers more than its conductance, its name in checkpoints and the arrays that time or learning changes."""


def with_time(
    inner: Any, time: TimeSection, hidden: Hidden, scale: float, synapses: Any, seed: int, index: int, dtype: Any, clock: np.ndarray
) -> Any:
    """The device `inner` of an array, and around it what time does to it; `inner` itself if the profile knows of nothing.

    The exponent of drift is ``nu |1 + s xi|``, the lifetime ``tau exp(s xi)`` (log-normal, so that none is negative), each with the
    relative spread s of the profile.  Devices that are stuck neither drift nor leak; their reads are as noisy as the others'.

    Parameters
    ----------
    hidden : of the same devices, (n_post, n_pre)
    scale : weight per normalised unit
    index : number of the array on the chip
    clock : (1,) float64, the chip's
    """
    shape, can_move = hidden.is_stuck.shape, ~hidden.is_stuck
    zero = np.zeros(shape)
    empty = arrange(synapses, zero, dtype)

    def times() -> np.ndarray:
        return zeros(empty.shape, np.float64)

    def spread(block: int) -> np.ndarray:
        return generator(seed, AGEING + 16 * index, block).standard_normal(shape)

    device = inner
    nu = _value(time.drift_nu)
    if nu > 0:
        exponent = nu * np.abs(1 + _value(time.drift_nu_dtod) * spread(DRIFT)) * can_move
        device = Drift(
            device, aligned(np.ones(empty.shape), dtype), times(), arrange(synapses, exponent, dtype), np.float64(_value(time.drift_t0_s)),
            clock)
    diffusion = _value(time.diffusion_per_sqrt_s)
    if time.leak_lifetime_s is not None or diffusion > 0:
        rate = zero
        if time.leak_lifetime_s is not None:
            rate = np.exp(-_value(time.leak_lifetime_dtod) * spread(LEAK)) / _value(time.leak_lifetime_s)
        reset, per_root_second = _value(time.leak_reset) * scale * can_move, diffusion * scale * can_move
        device = Leak(
            device, aligned(empty, dtype), aligned(empty, dtype), times(), np.zeros(1), arrange(synapses, rate * can_move, dtype),
            arrange(synapses, reset, dtype), arrange(synapses, per_root_second, dtype), clock, zeros(empty.shape[1], dtype))
    flicker = _value(time.read_flicker_rel)
    if flicker > 0:
        relaxation_s, sd = components(flicker, _value(time.read_flicker_s))
        device = Flicker(
            device, aligned(empty, dtype), zeros((relaxation_s.size, *empty.shape), dtype), np.zeros(1), relaxation_s, np.float64(sd),
            zeros(empty.shape[1], dtype))
    return device


def changing(device: Any) -> dict[str, np.ndarray]:
    """Every array of a device, and of those inside it, that time or learning changes, by name."""
    arrays: dict[str, np.ndarray] = {}
    while device is not None:
        name, fields = CHANGING.get(type(device), ("", ()))
        arrays.update({f"{name}_{field}".lstrip("_"): getattr(device, field) for field in fields})
        for half in ("plus", "minus"):
            arrays.update({f"{half}_{key}": array for key, array in changing(getattr(device, half, None)).items()})
        device = getattr(device, "inner", None)
    return arrays


def _value(quantity: Any) -> float:
    """A number of the profile; 0 switches its effect off."""
    return 0.0 if quantity is None else float(quantity.v)
