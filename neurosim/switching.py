"""How the effects of a profile are taken out of it: fields removed, or set to the value that means nothing."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from .agreement import LONGEST_TRAIN, OF_A_MODEL, OF_A_PAIR, OF_TRAINS
from .devices.pulses import MOST_PULSES
from .io_agreement import wanted
from .profile import SECTIONS, Profile
from .pulsed import granularity
from .quantity import effects, number
from .sections import NEEDED_IN_TIME, OF_DEVICES, DeviceSection, IoSection

Fields = dict[str, Any]
WIRES = tuple(f"topology.{field}" for field in ("wire_row_Ohm", "wire_col_Ohm", "driver_Ohm", "sense_Ohm"))
FINER = 16          # at least so many times finer are steps without granularity
TRAIN = ("pulse_scheme", *OF_TRAINS)


def reduced(profile: Profile, off: Sequence[str], kept: Collection[str]) -> Profile:
    """The profile without the effects `off`; those in `kept` are left as they are.

    The devices themselves go with ``weights.format``, which is off only if nothing that needs them is kept.
    """
    tables: dict[str, Fields] = {
        name: dict(section) for name in SECTIONS if (section := getattr(profile, name)) is not None}
    others = {f"{name}.{field}": more for name in tables for field, _, more in effects(getattr(profile, name))}
    for name in off:
        section, _, field = name.partition(".")
        if name in WIRES:  # each needs the others, so none can be absent
            tables[section][field] = with_value(tables[section][field], 0.0)
        elif name == "device.refresh_upper":  # a device is never above all of its range
            tables[section][field] = with_value(tables[section][field], 1.0)
        elif name not in ("device.dw_min", "device.update_model", "device.cell", "device.max_pulses", "weights.format"):
            tables[section].update(dict.fromkeys((field, *others.get(name, ()))))
    if "plasticity.trace_bits" in off:
        tables["plasticity"]["trace_bits"] = {}
    if "weights.bits" in off:
        tables["weights"].update(format="float", bits=None, range=None, rounding=None)
    if "weights.format" in off:
        tables["weights"].update(format="float", headroom=None)
        del tables["device"]
        tables["topology"].update({name.partition(".")[2]: None for name in WIRES})
        tables["time"].update(dict.fromkeys(OF_DEVICES))
    elif profile.device is not None:
        change_device(tables["device"], profile.device, off)
    change_io(tables["io"], profile.io, off)
    prune_time(tables["time"])
    fields = {**{name: getattr(profile, name) for name in type(profile).model_fields if name not in SECTIONS},
              **{name: type(getattr(profile, name)).model_validate(table) for name, table in tables.items()}}
    return Profile(**fields)


def with_value(quantity: Any, value: Any) -> Any:
    """The number with another value, of which the source knows no range."""
    return quantity.model_copy(update={"v": value, "lo": None, "hi": None, "status": "derived"})


def change_device(device: Fields, section: DeviceSection, off: Sequence[str]) -> None:
    """Take effects out of the fields of [device], in place."""
    if "device.endurance_cycles" in off:
        device["endurance_mode"] = None
    if "device.dw_min_dtod" in off:
        device["dw_min_lognormal"] = None
    if "device.pulse_scheme" in off:
        device.update(dict.fromkeys(TRAIN))
    if "device.cell" in off:
        single_cell(device)
    if "device.update_model" in off:
        even_step(device, section)
    if "device.dw_min" in off:
        finer_step(device)
    if "device.max_pulses" in off:
        is_train = device["pulse_scheme"] not in (None, "counts")
        device["max_pulses"] = with_value(device["max_pulses"], LONGEST_TRAIN) if is_train else None


def single_cell(device: Fields) -> None:
    """One device for both signs: its lower bound mirrors the upper one, spread included."""
    device.update(dict.fromkeys(("cell", *OF_A_PAIR)))
    device["w_min"] = with_value(device["w_min"], -device["w_max"].v)
    device["w_min_dtod"] = device["w_max_dtod"]


def even_step(device: Fields, section: DeviceSection) -> None:
    """Every pulse of a device moves it by what was the nominal step at w = 0, mean of both directions (`pulsed.granularity`).

    The up and down steps of an exponential device, which its curve and up_down balance together, become equal.  References go with the
    curve: a constant step has no point to refer to.  Write noise, which is relative to dw_min, stays as large as it was.
    """
    factor = granularity(section) / number(section.dw_min)
    if section.update_model == "exp_step":
        device["up_down"] = None
    device.update(dict.fromkeys(OF_A_MODEL))
    device["update_model"] = "constant_step"
    scale(device, "dw_min", factor)
    scale(device, "write_noise_std", 1 / factor)


def finer_step(device: Fields) -> None:
    """Steps as fine as the longest train allows, F times finer, in trains that are F times longer.

    What a request does on average, and how much its result varies, stay: the noise of a pulse, relative to the step, grows with sqrt(F),
    write noise, which no pulse count divides, with F, and the parts of the noise that do not depend on the step fall with F.
    """
    longest = number(device["max_pulses"], MOST_PULSES)
    factor = max(MOST_PULSES // int(longest), FINER)
    scale(device, "dw_min", 1 / factor)
    scale(device, "dw_min_std", factor**0.5)
    scale(device, "write_noise_std", factor)
    for field in ("exp_noise_abs", "exp_noise_slope"):
        scale(device, field, 1 / factor)
    if device["max_pulses"] is not None:
        device["max_pulses"] = with_value(device["max_pulses"], min(factor * int(longest), MOST_PULSES))


def scale(fields: Fields, field: str, factor: float) -> None:
    """Multiply a number, if it is known, in place."""
    if fields[field] is not None:
        fields[field] = with_value(fields[field], fields[field].v * factor)


def change_io(io: Fields, section: IoSection, off: Sequence[str]) -> None:
    """Take what is left of switched-off converters and their like out of the fields of [io], in place.

    The nonlinearity of an output is relative to the range of the ADC: it stays as it is when that range is gone.  A calibration of the
    slope then is one for outputs of 1.
    """
    if "io.adc_bits" in off:
        io.update(adc_rule=None, adc_range=None)
        scale(io, "out_nonlinearity", 1 / number(section.adc_range, 1.0))
    while True:
        useless = [field for field, _, is_allowed, _ in wanted(IoSection.model_validate(io)) if not is_allowed and io[field] is not None]
        if not useless:
            return
        io.update(dict.fromkeys(useless))


def prune_time(time: Fields) -> None:
    """Take out of [time] what is nothing without something that is gone, in place."""
    for field, needed in NEEDED_IN_TIME.items():
        if time[needed] is None:
            time[field] = None
