"""What is counted in a run, line by line, and which lines an effect may change: its own."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..accounts import counted
from ..ledger import items
from ..profile import Profile
from ..tiles import UNAVAILABLE
from ..trainer import Run

Lines = dict[str, Any]
"""Counts by name: those of the bill (ledger.items), of the training and of the test (counting.count), of the arrays (tiles.counts)."""

PULSES = ("pulses", "pulses_up", "pulses_down", "saturated_requests", "pulses_beyond")
WRITES = ("synaptic updates", "weight writes", "updates", "writes")
PRODUCTS = ("matrix-vector products", "products", "row_activations", "dac_conversions", "adc_conversions", "conversions")
CORES = ("messages to cores", "hops in x", "hops in y", "broadcasts to cores", "messages", "hops_x", "hops_y")
EVENTS = (
    *CORES, "synaptic events", "activity sent", "neuron updates, with input", "neuron updates, without", "synaptic_events", "hidden_events",
    "hidden_neurons_reached")
OF_OUTCOME = (*PULSES, *WRITES, "devices_worn_out")
"""Lines that follow from what is learned, and so from everything that changes the outcome of a step."""


class Own(NamedTuple):
    """Lines that an effect changes whenever it is on, and those that it may change."""

    always: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


OWN: dict[str, Own] = {
    "topology.array_rows": Own(("tiles",), (*PRODUCTS, *CORES)),
    "weights.bits": Own(("updates", "writes"), WRITES),
    "weights.format": Own(("devices", "pulses_up"), (*PULSES, "matrix-vector products", "conversions", "synaptic events")),
    "device.dw_min": Own(("pulses",), PULSES), "device.max_pulses": Own((), PULSES), "device.cell": Own(("devices",), PULSES),
    "device.endurance_cycles": Own(("devices_worn_out",)), "device.endurance_spread": Own((), ("devices_worn_out",)),
    "device.refresh_upper": Own((), PULSES),
    "device.pulse_scheme": Own((), PULSES), "device.update_management": Own((), PULSES), "device.train_management": Own((), PULSES),
    "neuron.arithmetic": Own((), (*EVENTS, *WRITES)),
    "plasticity.trace_bits": Own((), WRITES), "plasticity.update_rounding": Own((), WRITES),
    "io.dac_bits": Own(("dac_conversions",)), "io.adc_bits": Own(("adc_conversions",), ("conversions",)),
    "io.polarity": Own(("products",), PRODUCTS), "io.bound_management": Own(("repeated_reads",)),
}
"""By the name of the effect; one that is not here has no line of its own and changes none."""

OF_A_CURVE = ("device.update_model", "device.up_down")
"""From both of these follows the step of an exponential device that requests are divided by (`pulsed.granularity`)."""

WRITING = (
    "device.dw_min", "device.dw_min_dtod", "device.dw_min_std", "device.up_down", "device.up_down_dtod", "device.update_model",
    "device.cell", "device.max_pulses", "device.pulse_scheme", "device.update_management", "device.train_management",
    "device.gamma_up_dtod", "device.gamma_down_dtod", "device.pow_gamma_dtod", "device.pow_up_down", "device.pow_up_down_dtod",
    "device.exp_noise_abs", "device.exp_noise_slope", "device.endurance_cycles", "device.endurance_spread", "device.refresh_upper")
"""Effects that show in the first write and not before it."""


def own_of(profile: Profile, name: str, own: Mapping[str, Own] = OWN) -> Own:
    """The lines of an effect of a profile."""
    is_exponential = profile.device is not None and profile.device.update_model == "exp_step"
    return Own((), PULSES) if is_exponential and name in OF_A_CURVE else own.get(name, Own())


def lines_of(run: Run) -> Lines:
    """Everything that is counted of a run."""
    chip = run.chip
    arrays, cores = counted(chip, run.counts), 1 if chip.cores is None else chip.cores.used
    found: Lines = {item.name: item.times for item in items(chip.profile, run.counts, {**arrays, **run.stores}, cores)}
    for phase, counts in (("", run.counts), ("test: ", run.inference)):
        found |= {f"{phase}{name}": value for name, value in counts.items()}
    for one in arrays.values():
        for name, value in one.items():
            if name == "tiles":
                found["tiles"] = found.get("tiles", 0) + len(value)
            elif name not in ("most_pulses", "median_pulses"):  # no counts, but what follows from them
                before = found.get(name, 0)
                found[name] = UNAVAILABLE if UNAVAILABLE in (value, before) else before + value
    return found


def differing(one: Lines, other: Lines) -> set[str]:
    """Names of the lines that two runs do not have in common."""
    return {name.removeprefix("test: ") for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def wrong(changed: set[str], own: Own) -> Iterator[str]:
    """What is wrong with the lines that an effect has changed, in words."""
    others = sorted(changed - {*own.always, *own.perhaps})
    if others:
        yield f"changes {', '.join(others)}, not its own"
    still = [name for name in own.always if name not in changed]
    if still:
        yield f"leaves {', '.join(still)} as before"
