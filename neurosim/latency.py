"""How long a chip takes: the latency of a step from the times of its operations, and the pace at which it runs.

::

    digital  latency = share (synaptic events t_synop + neurons t_neuron) + farthest tile t_hop + t_sync
    arrays   latency = t_mvm (polarities) (1, or 2 with a readout on the chip, which comes after the recurrence)

per step and sample; share is that of the fullest core.  Samples, and the passes of a rule, come one after the other: there is one chip.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .chip import Chip
from .quantity import number


class Pace(NamedTuple):
    """Seconds from step to step, and why; None if nobody knows."""

    step_s: float | None
    why: str


class Latency(NamedTuple):
    """Seconds that a step takes if nothing holds the chip back, None if no time is known, and which times are missing."""

    step_s: float | None
    missing: tuple[str, ...]


def latency(chip: Chip, counts: Mapping[str, int]) -> Latency:
    """The latency of a step of one sample, from the counts of a run."""
    profile, times, per_step = chip.profile, chip.profile.latency, counts["steps"] * counts["samples"] * counts["passes"]
    if profile.weights.format == "conductance":
        if times.t_mvm_s is None:
            return Latency(None, ("t_mvm_s",))
        rounds = (2 if chip.arrays["readout"].on_chip else 1) * (1 if profile.io.polarity is None else 2)
        return Latency(rounds * float(times.t_mvm_s.v), ())
    cores, hidden = chip.cores, chip.network.hidden
    share, far = 1.0, 0
    if cores is not None:
        share = float(cores.neurons.max()) / hidden
        far = 0 if cores.place is None else int((cores.place.max(axis=0) - cores.place.min(axis=0)).sum())
    work: dict[str, float] = {
        "t_synop_s": share * counts["synaptic_events"] / per_step, "t_neuron_s": share * hidden, "t_hop_s": far, "t_sync_s": 1.0}
    known = {field: getattr(times, field) for field in work}
    missing = tuple(field for field, quantity in known.items() if quantity is None and work[field] > 0)
    if known["t_synop_s"] is None:
        return Latency(None, missing)
    return Latency(sum(work[field] * number(quantity) for field, quantity in known.items()), missing)


def pace(chip: Chip, found: Latency) -> Pace:
    """What a step is held back to: the step of the profile; else, with membranes, real time; else nothing but its latency."""
    time, membrane = chip.profile.time, chip.network.membrane
    if time.step_s is not None:
        return Pace(number(time.step_s), "time.step_s")
    if membrane is not None and time.mode is not None:
        if time.speedup is not None:
            return Pace(membrane.step_s / number(time.speedup), "network.membrane.step_s / time.speedup")
        return Pace(membrane.step_s, "network.membrane.step_s: real time, assumed")
    if found.step_s is not None:
        return Pace(found.step_s, "latency")
    return Pace(None, "the profile has no time.step_s and no latency")


def seconds(counts: Mapping[str, Any], step_s: float | None) -> float | None:
    """Time of a run: every sample and every pass after the other."""
    return None if step_s is None else step_s * counts["steps"] * counts["samples"] * counts["passes"]
