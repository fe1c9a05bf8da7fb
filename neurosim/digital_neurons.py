"""From the neurons that an experiment asks for to the integer neurons that a digital chip has.

``[neuron] arithmetic`` of a profile chooses the chip's arithmetic; leaky integrate-and-fire neurons in units of weights and seconds become
whole numbers of weight levels and steps, the nearest ones that the chip has.  What was asked and what there is goes into the mapping
report; what the chip cannot hold is refused.

A float neuron adds ``gain`` times a weight to its membrane at once (lif.py, exponential_synapse.py); the chip adds all of it, or on Xylo
what the current has kept.  Dividing membrane and threshold by that factor makes the two the same neuron.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .digital import loihi, reckon, truenorth, xylo
from .errors import InputError
from .network import Network
from .neurons.exponential_synapse import increment
from .neurons.loihi import LoihiLIF
from .neurons.population import Rows
from .neurons.reckon import ReckOnLIF
from .neurons.settings import Membrane
from .neurons.truenorth import TrueNorthLIF
from .neurons.whole_numbers import MOST, NEVER, Scale
from .neurons.xylo import XyloLIF
from .profile import Profile
from .quantity import number

ROOM = 4  # thresholds that a membrane holds before it saturates; the weights are shifted left as far as that leaves room (a choice)
ABSENT = ("refractory_s", "adaptation_s", "inhibitory_s", "reversal_e", "graded_bits")  # of a LIF neuron; no digital part has them


class Numbers(NamedTuple):
    """Neurons of a chip as whole numbers, one per neuron, and what they are worth."""

    make: Callable[[Numbers, Scale, Rows], Any]
    whole: dict[str, np.ndarray]     # by name of the field of the part
    shift: int
    reset: int
    level: float                     # weight of a level
    register: float                  # levels of the weights in one step of the membrane
    unit: np.ndarray                 # potential of one step of the membrane
    gain: np.ndarray                 # potential that a weight of 1 adds at once
    realised: dict[str, np.ndarray]  # what there is instead of what was asked, by parameter


class Asked(NamedTuple):
    """What an experiment asks for, per neuron, in steps and levels."""

    file: str
    source: Callable[[str], str]
    membrane: Membrane
    keep: np.ndarray                 # of the membrane per step
    synapse_keep: np.ndarray | None  # None: kicks
    increment: np.ndarray            # potential per weight, at once
    threshold: np.ndarray            # above rest, in units of the potential
    level: float

    def refuse(self, field: str, problem: str) -> InputError:
        """The error, which also says how to go on without the chip's own neurons."""
        return InputError(
            f"network.membrane.{field}",
            f"{problem} for the integer neurons of {self.file}; without them: chip.without = [\"neuron.arithmetic\"]")


def numbers_of(profile: Profile, network: Network, seed: int) -> Numbers | None:
    """The hidden neurons as whole numbers; None if the profile, or the network, has no such neurons.

    Raises
    ------
    InputError
        If the chip has no such neurons; one sentence that names the field, the limit and its source.
    """
    kind, membrane = profile.neuron.arithmetic, network.membrane
    if kind is None or membrane is None:
        return None
    if not isinstance(membrane, Membrane):
        raise InputError("network.membrane.model", f"= '{membrane.model}'; {profile.file} has integer LIF neurons (neuron.arithmetic)")
    level = number(profile.weights.range) / (2 ** (int(number(profile.weights.bits)) - 1) - 1)
    tau, n = membrane.values("tau_s", network.hidden, seed), network.hidden
    keep = np.exp(-membrane.step_s / tau)
    synapse = None if membrane.synapse_s is None else membrane.values("synapse_s", n, seed)
    synapse_keep = None if synapse is None else np.exp(-membrane.step_s / synapse)
    threshold = membrane.values("threshold", n, seed) - membrane.resting
    asked = Asked(
        profile.file, lambda field: source_of(profile, field), membrane, keep, synapse_keep,
        keep if synapse is None else increment(tau, synapse, membrane.step_s), threshold, level)
    for field in ABSENT:
        if getattr(membrane, field):
            raise asked.refuse(field, f"= {getattr(membrane, field):g}; must be absent")
    if (asked.threshold <= 0).any():
        raise asked.refuse("threshold", f"= {membrane.threshold:g}; must be above resting")
    return CONVERT[kind](asked)


def source_of(profile: Profile, field: str) -> str:
    """A field of the profile with its source, for messages."""
    cited = next((source for name, _, source in profile.quantities() if name == field), "")
    return f"{field}: {cited}" if cited else field


def spiking_neurons(profile: Profile, network: Network, seed: int, lanes: int, dtype: Any) -> Any:
    """The hidden population of a spiking network at rest: the chip's own integer neurons, or what was asked where it has none."""
    membrane, found = network.membrane, numbers_of(profile, network, seed)
    if membrane is None:
        raise TypeError("only spiking networks have a membrane")  # the caller sees to it
    if found is None or not isinstance(membrane, Membrane):
        return membrane.build(network.hidden, lanes, seed, dtype)
    real, rows = np.dtype(dtype).type, Rows(network.hidden, lanes, dtype)
    threshold, injected = found.realised["threshold"], np.full(network.hidden, found.register * found.level)
    scale = Scale(
        real(found.level), real(MOST), rows.row(injected if membrane.synapse_s is None else found.unit, 1.0), rows.row(found.unit, 1.0),
        real(membrane.resting), rows.row(membrane.resting + threshold, membrane.resting + 1), real(membrane.slope_height),
        rows.row(membrane.slope_reach * threshold, 1.0), rows.row(found.gain))
    return found.make(found, scale, rows)


def trace_bits(profile: Profile, network: Network) -> int | None:
    """Bits of the trace that the synapses of the readout keep of what neurons sent; None if it is not known, or they do not spike."""
    traces = profile.plasticity.trace_bits
    found = traces.get("output", traces.get("pre"))
    return None if found is None or network.membrane is None else int(found.v)


def report(profile: Profile, network: Network, seed: int) -> dict[str, Any] | None:
    """What was asked of the neurons and what there is, mean over the neurons, by parameter; None if they are not the chip's own."""
    found = numbers_of(profile, network, seed)
    if found is None:
        return None
    realised = {name: float(np.mean(value)) for name, value in found.realised.items()}
    return {"arithmetic": profile.neuron.arithmetic, **{
        name: {"asked": float(getattr(network.membrane, name)), "realised": value} for name, value in realised.items()}}


def of_loihi(asked: Asked) -> Numbers:
    """Decays of 12 bits, a threshold of 17, reset to 0."""
    check_reset(asked, ("zero",))
    decay_v = decays(asked, "tau_s", asked.keep, loihi.UNITY, 1, loihi.UNITY - 1, "neuron.decay_bits")
    decay_u = np.full(asked.keep.size, loihi.UNITY)
    if asked.synapse_keep is not None:
        decay_u = decays(asked, "synapse_s", asked.synapse_keep, loihi.UNITY, 1, loihi.UNITY - 1, "neuron.decay_bits")
    threshold = thresholds(asked, asked.increment * asked.level, 2**17 - 1, "neuron.threshold_bits")
    register = 2.0**-loihi.ALIGNMENT
    unit = asked.increment * asked.level * register
    aligned = threshold << loihi.ALIGNMENT
    realised = {"threshold": aligned * unit, "tau_s": time_constant(asked, 1 - decay_v / loihi.UNITY)}
    if asked.synapse_keep is not None:
        realised["synapse_s"] = time_constant(asked, 1 - decay_u / loihi.UNITY)
    whole = {"decay_u": decay_u, "decay_v": decay_v, "threshold": aligned}
    return Numbers(make_loihi, whole, loihi.ALIGNMENT, 0, asked.level, register, unit, asked.increment, realised)


def of_xylo(asked: Asked) -> Numbers:
    """Decays by shifts, an exponential synapse, reset by subtraction."""
    check_reset(asked, ("subtract",))
    if asked.synapse_keep is None:
        raise asked.refuse("synapse_s", "is missing; every neuron of the chip has an exponential synapse (neuron.models)")
    dash_mem, dash_syn = dashes(asked, "tau_s", asked.keep), dashes(asked, "synapse_s", asked.synapse_keep)
    kept = 1 - 2.0**-dash_syn  # a current decays before it acts
    potential = asked.increment / kept * asked.level
    shift = room(thresholds(asked, potential, xylo.HIGH, "neuron.threshold_bits"), xylo.HIGH)
    unit = potential / 2**shift
    threshold = thresholds(asked, unit, xylo.HIGH, "neuron.threshold_bits")
    realised = {"threshold": threshold * unit, "tau_s": time_constant(asked, 1 - 2.0**-dash_mem), "synapse_s": time_constant(asked, kept)}
    whole = {"dash_syn": dash_syn, "dash_mem": dash_mem, "threshold": threshold}
    return Numbers(make_xylo, whole, shift, 1, asked.level, 2.0**-shift, unit, asked.increment, realised)


def of_reckon(asked: Asked) -> Numbers:
    """A leak of 16 bits, a threshold of 16, reset to 0 or by subtraction."""
    check_reset(asked, ("zero", "subtract"))
    check_kicks(asked)
    if asked.membrane.spread:
        name, value = next(iter(asked.membrane.spread.items()))
        raise asked.refuse(f"spread.{name}", f"= {value:g}; two neurons share leak and threshold ({asked.source('neuron.decay_bits')})")
    one = 1 << reckon.LEAK_BITS
    lost = decays(asked, "tau_s", asked.keep, one, 1, one - reckon.ALPHA[0], "neuron.decay_bits")
    potential = asked.increment * asked.level
    shift = room(thresholds(asked, potential, 2**15 - 1, "neuron.threshold_bits"), 2**15 - 1)
    unit = potential / 2**shift
    threshold = thresholds(asked, unit, 2**15 - 1, "neuron.threshold_bits")
    realised = {"threshold": threshold * unit, "tau_s": time_constant(asked, 1 - lost / one)}
    whole, subtracts = {"alpha": one - lost, "threshold": threshold}, int(asked.membrane.reset == "subtract")
    return Numbers(make_reckon, whole, shift, subtracts, asked.level, 2.0**-shift, unit, asked.increment, realised)


def of_truenorth(asked: Asked) -> Numbers:
    """A linear leak that takes as much as the asked one does half-way to the threshold; any reset."""
    check_reset(asked, ("zero", "subtract", "value"))
    check_kicks(asked)
    unit = np.full(asked.keep.size, asked.level)
    threshold = thresholds(asked, unit, truenorth.HIGH, "neuron.state_bits.v")
    leak = np.rint(threshold / 2 * (1 - asked.keep)).astype(np.int64)
    if (leak < 1).any() or (leak > 256).any():
        raise asked.refuse("tau_s", f"= {asked.membrane.tau_s:g}; the linear leak would be {leak.min()} to {leak.max()} levels per step; "
                           "must be 1 to 256 (neuron.decay)")
    reset_to = np.rint((asked.membrane.low - asked.membrane.resting) / unit).astype(np.int64)
    realised = {"threshold": threshold * unit, "tau_s": time_constant(asked, 1 - 2 * leak / threshold)}
    whole = {"leak": -leak, "threshold": threshold, "reset_to": reset_to}
    return Numbers(make_truenorth, whole, 0, int(asked.membrane.reset == "subtract"), asked.level, 1.0, unit, np.ones(leak.size), realised)


CONVERT = {"loihi": of_loihi, "xylo": of_xylo, "reckon": of_reckon, "truenorth": of_truenorth}


def decays(asked: Asked, field: str, keep: np.ndarray, unity: int, least: int, most: int, limit: str) -> np.ndarray:
    """What is lost per step, in parts of `unity`; refused out of range."""
    lost = np.rint(unity * (1 - keep)).astype(np.int64)
    if (lost < least).any() or (lost > most).any():
        shortest, longest = (-1 / np.log1p(-part / unity) for part in (most, least))
        raise asked.refuse(field, f"= {getattr(asked.membrane, field):g}; must be {shortest:.3g} to {longest:.4g} steps of "
                           f"{asked.membrane.step_s:g} s ({asked.source(limit)})")
    return lost


def dashes(asked: Asked, field: str, keep: np.ndarray) -> np.ndarray:
    """The shift whose power of two is nearest to the time constant in steps, on a logarithmic scale."""
    shift = np.rint(np.log2(-1 / np.log(keep))).astype(np.int64)
    if (shift < 1).any() or (shift > 15).any():
        raise asked.refuse(field, f"= {getattr(asked.membrane, field):g}; must be 1.42 to 46340 steps of {asked.membrane.step_s:g} s "
                           "(neuron.decay: a right shift by 1 to 15)")
    return shift


def thresholds(asked: Asked, unit: np.ndarray, most: int, limit: str) -> np.ndarray:
    """Thresholds in steps of the membrane; refused out of range."""
    whole = np.rint(asked.threshold / unit).astype(np.int64)
    if (whole < 1).any() or (whole > most).any():
        raise asked.refuse("threshold", f"= {asked.membrane.threshold:g}; is {asked.threshold.max() / unit.max():.3g} levels above rest; "
                           f"must be 1 to {most} ({asked.source(limit)})")
    return whole


def room(threshold: np.ndarray, high: int) -> int:
    """Left shift of the weights, 0 to 7, that makes the most of the membrane's bits."""
    return max((shift for shift in range(8) if int(threshold.max()) << shift <= high // ROOM), default=0)


def time_constant(asked: Asked, keep: np.ndarray) -> np.ndarray:
    """Seconds in which what is kept per step falls by a factor of e."""
    with np.errstate(divide="ignore"):
        return -asked.membrane.step_s / np.log(np.clip(keep, 0, 1))


def check_reset(asked: Asked, known: tuple[str, ...]) -> None:
    """Refuse a reset that the chip does not have; a value that is the resting potential is 0 on the chip."""
    membrane = asked.membrane
    kind = "zero" if membrane.reset == "value" and membrane.low == membrane.resting else membrane.reset
    if kind not in known:
        raise asked.refuse("reset", f"= '{membrane.reset}'; must be {' or '.join(map(repr, known))} (neuron.reset)")
    if membrane.low != membrane.resting and "value" not in known:
        where, value = ("reset_to", membrane.reset_to) if membrane.reset_to is not None else ("resting", membrane.resting)
        raise asked.refuse(where, f"= {value:g}; the chip resets to its resting potential, or by all of the threshold (neuron.reset)")


def check_kicks(asked: Asked) -> None:
    """Refuse synapses with a memory where the chip has none."""
    if asked.synapse_keep is not None:
        raise asked.refuse(
            "synapse_s", f"= {asked.membrane.synapse_s:g}; must be absent, weights act on the membrane at once (neuron.models)")


def make_loihi(found: Numbers, scale: Scale, rows: Rows) -> LoihiLIF:
    """The part."""
    return LoihiLIF(scale, row(rows, found, "decay_u"), row(rows, found, "decay_v"), row(rows, found, "threshold"),
                    rows.state(np.int64), rows.state(np.int64))


def make_xylo(found: Numbers, scale: Scale, rows: Rows) -> XyloLIF:
    """The part."""
    return XyloLIF(scale, row(rows, found, "dash_syn"), row(rows, found, "dash_mem"), row(rows, found, "threshold"), found.shift,
                   rows.state(np.int64), rows.state(np.int64))


def make_reckon(found: Numbers, scale: Scale, rows: Rows) -> ReckOnLIF:
    """The part."""
    return ReckOnLIF(scale, row(rows, found, "alpha"), row(rows, found, "threshold"), found.shift, found.reset,
                     rows.state(np.int64), rows.state(np.int64))


def make_truenorth(found: Numbers, scale: Scale, rows: Rows) -> TrueNorthLIF:
    """The part."""
    return TrueNorthLIF(scale, row(rows, found, "leak"), row(rows, found, "threshold"), row(rows, found, "reset_to"), found.reset,
                        rows.state(np.int64), rows.state(np.int64))


def row(rows: Rows, found: Numbers, name: str) -> np.ndarray:
    """A padded row of whole numbers; the padding never fires."""
    return rows.row(found.whole[name], NEVER if name == "threshold" else 0, np.int64)
