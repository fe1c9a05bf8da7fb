"""Whether an experiment that looks fine did nothing: weights that never moved, a perturbation that reaches no output, noise that is none.

Errors are certain: what they name had no effect at all, and without it there is no experiment.  Warnings are parts of it that had none: the
input or the recurrent weights alone, a decorrelation, a recurrence that carries no perturbation.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .chip import Chip, anew
from .conversions import Conversions, conversions, reaching
from .devices.fixed_point import FixedPoint, FixedPointNearest
from .devices.plus_minus_one import PlusMinusOne
from .devices.pulses import is_pulsed
from .devices.written import Written
from .errors import DivergenceError
from .quantity import number
from .requests import changes, plastic
from .rules.rule import Parts
from .store import LEARNED
from .tiles import pulses
from .two_passes import Pair, is_paired, parts_of, prepare, show, zeros_of

LOST = 0.999   # share of differences that are exactly 0 above which nothing of a perturbation is left
FEW = 1e-3     # share of requests that move a weight below which a run is warned about
SHOWN = 3      # trials shown again to find out how large requests are
STEPS = 200    # as much, where every step writes
NAMES = {"inputs": "input weights", "recurrent": "recurrent weights", "readout": "readout weights", "lateral": "decorrelating weights",
         "input_lateral": "decorrelating weights of the inputs"}


class Verdict(NamedTuple):
    """What did nothing, one plain sentence each."""

    errors: list[str]
    warnings: list[str]


def idle(
    case: Any, chip: Chip, before: Mapping[str, np.ndarray] | None, run: Any, adapt: Callable[[Parts], Parts] | None = None,
    measures: bool = True,
) -> Verdict:
    """Look for what did nothing in a run.

    Parameters
    ----------
    case : yardsticks.Case of the run
    chip : as training has left it; is left as it is
    before : copies of ``chip.state()`` from before the training; those of a new chip of the same seed if absent
    run : trainer.Run
    adapt : as given to `trainer.train`
    measures : find out how large the requests are for weights that did not move; that takes another compiled loop

    Notes
    -----
    Recurrent and input weights are one hidden layer: that only one of them did not move is a warning.  Of weights written with stochastic
    rounding that is a matter of chance in a short run.  Where both passes could come out alike (converters, neurons that send few values,
    nothing that perturbs), some training trials are shown once more (`two_passes`); where weights did not move, some are learned once more
    (`requests.changes`).
    """
    if run.step == 0:
        return Verdict([], [])
    before = anew(chip).state() if before is None else before
    learned = plastic(case, chip, adapt)
    still = [name for name in learned if chip.arrays[name].synapse_count and not _moved(chip, before, name)]
    hidden = [name for name in ("inputs", "recurrent") if name in learned]
    is_idle: dict[str, bool] = {"readout": True, **dict.fromkeys(hidden, set(hidden) <= set(still))}  # one is part of two
    stuck = _stuck(case, chip, still, adapt, measures)
    errors, warnings = ([stuck[name] for name in still if is_idle.get(name, False) == wanted] for wanted in (True, False))
    lost, blind = ([], []) if adapt is not None else _lost(case, chip)
    return Verdict(errors + _silent(chip, run) + lost, warnings + blind + _few(chip, learned, still) + _nothing_to_disturb(case, chip))


def _moved(chip: Chip, before: Mapping[str, np.ndarray], name: str) -> bool:
    """Whether what is stored has changed; that time changes what is read does not count."""
    return not np.array_equal(chip.arrays[name].conductance, before[f"{name}/conductance"])


# ---- weights that did not move -------------------------------------------------------------------------------------
def _stuck(case: Any, chip: Chip, names: list[str], adapt: Any, measures: bool) -> dict[str, str]:
    """One sentence for each projection that should have learned, by its name."""
    if not names:
        return {}
    largest: dict[str, float] = {}
    try:
        for found in changes(case, chip, SHOWN if _is_whole(case) else STEPS, adapt) if measures else ():
            largest.update({name: max(largest.get(name, 0.0), float(np.abs(found[name].requested).max())) for name in found})
    except DivergenceError:
        largest = {}
    return {name: f"the {NAMES[name]} did not move at all: {_why(chip, name, largest.get(name))}{_held_back(case, chip, name)}"
            for name in names}


def _held_back(case: Any, chip: Chip, name: str) -> str:
    """Where changes add up before they are written."""
    threshold, updater = case.regime.optimizer.write_threshold, case.regime.updater
    if threshold is not None and name in ("inputs", "recurrent"):
        return f"; changes add up until they reach train.optimizer.write_threshold = {threshold:g}"
    if updater.kind != "direct" and name in LEARNED and is_pulsed(chip.arrays[name].device):
        return f"; changes gather before they are written: train.updater.kind = '{updater.kind}', every = {updater.every}"
    return ""


def _is_whole(case: Any) -> bool:
    return (case.update or ("sequence" if case.regime.window else case.dataset.update)) == "sequence"


def _why(chip: Chip, name: str, largest: float | None) -> str:
    """What became of the requests, as far as it is known."""
    array, sent = chip.arrays[name], pulses(chip.arrays[name])
    size = "" if not largest else f" (the largest of some trials shown again is {largest:.3g})"
    if isinstance(array.device, Written):
        asked, memory = int(array.device.asked.sum()), array.device.inner
        if asked == 0:
            return "no change of them was ever asked for"
        if isinstance(memory, FixedPointNearest):
            top = np.abs(array.conductance).max() >= memory.top and (largest is None or 2 * largest >= array.scale)
            bound = " or went beyond the ends of the range" if top else ""
            return (f"each of the {asked} changes asked for was below half of the step {array.scale:.3g}, which rounding to nearest makes "
                    f"0{bound}{size}")
        kind = "stochastic rounding" if isinstance(memory, FixedPoint | PlusMinusOne) else "the memory"
        return f"{kind} with steps of {array.scale:.3g} let none of the {asked} changes asked for through{size}"
    if sent is not None:
        up, down = (int(one.sum()) for one in sent)
        step = number(chip.profile.device.dw_min) * array.scale if chip.profile.device is not None else 0.0
        if up + down == 0:
            return f"no pulse was sent, of which one is a step of about {step:.3g}{size}"
        return f"{up} pulses up and {down} down left every device where it was, stuck, worn out or at its bound"
    if largest == 0:
        return "no change of them was asked for in the trials shown again"
    return f"every change was lost in the rounding of {np.dtype(chip.dtype).name}{size}"


def _few(chip: Chip, learned: list[str], still: list[str]) -> list[str]:
    """Digital weights of which hardly any request got through rounding to nearest."""
    found = []
    for name in learned:
        memory = chip.arrays[name].device
        if name not in still and isinstance(memory, Written) and isinstance(memory.inner, FixedPointNearest):
            asked, changed = int(memory.asked.sum()), int(memory.changed.sum())
            if changed < FEW * asked:
                found.append(f"{changed} of {asked} changes asked for moved one of the {NAMES[name]}: the others were below half of the "
                             f"step {chip.arrays[name].scale:.3g}, which rounding to nearest makes 0")
    return found


def _silent(chip: Chip, run: Any) -> list[str]:
    """Spiking neurons that never sent anything."""
    if chip.network.membrane is None or run.counts.get("hidden_events", 1) > 0:
        return []
    return ["no hidden neuron sent a spike in the whole training: raise network.input_scale or lower the threshold"]


# ---- perturbations -------------------------------------------------------------------------------------------------
def _lost(case: Any, chip: Chip) -> tuple[list[str], list[str]]:
    """Errors and warnings about a perturbation that arrives nowhere."""
    parts, _, _ = parts_of(case, chip)
    if not is_paired(parts):
        return [], []
    sides = prepare(case, chip)
    network, known = chip.network, {name: conversions(getattr(sides.wired.network, name).circuit) for name in ("recurrent", "readout")}
    is_coarse = any(one.dac is not None or one.adc is not None or one.varies for one in known.values())
    if sides.sources and not is_coarse and network.membrane is None and network.send_threshold is None:
        return [], []  # numbers that nothing rounds
    try:
        pairs = list(show(sides, chip, case.seed))
    except DivergenceError:
        return [], []
    outputs = zeros_of([pair.outputs[1, pair.weight > 0] - pair.outputs[0, pair.weight > 0] for pair in pairs])
    sent = zeros_of([pair.sent[1] - pair.sent[0] for pair in pairs])
    if not sides.sources:
        if min(outputs, sent) < 1:
            return [], []
        return ["the rule perturbs nothing itself and the chip has no noise: its two passes are the same, and it learns nothing from "
                "their difference"], []
    if outputs >= LOST:
        return [f"the perturbation (rule.sigma) gets lost: {100 * outputs:.4g} % of the differences between the outputs of the two passes "
                f"are exactly 0{_scale('readout', known['readout'], chip, pairs)}"], []
    if sent >= LOST:
        return [], [f"hardly a neuron sends anything else where it is perturbed (rule.sigma): {100 * sent:.4g} % of the differences "
                    "between the two passes are exactly 0"]
    arrived = zeros_of([pair.arrived[1:] for pair in pairs])
    if arrived >= LOST and chip.arrays["recurrent"].synapse_count and not _is_shaken(sides):
        return [], [f"the recurrence carries nothing of the perturbation: {100 * arrived:.4g} % of the differences that reach the hidden "
                    f"neurons through it are exactly 0{_scale('recurrent', known['recurrent'], chip, pairs)}"]
    return [], []


def _is_shaken(sides: Any) -> bool:
    """Whether weights are perturbed rather than neurons."""
    return not sides.wired.activity.noise.any()


def _scale(name: str, known: Conversions, chip: Chip, pairs: list[Pair]) -> str:
    """The steps of the converters of a projection beside the difference that reaches them."""
    steps = zip(("DAC", "ADC"), (known.dac, known.adc), reaching(chip, name, [pair.sent[1] - pair.sent[0] for pair in pairs]), strict=True)
    said = [f"the step of the {what} of the {NAMES[name]} is {step:.3g}, the difference at its input {difference:.3g} (rms)"
            for what, step, difference in steps if step is not None]
    return "; " * bool(said) + ", ".join(said)


# ---- noise that is none --------------------------------------------------------------------------------------------
def _nothing_to_disturb(case: Any, chip: Chip) -> list[str]:
    """Noise of the profile that has nothing to act on."""
    profile, found = chip.profile, []
    parts, _, _ = parts_of(case, chip)
    noise = number(profile.plasticity.third_factor_noise)
    if noise > 0 and parts.broadcasts == 0:
        found.append(f"plasticity.third_factor_noise = {noise:g} does nothing: this rule broadcasts nothing")
    written = number(profile.device.write_noise_std) if profile.device is not None else 0.0
    sent = [pulses(chip.arrays[name]) for name in chip.mapping["projections"]]
    if written > 0 and not any(int(one[0].sum() + one[1].sum()) for one in sent if one is not None):
        found.append(f"device.write_noise_std = {written:g} acts on the initial weights only: no pulse was sent in the training")
    return found
