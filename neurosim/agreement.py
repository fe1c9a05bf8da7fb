"""What must agree between the fields of a profile that are each in order."""
from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from .io_agreement import wanted
from .quantity import Section, effects, number
from .sections import NEEDED_IN_TIME, OF_DEVICES, DeviceSection
from .sentences import hint, shown

NEEDED = {"float": (), "fixed_point": ("bits", "range", "rounding"), "conductance": ()}
ALLOWED = {**NEEDED, "conductance": ("headroom",)}
EXPONENTIAL = ("exp_A_up", "exp_A_down", "exp_gamma_up", "exp_gamma_down", "exp_a", "exp_b")
MODEL_NEEDS: dict[str, tuple[str, ...]] = {
    "constant_step": (), "soft_bounds": (), "linear_step": ("gamma_up", "gamma_down", "noise"), "exp_step": EXPONENTIAL,
    "pow_step": ("pow_gamma",), "piecewise_step": ("piecewise_up", "piecewise_down")}
MODEL_TAKES: dict[str, tuple[str, ...]] = {
    "soft_bounds": ("noise", "reference_mean", "reference_std", "zero_shifted"), "linear_step": ("gamma_up_dtod", "gamma_down_dtod"),
    "exp_step": ("exp_noise_abs", "exp_noise_slope"),
    "pow_step": ("pow_gamma_dtod", "pow_up_down", "pow_up_down_dtod", "reference_mean", "reference_std")}
OF_A_MODEL = tuple(dict.fromkeys(field for fields in (*MODEL_NEEDS.values(), *MODEL_TAKES.values()) for field in fields))
OF_A_PAIR = ("refresh_upper", "refresh_lower", "reset", "reset_dtod")
OF_TRAINS = ("update_management", "train_management")
LONGEST_TRAIN = 63  # bits of a train lie in one 64-bit word


def disagreements(profile: Any, sections: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What is wrong between fields that are each in order: (field, problem)."""
    kind, device = profile.weights.format, profile.device
    why = why_weights = f"weights.format = {shown(kind)}"
    for field in ("bits", "range", "rounding", "headroom"):
        yield from presence(profile.weights, "weights", field, field in NEEDED[kind], field in ALLOWED[kind], why)
    yield from presence(profile, "", "device", kind == "conductance", kind == "conductance", why)
    if device is not None:
        yield from device_disagreements(device)
    of_integers = {"neuron.arithmetic": profile.neuron.arithmetic, "plasticity.update_rounding": profile.plasticity.update_rounding}
    for field, value in of_integers.items():
        if kind != "fixed_point" and value not in (None, "nearest", "stochastic"):
            yield field, f"= {shown(value)}; needs weights.format = \"fixed_point\""
    if profile.plasticity.update_rounding == "plusminus1" and number(profile.weights.bits) > 8:
        yield "weights.bits", f"= {profile.weights.bits.v}; must be at most 8 with plasticity.update_rounding = \"plusminus1\""
    for field, is_needed, is_allowed, why in wanted(profile.io):
        yield from presence(profile.io, "io", field, is_needed, is_allowed, why)
    if profile.topology.wire_row_Ohm is not None:
        yield from presence(profile, "", "device", True, True, "topology.wire_row_Ohm")
        if device is not None:
            yield from presence(device, "device", "g_max_S", True, True, "topology.wire_row_Ohm")
    for field, needed in NEEDED_IN_TIME.items():
        yield from presence(profile.time, "time", needed, getattr(profile.time, field) is not None, True, f"time.{field}")
    for field in OF_DEVICES:
        yield from presence(profile.time, "time", field, False, kind == "conductance", why_weights)
    for section in sections:
        yield from incomplete(getattr(profile, section), section)
    for field, quantity, source in profile.quantities():
        if not source and quantity.src is not None:
            near = hint(quantity.src, list(profile.sources))
            yield f"{field}.src", f"= {shown(quantity.src)}; must be a key of [sources]{near}"
        elif not source:
            section = field.partition(".")[0]
            yield field, f"= {quantity.v:g}; has no source: [sources] needs {section}, or the number a src"


def device_disagreements(device: DeviceSection) -> Iterator[tuple[str, str]]:
    """What is wrong within [device]."""
    model = device.update_model
    why = f"device.update_model = {shown(model)}"
    needs, takes = MODEL_NEEDS[model], MODEL_TAKES.get(model, ())
    for field in OF_A_MODEL:
        yield from presence(device, "device", field, field in needs, field in (*needs, *takes), why)
    is_pair = device.cell == "one_sided_pair"
    for field in OF_A_PAIR:
        why = f"device.cell = {shown(device.cell or 'single')}"
        yield from presence(device, "device", field, is_pair and field.startswith("refresh"), is_pair, why)
    wears = device.endurance_cycles is not None
    why = "device.endurance_cycles" if wears else "no device.endurance_cycles"
    for field, is_needed in (("endurance_mode", True), ("endurance_spread", False)):
        yield from presence(device, "device", field, is_needed and wears, wears, why)
    scheme = device.pulse_scheme or "counts"
    for field in OF_TRAINS:
        yield from presence(device, "device", field, False, scheme != "counts", f"device.pulse_scheme = {shown(scheme)}")
    if scheme != "counts" and number(device.max_pulses, math.inf) > LONGEST_TRAIN:
        yield "device.max_pulses", f"must be given and at most {LONGEST_TRAIN} with device.pulse_scheme = {shown(scheme)}"
    if is_pair != (device.w_min.v == 0):
        wanted = "must be 0 with" if is_pair else "must be below 0 without"
        yield "device.w_min", f"= {device.w_min.v:g}; {wanted} device.cell = \"one_sided_pair\""
    if is_pair and not 0 <= number(device.refresh_lower) < number(device.refresh_upper) <= 1:
        yield "device.refresh_upper", "must be above refresh_lower, both between 0 and 1"
    span = device.w_max.v - device.w_min.v
    if device.dw_min.v > span:
        yield "device.dw_min", f"= {device.dw_min.v:g}; must be at most w_max - w_min = {span:g}"
    if model == "exp_step" and not max(central_shares(device)) > 0:
        yield "device.exp_A_up", "is so large, as exp_A_down is, that no pulse moves a weight of 0"
    n_up, n_down = len(device.piecewise_up or ()), len(device.piecewise_down or ())
    if n_up and n_down and n_up != n_down:
        yield "device.piecewise_down", f"has {n_down} nodes; must have as many as piecewise_up, {n_up}"


def presence(
    table: Section, name: str, field: str, is_needed: bool, is_allowed: bool, why: str
) -> Iterator[tuple[str, str]]:
    """A field that is needed and absent, or there and without use."""
    is_there, field = getattr(table, field) is not None, f"{name}.{field}".removeprefix(".")
    if is_needed and not is_there:
        yield field, f"is missing; {why} needs it"
    if is_there and not is_allowed:
        yield field, f"has no use with {why}; remove it"


def incomplete(table: Section | None, name: str) -> Iterator[tuple[str, str]]:
    """Numbers of one effect of which some are known and some are not."""
    for field, _, others in effects(table):
        known = {key for key in (field, *others) if getattr(table, key) is not None}
        is_searched = getattr(table, "adc_rule", None) in ("calibrated", "percentile")  # then the ADC finds its range by itself
        for missing in (field, *others):
            if known and missing not in known and not (missing == "adc_range" and is_searched):
                yield f"{name}.{missing}", f"is missing; {name}.{min(known)} needs it"


def central_shares(device: DeviceSection) -> tuple[float, float]:
    """Step of an up and of a down pulse at w = 0 relative to dw_min, of an exp_step device (aihwkit ExpStepDevice)."""
    a_up, a_down, gamma_up, gamma_down, _, b = (number(getattr(device, field)) for field in EXPONENTIAL)
    return max(1 - a_up * math.exp(gamma_up * b), 0.0), max(1 - a_down * math.exp(-gamma_down * b), 0.0)
