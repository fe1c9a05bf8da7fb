"""Every effect does something, and nothing else: with it the outcome changes, and of what is counted only its own lines (`lines.OWN`).

Two short runs are compared, with the effect beside what it needs and acts through (`effects.company`), and with those alone.  Their
outcome, outputs and weights, must differ.  Their counts are compared in a second pair of runs, in which no outcome finds its way into
what is counted: an effect on writing is seen in the first write alone, which both ask for alike, any other in runs that ask for next to
nothing, whose requests are all rounded to no pulse and no level.  With everything off, a chip must be ideal bit for bit.
"""
from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import effects
from ..clock import AGE_EVERY
from ..neurons.settings import Membrane
from ..profile import Profile, load, names
from .lines import EVENTS, OF_OUTCOME, OWN, WRITING, Lines, Own, differing, lines_of, own_of, wrong
from .made_up_profiles import outcome, profiles, short_run
from .promise import Outcome, Size
from .small_grid import plain

AT_BOUNDS = ("weights.headroom", "device.w_max_dtod", "device.w_min_dtod")
COARSE = ("device.dw_min", "device.max_pulses", "weights.headroom")
OF_SPIKES = ("neuron.arithmetic", "plasticity.trace_bits")
NEXT_TO_NOTHING = 1e-30  # a learning rate
MEMBRANES = {"xylo": Membrane(threshold=0.2, synapse_s=3e-3)}
MEMBRANE = Membrane(threshold=0.2, reset="zero")
SHORT = 25  # pairs that the gate tries


class Ran(NamedTuple):
    """What a run left, and what was counted in it."""

    outcome: np.ndarray
    lines: Lines


class Runs:
    """Runs, each of them once for every set of numbers."""

    def __init__(self) -> None:
        self.found: dict[str, Ran] = {}

    def __call__(self, profile: Profile, **settings: Any) -> Ran:
        """What comes out of a short run."""
        numbers = profile.model_dump_json(exclude={"chip", "sources", "file", "digest", "energy"}, exclude_none=True)
        numbers += profile.chip.kind + str(settings)
        if numbers not in self.found:
            run = short_run(profile, **settings)
            self.found[numbers] = Ran(outcome(run), lines_of(run))
        return self.found[numbers]


def check(size: Size, seed: int, folder: Path, own: Mapping[str, Own] = OWN) -> Outcome:
    """Switch every effect of every profile, shipped and made up, and everything off; for the gate some of them.  See `promise.Check`."""
    every = {**{name: able(load(name)) for name in names()}, **profiles()}
    pairs = [(name, effect) for name in every for effect in effects.switches(every[name])]
    kinds = len({effect for _, effect in pairs})
    tried = pairs if size == "full" else some(pairs, every)
    off = list(every) if size == "full" else list({name: None for name, _ in tried})
    runs, failures = Runs(), []
    with plain():
        ideal = runs(load("ideal"))
        for name, effect in tried:
            profile = small(every[name], effect)
            failures += [f"{name}, {effect}: {problem}" for problem in problems(profile, effect, runs, own)]
        failures += [f"{name}: with everything off it is not the ideal chip" for name in off if not is_ideal(every[name], runs, ideal)]
    figure = (f"{len(tried)} of {len(pairs)} pairs of profile and effect, {len({effect for _, effect in tried})} of {kinds} effects; "
              f"{len(off)} of {len(every)} profiles with everything off")
    return Outcome(len(tried) + len(off), tuple(failures), figure)


def some(pairs: Iterable[tuple[str, str]], every: Mapping[str, Profile]) -> list[tuple[str, str]]:
    """One profile for every effect, and of these as many as the gate has time for, evenly."""
    last = list({effect: (name, effect) for name, effect in pairs if not effect.startswith("time.")}.values())
    return [last[k] for k in np.unique(np.linspace(0, len(last) - 1, SHORT).astype(int))]


def able(profile: Profile) -> Profile:
    """The profile, of neurons that can feed each other: some chips take no network of ours, but have effects all the same."""
    if profile.topology.recurrent is not False:
        return profile
    return profile.model_copy(update={"topology": profile.topology.model_copy(update={"recurrent": None})})


def only(profile: Profile, kept: Collection[str]) -> Profile:
    """The profile with nothing on but these."""
    return effects.without(profile, effects.all_but(profile, set(kept)))


def small(profile: Profile, name: str) -> Profile:
    """The profile with arrays so small that a tiny network needs several, a range that initial weights use up, or early refresh."""
    device = profile.device
    if name == "device.refresh_upper" and device is not None:
        early = {field: getattr(device, field).model_copy(update={"v": share})
                 for field, share in (("refresh_upper", 0.02), ("refresh_lower", 0.0))}
        return profile.model_copy(update={"device": device.model_copy(update=early)})
    if name == "device.w_max_dtod" and device is not None and device.w_min.v < 0:
        mirrored = device.w_min.model_copy(update={"v": -device.w_max.v})
        return profile.model_copy(update={"device": device.model_copy(update={"w_min": mirrored})})
    if name != "topology.array_rows" or profile.topology.array_rows is None:
        return profile
    rows = profile.topology.array_rows.model_copy(update={"v": 2})
    return profile.model_copy(update={"topology": profile.topology.model_copy(update={"array_rows": rows})})


def beside(profile: Profile, name: str) -> list[str]:
    """What is on beside an effect, in both runs."""
    company = effects.company(profile, name)
    if "weights.format" in (name, *company):  # a thousand fine pulses one by one at a bound take long in plain Python
        others = ("device.dw_min", "device.max_pulses") if name in AT_BOUNDS else COARSE
        company += [other for other in others if other != name and other in effects.switches(profile)]
    return company


def settings(profile: Profile, name: str) -> dict[str, Any]:
    """Of runs in which an effect shows."""
    if name.startswith("time."):
        return {"n_steps": AGE_EVERY + 2}
    found: dict[str, Any] = {"rate": rate(profile, name)}
    if name in OF_SPIKES:
        membrane = MEMBRANES.get(profile.neuron.arithmetic or "", MEMBRANE)
        found |= {"n_steps": 12, "n_tests": 12, "neuron": "spiking", "membrane": membrane, "readout_tau_steps": 3.0}
    return found


def rate(profile: Profile, name: str) -> float:
    """Requests of more pulses than the longest train has, or of fewer, for the effects that are about it."""
    device, longest = profile.device, 0.0
    if name == "device.max_pulses" and device is not None and device.max_pulses is not None:
        longest = device.max_pulses.v * device.dw_min.v
    return max(0.5, 8 * longest) if name != "device.train_management" else 0.02


def quiet(profile: Profile, name: str) -> dict[str, Any]:
    """Of runs in which what is counted does not follow from the outcome."""
    found = settings(profile, name)
    return {**found, "n_steps": 1} if name in WRITING else {**found, "n_steps": min(found.get("n_steps", 2), 12), "rate": NEXT_TO_NOTHING}


def pair(profile: Profile, name: str, runs: Runs, run: Mapping[str, Any]) -> tuple[Ran, Ran]:
    """Runs with an effect and without it, both with what it needs and acts through."""
    company = beside(profile, name)
    return runs(only(profile, [name, *company]), **run), runs(only(profile, company), **run)


def problems(profile: Profile, name: str, runs: Runs, own: Mapping[str, Own] = OWN) -> Iterator[str]:
    """What is wrong with an effect of a profile, in words."""
    yield from problems_at_once(profile, name, runs, own)
    there, gone = pair(profile, name, runs, quiet(profile, name))
    yield from wrong(differing(there.lines, gone.lines), own_of(profile, name, own))


def problems_at_once(profile: Profile, name: str, runs: Runs, own: Mapping[str, Own] = OWN) -> Iterator[str]:
    """The same from one pair of runs, as far as counts do not follow from the outcome of a step before."""
    there, gone = pair(profile, name, runs, settings(profile, name))
    if np.array_equal(there.outcome, gone.outcome):
        yield "changes nothing"
    follows = {*OF_OUTCOME, *(EVENTS if name in OF_SPIKES else ())}
    found = own_of(profile, name, own)
    always = tuple(line for line in found.always if line not in follows)
    yield from wrong(differing(there.lines, gone.lines) - follows, found._replace(always=always))


def is_ideal(profile: Profile, runs: Runs, ideal: Ran) -> bool:
    """Whether nothing is left of a profile with everything off."""
    found = effects.switches(profile)
    off = effects.without(profile, [effects.ALL] if found else [])
    return not effects.switches(off) and np.array_equal(runs(off).outcome, ideal.outcome)
