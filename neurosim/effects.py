"""A switch for every effect of a profile: what is on, and the profile with some of it off.

An effect has the name of its first number, ``device.write_noise_std``; the name of a section stands for all of its effects, ``all`` for
everything: what is left then is an ideal chip of the same size.  Limits (`LIMITS`) are no effects: they refuse, they change nothing.
"""
from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from .errors import InputError
from .profile import SECTIONS, Profile, moves
from .pulsed import granularity
from .quantity import Quantity, effects, number
from .sections import DeviceSection
from .sentences import nearest, shown
from .switching import WIRES, reduced

ALL = "all"
LIMITS = ("topology.n_cores", "topology.neurons_per_core", "topology.max_fan_in", "topology.max_fan_out", "time.max_delay_steps")
PART_OF = {"device.gamma_up": "device.update_model", "device.pow_gamma": "device.update_model", "device.exp_a": "device.update_model",
           "io.adc_calibration_reads": "io.adc_bits"}
"""Numbers that have no switch of their own, because nothing is left of the other without them."""
TEXTS = {
    "weights.format": "weights are conductances between hard bounds, changed by pulses: the devices as a whole",
    "device.update_model": "the step depends on the weight",
    "device.cell": "up and down pulses go to different devices of a pair, which have no down pulses",
    "device.pulse_scheme": "requests are made of trains of pulses on rows and columns, which meet by chance or in order",
    "device.update_management": "long and short trains share out what rows and columns ask for",
    "device.train_management": "the length of the trains follows the largest request",
    "plasticity.trace_bits": "what synapses of an integrating readout keep of spikes has few bits, rounded at random",
    "plasticity.update_rounding": "a write moves a weight by one level at most, with a probability",
    "device.zero_shifted": "reference devices are set to the weight at which up and down steps are equal",
}
"""Effects that are a choice rather than a number; `sections` has the others."""
IDLE: dict[str, tuple[Any, ...]] = {
    "weights.format": ("float", "fixed_point"), "device.update_model": ("constant_step",), "device.cell": (None, "single"),
    "device.pulse_scheme": (None, "counts"), "device.update_management": (None, False), "device.train_management": (None, False),
    "device.zero_shifted": (None, False), "plasticity.update_rounding": (None, "nearest", "stochastic")}
OF_THE_CURVE = (
    "gamma_up_dtod", "gamma_down_dtod", "pow_gamma_dtod", "pow_up_down", "pow_up_down_dtod", "exp_noise_abs", "exp_noise_slope",
    "reference_mean", "reference_std", "zero_shifted")
ON_DEVICES = ("weights.headroom", *WIRES)
NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    **{f"device.{field}": (("device.update_model",),) for field in OF_THE_CURVE},
    "device.pulse_scheme": (("device.dw_min",),), "device.update_management": (("device.pulse_scheme",),),
    "device.train_management": (("device.pulse_scheme",),),
    "device.endurance_spread": (("device.endurance_cycles",),),
    "neuron.arithmetic": (("weights.bits",),), "plasticity.update_rounding": (("weights.bits",),),
    "device.refresh_upper": (("device.cell",),), "device.reset": (("device.cell",),), "device.reset_dtod": (("device.cell",),),
    "time.drift_nu_dtod": (("time.drift_nu",),), "time.leak_lifetime_dtod": (("time.leak_lifetime_s",),),
    "time.leak_reset": (("time.leak_lifetime_s",),), "io.bound_management": (("io.adc_bits",),), "io.out_noise_dtod": (("io.out_noise",),),
    "io.out_nonlinearity_dtod": (("io.out_nonlinearity",),), "io.out_slope_calibration": (("io.out_nonlinearity", "io.r_series"),)}
"""What an effect cannot be without: one of each group."""
BESIDE = {
    "device.cell": ("device.update_model",),
    "device.exp_noise_abs": ("device.dw_min_std",), "device.exp_noise_slope": ("device.dw_min_std",),
    "device.max_pulses": ("device.dw_min", "device.dw_min_std"),
    "device.train_management": ("device.update_management",), "device.zero_shifted": ("device.up_down", "device.up_down_dtod"),
    "topology.array_rows": ("io.out_noise", *WIRES),
    "io.noise_management": ("io.dac_bits", "io.out_noise", "io.adc_bits"), "io.polarity": ("io.out_noise", "io.adc_bits")}
"""What an effect acts through: it can be on by itself and does next to nothing then."""


class Switch(NamedTuple):
    """An effect that is on: what it does, what it cannot be without, and what it acts through."""

    text: str
    needs: tuple[tuple[str, ...], ...]
    beside: tuple[str, ...]


def switches(profile: Profile) -> dict[str, Switch]:
    """Every effect that is on in a profile, by name, in the order of the sections."""
    texts: dict[str, str] = {}
    for section in SECTIONS:
        texts |= {name: text for name, text in TEXTS.items() if name.startswith(f"{section}.")}
        texts |= {f"{section}.{field}": text for field, text, _ in effects(getattr(profile, section))}
    no_switch = (*LIMITS, *PART_OF)
    found = {name: text for name, text in texts.items() if name not in no_switch and is_on(profile, name)}
    return {name: Switch(text.format(p=profile, moves=moves(profile.device)), needs(profile, name),
                         tuple(other for other in BESIDE.get(name, ()) if other in found)) for name, text in found.items()}


def is_on(profile: Profile, name: str) -> bool:
    """Whether an effect does anything: its number is known and not 0, its choice is not the idle one."""
    section, _, field = name.partition(".")
    value = getattr(getattr(profile, section), field, None)  # a profile without devices has no section for them
    if name == "device.max_pulses":
        return profile.device is not None and loses(profile.device)
    if name == "device.refresh_upper":
        return value is not None and value.v < 1
    if name == "plasticity.trace_bits":
        return bool({"output", "pre"} & set(value or ()))
    if name in IDLE:
        return value is not None and value not in IDLE[name]
    return value is not None and not (isinstance(value, Quantity) and value.v == 0)


def loses(device: DeviceSection) -> bool:
    """Whether the longest train is shorter than the range: what is beyond it is lost on a device that has not met a bound."""
    return number(device.max_pulses, math.inf) * granularity(device) < number(device.w_max) - number(device.w_min)


def needs(profile: Profile, name: str) -> tuple[tuple[str, ...], ...]:
    """What an effect cannot be without, one of each group."""
    groups = NEEDS.get(name, ())
    if name == "io.noise_management" and profile.io.noise_management == "abs_max_np_sum":
        groups = (("io.adc_bits",), *groups)
    if name == "device.up_down" and profile.device is not None and profile.device.update_model == "exp_step":
        groups = (("device.update_model",), *groups)  # the curve and up_down balance together
    is_carried = name.startswith(("device.", "time.")) or name in ON_DEVICES
    return (("weights.format",), *groups) if is_carried else groups


def closed(found: dict[str, Switch], off: Collection[str]) -> set[str]:
    """The effects that go when those named are switched off: an effect goes with what it cannot be without."""
    gone = set(off)
    while True:
        more = {name for name, switch in found.items() if name not in gone and any(gone.issuperset(group) for group in switch.needs)}
        if not more:
            return gone
        gone |= more


def named(profile: Profile, names: Sequence[str], where: str = "without") -> set[str]:
    """The effects that names of effects and of sections stand for.

    Raises
    ------
    InputError
        If a name is none of an effect or a section that is on in this profile.
    """
    found = switches(profile)
    sections = list(dict.fromkeys(name.partition(".")[0] for name in found))
    result: set[str] = set()
    for place, name in enumerate(names):
        if name in found:
            result.add(name)
        elif name in sections or name == ALL:
            result.update(other for other in found if name in (ALL, other.partition(".")[0]))
        else:
            part = f" (it goes with {PART_OF[name]})" if name in PART_OF else ""
            on = f"; on are {', '.join([*sections, ALL])} and what is in them (neurosim profiles explain)" if found else "; it is ideal"
            close = nearest(name, [*found, *sections, ALL]) or on
            raise InputError(f"{where}[{place}]", f"= {shown(name)}; is no effect that is on in {profile.file}{part}{close}")
    return result


def without(profile: Profile, names: Sequence[str], where: str = "without") -> Profile:
    """The profile with effects switched off.

    Parameters
    ----------
    names : of effects or sections, or ``all``
    where : field that holds the names, for messages

    Raises
    ------
    InputError
        See `named`.
    """
    if not names:
        return profile
    found = switches(profile)
    off = closed(found, named(profile, names, where))
    return reduced(profile, [name for name in found if name in off], set(found) - off)


def company(profile: Profile, name: str) -> list[str]:
    """What must be on beside an effect for it to do anything: what it needs and acts through, and what those need."""
    found = switches(profile)
    wanted, waiting = set(), [name]
    while waiting:
        switch = found[waiting.pop()]
        groups = [next((other for other in group if other in found), None) for group in switch.needs]
        for other in (*groups, *switch.beside):
            if other is not None and other not in wanted and other != name:
                wanted.add(other)
                waiting.append(other)
    return [other for other in found if other in wanted]


def all_but(profile: Profile, names: Collection[str]) -> list[str]:
    """What to switch off so that only the effects named are left."""
    return [name for name in switches(profile) if name not in names]
