"""What a run costs: operations times the energies of the profile, power times time; what nobody knows is named, never counted as 0.

::

    E = sum over operations of count x energy + (p_static_W + p_idle_W_per_Hz clock_Hz + p_core_active_W cores) seconds

or, where a profile knows the power of the whole chip only, ``p_chip_W seconds``: an upper bound.  The energies are those of one set; other
sets of the profile are priced beside it and never mixed with it.  A digital readout is not on the chip and costs nothing here.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .chip import Chip
from .chip_sections import EnergySet
from .latency import Pace, latency, pace, seconds
from .profile import Profile
from .quantity import number

UNAVAILABLE = "unavailable"
COVERED = "included"
FORWARD, LEARNING, POWER = "forward", "learning", "power"

Counts = Mapping[str, Any]


class Item(NamedTuple):
    """One kind of operation: what it is called, how many times, in which part of the bill it stands, the field with its energy, and the
    name under which `covered` lists it."""

    name: str
    times: int
    part: str
    field: str
    covered: str


def items(profile: Profile, counts: Counts, arrays: Mapping[str, Counts], cores: int) -> Iterator[Item]:
    """Every operation that was counted and costs something, in order; analog neurons have no steps, what they take is static power.

    Parameters
    ----------
    counts : `counting.count`
    arrays : `tiles.counts` of every array, and stores, by name
    cores : that a broadcast reaches
    """
    def total(*keys: str) -> int:
        return sum(int(one.get(key, 0)) for one in arrays.values() for key in keys)

    updates = counts["hidden_neuron_updates"]
    reached = counts.get("hidden_neurons_reached", updates)
    if profile.weights.format == "conductance":
        yield Item("matrix-vector products", total("products"), FORWARD, "e_mvm_J", "mvms")
        yield Item("conversions", total("adc_conversions"), FORWARD, "e_adc_J", "conversions")
    else:
        yield Item("synaptic events", counts["synaptic_events"], FORWARD, "e_synop_J", "synaptic_events")
    if not profile.chip.kind.startswith("mixed"):
        yield Item("neuron updates, with input", reached, FORWARD, "e_neuron_active_J", "neuron_updates")
        yield Item("neuron updates, without", updates - reached, FORWARD, "e_neuron_idle_J", "neuron_updates")
    yield Item("activity sent", counts.get("hidden_events", updates), FORWARD, "e_spike_out_J", "spikes")
    yield Item("messages to cores", counts.get("messages", 0), FORWARD, "e_message_J", "messages")
    yield Item("hops in x", counts.get("hops_x", 0), FORWARD, "e_hop_J", "hops")
    yield Item("hops in y", counts.get("hops_y", 0), FORWARD, "e_hop_vertical_J", "hops")
    yield Item("synaptic updates", total("updates"), LEARNING, "e_plastic_update_J", "synaptic_updates")
    yield Item("weight writes", total("writes"), LEARNING, "e_weight_write_J", "weight_writes")
    yield Item("pulses", total("pulses_up", "pulses_down"), LEARNING, "e_pulse_J", "pulses")
    yield Item("broadcasts to cores", counts["broadcast_values"] * cores, LEARNING, "e_message_J", "broadcasts")
    yield Item("perturbations drawn", counts.get("perturbations_drawn", 0), LEARNING, "e_perturbation_J", "perturbations")


def bill(profile: Profile, energies: EnergySet, found: list[Item], took_s: float | None, cores: int) -> dict[str, Any]:
    """A bill by one set of energies of a profile, for operations, seconds and cores at work.

    Returns
    -------
    dict
        "energy_J", the sum of what is known, or "unavailable" if nothing is; "is_bound" if it is an upper bound; "parts" of it in J;
        "lines", one per operation and power; "unavailable", what has no price although it happened.
    """
    lines: list[dict[str, Any]] = []
    unknown: list[str] = []
    if energies.p_chip_W is not None:
        whole = line("whole chip, at most", POWER, "p_chip_W", energies, took_s, "s")
        return summed([whole], [] if took_s is not None else ["time"], True)
    for item in found:
        if item.times == 0:
            continue
        field = "e_hop_J" if item.field == "e_hop_vertical_J" and energies.e_hop_vertical_J is None else item.field
        one = line(item.name, item.part, field, energies, item.times, "")
        if item.covered in energies.covered:
            one["energy_J"] = one["each"] = COVERED
        elif one["energy_J"] == UNAVAILABLE:
            unknown.append(item.name)
        lines.append(one)
    clock = profile.time.clock_Hz
    powers = (
        ("static power", "p_static_W", took_s, True),
        ("clock", "p_idle_W_per_Hz", None if took_s is None or clock is None else took_s * number(clock), False),
        ("cores at work", "p_core_active_W", None if took_s is None else took_s * cores, False))
    for name, field, amount, is_wanted in powers:
        if getattr(energies, field) is None and not is_wanted:
            continue
        one = line(name, POWER, field, energies, amount, "s")
        lines.append(one)
        if one["energy_J"] == UNAVAILABLE:
            unknown.append(name)
    return summed(lines, unknown, False)


def line(name: str, part: str, field: str, energies: EnergySet, amount: float | None, unit: str) -> dict[str, Any]:
    """One line of a bill."""
    quantity = getattr(energies, field, None)
    status = {} if quantity is None or quantity.status is None else {"status": quantity.status}
    each = UNAVAILABLE if quantity is None else quantity.v
    energy = UNAVAILABLE if quantity is None or amount is None else amount * quantity.v
    return {
        "operation": name, "part": part, "count": UNAVAILABLE if amount is None else amount, **({"unit": unit} if unit else {}),
        "each": each, "energy_J": energy, "field": field, **status}


def summed(lines: list[dict[str, Any]], unknown: list[str], is_bound: bool) -> dict[str, Any]:
    """The bill of these lines."""
    known = [one for one in lines if not isinstance(one["energy_J"], str)]
    parts = {part: sum(one["energy_J"] for one in known if one["part"] == part) for part in dict.fromkeys(one["part"] for one in known)}
    return {"energy_J": sum(one["energy_J"] for one in known) if known else UNAVAILABLE, "is_bound": is_bound, "parts": parts,
            "unavailable": unknown, "lines": lines}


def cost(
    chip: Chip, counts: Counts, arrays: Mapping[str, Counts], inference: Counts, read: Mapping[str, Counts]
) -> dict[str, Any]:
    """What learning cost and what an inference costs.

    Parameters
    ----------
    counts, arrays : of the training
    inference, read : of a test, which writes nothing

    Returns
    -------
    dict
        "learning", the `bill` of the whole training, both passes, with "seconds" and "writes" (of digital weights, or pulses);
        "inference", that of the last test, with "inferences", "energy_per_inference_J" and "latency_s" of a step;
        "sets": energy of learning and per inference by every other set of the profile.
    """
    profile, found = chip.profile, latency(chip, inference)
    speed = pace(chip, found)
    used = 1 if chip.cores is None else chip.cores.used

    def phase(by: EnergySet, done: Counts, on: Mapping[str, Counts]) -> dict[str, Any]:
        return bill(profile, by, list(items(profile, done, on, used)), seconds(done, speed.step_s), used)

    def per_inference(one: dict[str, Any]) -> Any:
        return one["energy_J"] if isinstance(one["energy_J"], str) else one["energy_J"] / inference["inferences"]

    learning, testing = phase(profile.energy, counts, arrays), phase(profile.energy, inference, read)
    others = {name: (phase(by, counts, arrays), phase(by, inference, read)) for name, by in profile.energy.sets.items()}
    return {
        "origin": profile.energy.origin or UNAVAILABLE, "pace": paced(speed),
        "learning": {**learning, "seconds": known(seconds(counts, speed.step_s)), "writes": writes(arrays)},
        "inference": {
            **testing, "inferences": inference["inferences"], "energy_per_inference_J": per_inference(testing),
            "seconds_per_inference": known(_over(seconds(inference, speed.step_s), inference["inferences"])),
            "latency_s": known(found.step_s), "latency_without": list(found.missing)},
        "sets": {name: {"learning_J": a["energy_J"], "per_inference_J": per_inference(b), "unavailable": a["unavailable"]}
                 for name, (a, b) in others.items()}}


def spent(chip: Chip, counts: Counts, arrays: Mapping[str, Counts], inference: Counts) -> dict[str, Any]:
    """Writes and energy of learning alone, as in `cost`: cheap enough to be asked for after every epoch."""
    used, speed = 1 if chip.cores is None else chip.cores.used, pace(chip, latency(chip, inference))
    found = list(items(chip.profile, counts, arrays, used))
    one = bill(chip.profile, chip.profile.energy, found, seconds(counts, speed.step_s), used)
    return {"writes": writes(arrays), "energy_J": one["energy_J"]}


def writes(arrays: Mapping[str, Counts]) -> Any:
    """Changed digital weights and pulses of a run; unavailable where weights are exact numbers that nobody counts."""
    counted = [one.get("writes", one.get("pulses_up", 0) + one.get("pulses_down", 0)) for one in arrays.values()
               if "writes" in one or "pulses_up" in one]
    return sum(counted) if counted else UNAVAILABLE


def paced(speed: Pace) -> dict[str, Any]:
    """The pace for a file."""
    return {"step_s": known(speed.step_s), "why": speed.why}


def known(value: float | None) -> Any:
    """A number for a file."""
    return UNAVAILABLE if value is None else value


def _over(value: float | None, n: int) -> float | None:
    return None if value is None else value / n


def energies_of(profile: Profile) -> dict[str, Any]:
    """Every number of [energy] with its source; what the profile does not have is unavailable."""
    found: dict[str, Any] = {name: UNAVAILABLE for name in EnergySet.model_fields if name.startswith(("p_", "e_"))}
    for name, quantity, source in profile.quantities():
        section, _, key = name.partition(".")
        if section == "energy" and not key.startswith("sets."):
            status = {"status": quantity.status} if quantity.status else {}
            found[key] = {"v": quantity.v, **status, "source": source}
    return found
