"""Statistics of noise: every random number of every profile is drawn many times, and its samples are held against the law that it states.

Each is on by itself, beside what it acts through (`effects.company`) and what makes the devices those of the profile: their curve, their
step, pairs of them.  With it, though it is no spread, what else is random: defects, how long devices endure, and how requests are rounded
to pulses and to levels.  All tests together raise a false alarm with a probability of `FAMILY_WISE` (Bonferroni).
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import effects
from ..numbers import noises
from ..profile import Profile, load, names
from ..quantity import Quantity
from . import laws, made_up_profiles, read_samplers, write_samplers
from .laws import Sample
from .promise import Outcome, Size
from .write_samplers import Case

FAMILY_WISE = 1e-3
SAMPLES = {"short": 2000, "full": 10_000}
ON_DEVICES = ("weights.format", "device.dw_min", "device.max_pulses", "device.update_model", "device.cell", "device.up_down",
              "device.pow_up_down")
UNITS = ("weights.format",)
LEVELS = ("weights.bits", "plasticity.update_rounding")


class Sampler(NamedTuple):
    """What draws samples of an effect and finds their places, what else is on, and the sections that its law depends on."""

    draw: Callable[[Case], dict[str, Sample]]
    beside: tuple[str, ...]
    sections: tuple[str, ...]


def _of_devices(draw: Callable[[Case], dict[str, Sample]], *beside: str) -> Sampler:
    return Sampler(draw, (*ON_DEVICES, *beside), ("weights", "device"))


def _of_reading(draw: Callable[[Case], dict[str, Sample]]) -> Sampler:
    return Sampler(draw, UNITS, ("weights", "io"))


SAMPLERS: dict[str, Sampler] = {
    "device.dw_min_dtod": _of_devices(write_samplers.of_step), "device.up_down_dtod": _of_devices(write_samplers.of_step),
    "device.gamma_up_dtod": _of_devices(write_samplers.of_slope), "device.gamma_down_dtod": _of_devices(write_samplers.of_slope),
    "device.pow_gamma_dtod": _of_devices(write_samplers.of_power), "device.pow_up_down_dtod": _of_devices(write_samplers.of_power),
    "device.dw_min_std": _of_devices(write_samplers.of_pulses), "device.exp_noise_abs": _of_devices(write_samplers.of_pulses),
    "device.exp_noise_slope": _of_devices(write_samplers.of_pulses), "device.w_max_dtod": _of_devices(write_samplers.of_bounds),
    "device.w_min_dtod": _of_devices(write_samplers.of_bounds), "device.write_noise_std": _of_devices(write_samplers.of_write_noise),
    "device.reference_std": _of_devices(write_samplers.of_references),
    "device.reset_dtod": _of_devices(write_samplers.of_resets, "device.reset"),
    "device.endurance_spread": _of_devices(write_samplers.of_endurance), "device.stuck_prob": _of_devices(write_samplers.of_stuck),
    "device.dw_min": _of_devices(write_samplers.of_requests),
    "weights.bits": Sampler(write_samplers.of_levels, LEVELS, ("weights", "plasticity")),
    "device.read_noise_rel": Sampler(read_samplers.of_reads, UNITS, ("weights", "device")),
    "device.read_noise_abs": Sampler(read_samplers.of_reads, UNITS, ("weights", "device")),
    "io.w_noise": _of_reading(read_samplers.of_reads), "io.out_noise": _of_reading(read_samplers.of_reads),
    "io.inp_noise": _of_reading(read_samplers.of_lines), "io.v_offset_dtod": _of_reading(read_samplers.of_outputs),
    "io.out_nonlinearity_dtod": _of_reading(read_samplers.of_outputs), "io.out_noise_dtod": _of_reading(read_samplers.of_outputs),
    **{f"noise.{field}": Sampler(read_samplers.of_neurons, (), ("noise",)) for field in ("gain_cv", "offset_std", "intrinsic_std")},
    "plasticity.third_factor_noise": Sampler(read_samplers.of_broadcasts, (), ("plasticity",)),
    **{f"time.{field}": Sampler(read_samplers.of_time, UNITS, ("weights", "time"))
       for field in ("drift_nu_dtod", "leak_lifetime_dtod", "diffusion_per_sqrt_s", "read_flicker_rel")}}
"""By the name of the effect."""


class Finding(NamedTuple):
    """A test of a sample and its p-value; the profiles that have the same."""

    name: str
    what: str
    profiles: list[str]
    p: float


def check(size: Size, seed: int, folder: Path, samplers: Mapping[str, Sampler] = SAMPLERS) -> Outcome:
    """Draw and judge: every effect of every profile, shipped and made up, for the gate one profile of every effect; see `promise.Check`."""
    shipped = list(random_effects(map(load, names())))
    pairs = [*shipped, *random_effects(made_up_profiles.profiles().values())]
    if size == "short":
        pairs = list({name: (profile, name) for profile, name in reversed(pairs)}.values())
    failures = [f"{profile.file}, {name}: there is nothing that samples it" for profile, name in pairs if name not in samplers]
    groups: dict[str, list[tuple[Profile, str]]] = {}
    for profile, name in pairs:
        if name in samplers:
            groups.setdefault(key(profile, name, samplers[name]), []).append((profile, name))
    found: list[Finding] = []
    for alike in groups.values():
        profile, name = alike[0]
        for what, p in judged(profile, name, SAMPLES[size], seed, samplers[name]):
            found.append(Finding(name, what, [one.file for one, _ in alike], p))
    limit = FAMILY_WISE / max(len(found), 1)
    failures += [
        f"{one.profiles[0]}, {one.name} ({one.what}): p = {one.p:.2g}, below {limit:.2g}" + (
            f"; the same in {', '.join(one.profiles[1:])}" if one.profiles[1:] else "") for one in found if one.p < limit]
    smallest = min((one.p for one in found), default=0.0)
    of = f"{len(shipped)} in shipped profiles" if size == "full" else f"one of each of {len(pairs)} effects"
    figure = (f"{len(pairs)} pairs of profile and effect ({of}), {len(groups)} different, {SAMPLES[size]} samples each: "
              f"smallest p {smallest:.2g} of {len(found)} tests, limit {limit:.2g}")
    return Outcome(len(pairs), tuple(failures), figure)


def random_effects(profiles: Iterable[Profile]) -> Iterator[tuple[Profile, str]]:
    """(profile, effect) of everything random that is on: `numbers.noises`, and what is random without being a spread."""
    for profile in profiles:
        yield from ((profile, name) for name, _ in noises(profile))
        yield from ((profile, name) for name in effects.switches(profile) if is_rounding(profile, name) or name == "device.stuck_prob")


def is_rounding(profile: Profile, name: str) -> bool:
    """Whether an effect rounds requests at random, cell by cell."""
    if name == "device.dw_min":
        return profile.device is not None and profile.device.pulse_scheme in (None, "counts")
    return name == "weights.bits" and (profile.weights.rounding == "stochastic" or profile.plasticity.update_rounding == "plusminus1")


def alone(profile: Profile, name: str, sampler: Sampler) -> Profile:
    """The profile with nothing on but an effect, what it acts through, and what its sampler wants beside it."""
    found = effects.switches(profile)
    kept = {name, *effects.company(profile, name), *(other for other in sampler.beside if other in found)}
    return effects.without(profile, effects.all_but(profile, kept))


def value_of(profile: Profile, name: str) -> float:
    """The number of an effect."""
    section, _, field = name.partition(".")
    return float(getattr(getattr(profile, section), field).v)


def judged(profile: Profile, name: str, n: int, seed: int, sampler: Sampler) -> Iterator[tuple[str, float]]:
    """(sample and test, p-value) of a random effect."""
    own = int.from_bytes(hashlib.sha256(f"{seed}/{profile.file}/{name}".encode()).digest()[:6], "little")  # no two share their draws
    with np.errstate(over="ignore", invalid="ignore"):  # as where it is compiled: what overflows in a branch not taken is dropped
        samples = sampler.draw(Case(name, value_of(profile, name), alone(profile, name, sampler), n, own))
    for what, sample in samples.items():
        yield from ((f"{what}, {test}", p) for test, p in laws.tests(sample))


def key(profile: Profile, name: str, sampler: Sampler) -> str:
    """What two profiles have in common whose samples would be the same."""
    only = alone(profile, name, sampler)
    sections = {section: getattr(only, section) for section in sampler.sections}
    numbers = {section: {field: plain(value) for field, value in part if field not in ("technology", "fit", "g_max_S", "g_min_S")}
               for section, part in sections.items() if part is not None}
    return json.dumps([name, value_of(profile, name), only.device is not None, numbers], sort_keys=True, default=str)


def plain(value: Any) -> Any:
    """A number without its source."""
    return value.v if isinstance(value, Quantity) else value
