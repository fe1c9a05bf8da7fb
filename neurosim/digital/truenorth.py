"""IBM TrueNorth: one core of binary synapses and 20-bit membranes, tick by tick.

A synapse is one bit; where it is set, axon a of type ``g = axon_type[a]`` adds ``strength[j, g]`` to neuron j.  At a tick, each neuron gets

1. the axons that are active, in their order, each sum saturating at 20 bits;
2. the leak: ``v <- v + leak``, times the sign of v where `leak_reverses` (it then pulls away from 0 if positive, towards 0 if negative);
3. a spike if ``v >= threshold`` (plus a random number where the threshold is stochastic), and a reset: to `reset_to`, by the threshold,
   or none; else, if ``v < -floor``, v is held at -floor.

A spike arrives at the axon that the neuron targets 1 to 15 ticks later.  A stochastic synapse or leak of strength s adds the sign of s if
``|s| > r``, r a random byte, so that s / 256 is added in the mean; a stochastic threshold adds r of `threshold_noise_bits` bits.

Sizes and widths: Merolla et al. 2014, doi:10.1126/science.1254642.  Order and modes of the neuron are what is known of Cassidy et al.,
IJCNN 2013 (from memory); the widths of leak, threshold and floor are choices within the 20 bits of the membrane.  The random numbers are
not those of the chip.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..random import Key, words
from ..slots import inlined
from .integers import saturate
from .specification import Trace, at_most, frozen, number, whole

BITS = 20
HIGH = 2**(BITS - 1) - 1
SIZE = 256    # axons, and neurons, of a core
TYPES = 4
DELAYS = 15
RESETS = ("value", "subtract", "none")
STREAM = 977  # of the random numbers


@dataclass(frozen=True, eq=False)
class TrueNorth:
    """A core.

    Parameters
    ----------
    crossbar : (n, axons), 0 or 1
    axon_type : (axons,) or one for all, 0 ... 3
    strength : (n, 4), -256 ... 255 (9 bits), by type of axon
    leak : (n,) or one for all, -256 ... 255
    threshold : (n,) or one for all, 1 ... 2^19 - 1
    floor : (n,) or one for all, 0 ... 2^19 - 1: the membrane is held at minus this
    target : (n,) or one for all, the axon of this core that a neuron drives; -1: it sends off the core
    delay : (n,) or one for all, 1 ... 15 ticks
    reset : "value" (`reset_to`), "subtract" or "none"
    reset_to : (n,) or one for all
    leak_reverses, stochastic_leak : (n,) or one for all, 0 or 1
    stochastic_synapse : (n, 4) or one for all, 0 or 1
    threshold_noise_bits : (n,) or one for all, 0 (none) ... 8

    Raises
    ------
    InputError
        If a field leaves the range of the chip, or the network its size.
    """

    crossbar: np.ndarray
    axon_type: np.ndarray
    strength: np.ndarray
    leak: np.ndarray
    threshold: np.ndarray
    floor: np.ndarray
    target: np.ndarray
    delay: Any = 1
    reset: str = "value"
    reset_to: Any = 0
    leak_reverses: Any = 0
    stochastic_leak: Any = 0
    stochastic_synapse: Any = 0
    threshold_noise_bits: Any = 0

    def __post_init__(self) -> None:
        if self.reset not in RESETS:
            raise InputError("truenorth: reset", f"= {self.reset!r}; must be one of {', '.join(RESETS)}")
        crossbar = whole("truenorth: crossbar", self.crossbar, (None, None), 0, 1)
        n, axons = crossbar.shape
        at_most("truenorth: crossbar: neurons", n, SIZE)
        at_most("truenorth: crossbar: axons", axons, SIZE)
        ranges: dict[str, tuple[tuple[int, ...], int, int]] = {
            "axon_type": ((axons,), 0, TYPES - 1), "strength": ((n, TYPES), -256, 255), "leak": ((n,), -256, 255),
            "threshold": ((n,), 1, HIGH), "floor": ((n,), 0, HIGH), "target": ((n,), -1, axons - 1), "delay": ((n,), 1, DELAYS),
            "reset_to": ((n,), -HIGH - 1, HIGH), "leak_reverses": ((n,), 0, 1), "stochastic_leak": ((n,), 0, 1),
            "stochastic_synapse": ((n, TYPES), 0, 1), "threshold_noise_bits": ((n,), 0, 8)}
        checked = {name: whole(f"truenorth: {name}", getattr(self, name), *limits) for name, limits in ranges.items()}
        frozen(self, crossbar=crossbar, **checked)


def run(spec: TrueNorth, inputs: Any, seed: int = 0) -> Trace:
    """Run the core from rest on spikes (ticks, axons), 0 or 1, that arrive from elsewhere; `seed` of the stochastic modes.

    An axon carries one spike per tick, however many arrive.  `outputs` are the spikes of the neurons without a target on the core.
    """
    n, axons = spec.crossbar.shape
    x = whole("truenorth: inputs", inputs, (None, axons), 0, 1)
    number("truenorth: seed", seed, 0, 2**63 - 1)
    arriving = np.zeros((len(x) + DELAYS, axons), bool)
    arriving[:len(x)] = x == 1
    spikes, vs, v = np.zeros((len(x), n), np.int64), np.zeros((len(x), n), np.int64), np.zeros(n, np.int64)
    for t in range(len(x)):
        for a in np.flatnonzero(arriving[t]):
            kind = spec.axon_type[a]
            added = drawn(spec.strength[:, kind], spec.stochastic_synapse[:, kind], random_byte(seed, t, n, int(a)))
            v = saturate(v + added * spec.crossbar[:, a], BITS)
        leak = drawn(spec.leak, spec.stochastic_leak, random_byte(seed, t, n, SIZE))
        v = leaked(v, leak, spec.leak_reverses)
        noise = random_byte(seed, t, n, SIZE + 1) & ((1 << spec.threshold_noise_bits) - 1)
        fired = (v >= spec.threshold + noise).astype(np.int64)
        v = settled(v, fired, spec.threshold, spec.reset_to, spec.floor, RESETS.index(spec.reset))
        for j in np.flatnonzero(fired * (spec.target >= 0)):
            arriving[t + spec.delay[j], spec.target[j]] = True
        spikes[t], vs[t] = fired, v
    return Trace(spikes, None, vs, spikes[:, spec.target < 0])


def random_byte(seed: int, t: int, n: int, purpose: int) -> np.ndarray:
    """(n,) of 0 ... 255 for a purpose at a tick: axons by their number, then the leak, then the threshold."""
    first = words(Key(seed, STREAM, t), np.arange(n, dtype=np.uint64) + np.uint64(purpose * SIZE))[0]
    return (first >> np.uint64(24)).astype(np.int64)


def drawn(strength: np.ndarray, is_stochastic: np.ndarray, byte: np.ndarray) -> np.ndarray:
    """What a synapse or a leak adds in this tick."""
    return np.where(is_stochastic == 1, np.sign(strength) * (abs(strength) > byte), strength)


@inlined
def leaked(v: Any, leak: Any, reverses: Any) -> Any:
    """The membrane after the leak."""
    sign = (v > 0) * 1 - (v < 0) * 1
    return saturate(v + leak * (1 - reverses + reverses * sign), BITS)


@inlined
def settled(v: Any, fired: Any, threshold: Any, reset_to: Any, floor: Any, reset: Any) -> Any:
    """The membrane after the reset (0 to a value, 1 by subtraction, 2 none) of those that fired, held above the floor of the others."""
    after = reset_to if reset == 0 else v - threshold if reset == 1 else v
    return fired * after + (1 - fired) * np.maximum(v, -floor)
