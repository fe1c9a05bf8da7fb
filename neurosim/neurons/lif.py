"""Leaky integrate-and-fire neurons, integrated exactly between the arrivals of events."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import align, membrane, rest, slope, step
from ..lanes import clear, fill, resynchronise
from ..slots import inlined
from ..values import at


class LIF(NamedTuple):
    """v <- E + keep (v - E) + gain I; a spike if v > threshold; then v <- carry v + after, and silence for so many steps.

    The exact step of tau dv/dt = E - v + R I over dt, ``keep = exp(-dt / tau)``: with ``gain = 1 - keep`` for a current that is held
    during the step (R = 1), ``gain = keep`` for kicks that arrive at its start (delta synapses), ``gain = 1`` for increments that a
    synapse has integrated itself (exponential_synapse.py).  ``carry = 0`` sets v to the reset value `after`; ``carry = 1`` with
    ``after = reset - threshold`` subtracts what the threshold is above the reset, so that the excess is kept.

    Silence of n steps as Brian2 has it with `unless refractory`: after a spike v stays where it is for n - 1 steps, and kicks that arrive
    in the n steps after it are lost if `is_deaf`.  Sends 1 for a spike, else 0; leaves the potential before the reset in `current`.

    The slope is the triangle of Bellec et al. 2020, doi:10.1038/s41467-020-17236-y (their pseudo-derivative):
    ``gain height max(0, 1 - |v - threshold| / width)``, 0 in silence.
    """

    keep: np.ndarray       # (width,)
    gain: np.ndarray
    resting: np.ndarray    # E
    threshold: np.ndarray
    carry: float
    after: np.ndarray      # (width,)
    silence: np.ndarray    # (width,) int32, steps
    is_deaf: int
    height: float
    reach: np.ndarray      # (width,) of the triangle, in units of the potential
    v: np.ndarray          # (lanes, width) state, after the reset
    wait: np.ndarray       # (lanes, width) int32 state, steps of silence that are left


class AdaptiveLIF(NamedTuple):
    """A `LIF` whose threshold rises by `jump` with every spike and falls back: threshold + a, a <- fade a, then a <- a + jump at a spike.

    The ALIF neuron of Bellec et al. 2018, arXiv:1803.09574 (a there counts spikes, jump = beta).
    """

    base: LIF
    fade: np.ndarray  # (width,) exp(-dt / tau_a)
    jump: np.ndarray  # (width,)
    a: np.ndarray     # (lanes, width) state


@inlined
def advance(neuron, l, i, arriving, threshold):
    """One step of a cell: (potential before the reset, whether it fires); the state is brought up to date."""
    left, resting = neuron.wait[l, i], at(neuron.resting, i)
    heard = arriving - arriving if (neuron.is_deaf == 1) & (left > 0) else arriving
    return settle(neuron, l, i, resting + at(neuron.keep, i) * (neuron.v[l, i] - resting) + at(neuron.gain, i) * heard, threshold)


@inlined
def settle(neuron, l, i, moved, threshold):
    """`advance` of a cell whose membrane would be at `moved`: silence, spike and reset."""
    left, one = neuron.wait[l, i], np.int32(1)
    moved = neuron.v[l, i] if left > one else moved
    fires = (moved > threshold) & (left <= one)
    neuron.v[l, i] = neuron.carry * moved + at(neuron.after, i) if fires else moved
    neuron.wait[l, i] = at(neuron.silence, i) if fires else (left - one if left > 0 else left)
    return moved, fires


@inlined
def triangle(neuron, b, i, potential, threshold, is_silent):
    """Pseudo-derivative of a spike with respect to the current."""
    one = potential - potential + neuron.height / neuron.height
    share = clip(one - abs(potential - threshold) / neuron.reach[i], one - one, one)
    return one - one if is_silent else neuron.gain[i] * neuron.height * share


@rest.fill(LIF)
def _rest(neuron):
    fill(neuron.v, neuron.resting)
    clear(neuron.wait)


@rest.fill(AdaptiveLIF)
def _rest_adaptive(neuron):
    rest(neuron.base)
    clear(neuron.a)


@align.fill(LIF)
def _align(neuron, batch):
    resynchronise(neuron.v, batch)
    resynchronise(neuron.wait, batch)


@align.fill(AdaptiveLIF)
def _align_adaptive(neuron, batch):
    align(neuron.base, batch)
    resynchronise(neuron.a, batch)


@step.fill(LIF)
def _step(neuron, key, current, z):
    zero, one = current.dtype.type(0), current.dtype.type(1)
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            moved, fires = advance(neuron, l, i, current[l, i], neuron.threshold[i])
            current[l, i] = moved
            z[l, i] = one if fires else zero


@step.fill(AdaptiveLIF)
def _step_adaptive(neuron, key, current, z):
    zero, one = current.dtype.type(0), current.dtype.type(1)
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            a = neuron.fade[i] * neuron.a[l, i]
            moved, fires = advance(neuron.base, l, i, current[l, i], neuron.base.threshold[i] + a)
            current[l, i] = moved
            z[l, i] = one if fires else zero
            neuron.a[l, i] = a + neuron.jump[i] if fires else a


@slope.fill(LIF)
def _slope(neuron, current, z, out):
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            is_silent = (neuron.wait[b, i] > 0) & (z[b, i] == 0)
            out[b, i] = triangle(neuron, b, i, current[b, i], neuron.threshold[i], is_silent)


@slope.fill(AdaptiveLIF)
def _slope_adaptive(neuron, current, z, out):
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            is_silent = (neuron.base.wait[b, i] > 0) & (z[b, i] == 0)
            a = neuron.a[b, i] - neuron.jump[i] * z[b, i]  # as it was when the threshold was looked at
            out[b, i] = triangle(neuron.base, b, i, current[b, i], neuron.base.threshold[i] + a, is_silent)


@membrane.fill(LIF)
def _membrane(neuron, l, i):
    return neuron.v[l, i]


@membrane.fill(AdaptiveLIF)
def _membrane_adaptive(neuron, l, i):
    return neuron.base.v[l, i]
