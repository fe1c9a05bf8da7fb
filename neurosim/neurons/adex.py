"""Adaptive exponential integrate-and-fire neurons, by a named integrator."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import exp
from ..contract import align, membrane, receive, rest, step
from ..lanes import clear, fill, resynchronise
from .integrators import advanced, derivative


class AdEx(NamedTuple):
    """tau dv/dt = E - v + sharp exp((v - turn) / sharp) - w + s,  tau_w dw/dt = couple (v - E) - w,  tau_s ds/dt = -s.

    On the right-hand sides v counts as `cut` at most, as in NEST: within a step an integrator looks far beyond a spike, and what it sees
    there must not reach w.  Brette & Gerstner 2005, doi:10.1152/jn.00686.2005, divided by the leak conductance: w, s, `couple` and `jump`
    are in units of potential and 1.  A spike if v > cut; then v = after, w <- w + jump, and silence as in `LIF`.  What arrives is added to
    s, or to v if `kicks`.
    Sends 1 for a spike; leaves the potential before the reset in `current`.
    """

    integrator: tuple
    half: float            # 0.5, in the precision of the chip
    pace: np.ndarray       # (width,) dt / tau
    pace_w: np.ndarray     # dt / tau_w
    pace_s: np.ndarray     # dt / tau_s; 0 with kicks
    resting: np.ndarray    # E
    sharp: np.ndarray      # slope factor
    turn: np.ndarray       # where the exponential takes over
    cut: np.ndarray
    after: np.ndarray
    couple: np.ndarray     # a / g_L
    jump: np.ndarray       # b / g_L
    silence: np.ndarray    # (width,) int32, steps
    kicks: int
    v: np.ndarray          # (lanes, width) state
    w: np.ndarray
    s: np.ndarray
    wait: np.ndarray       # (lanes, width) int32 state


@derivative.fill(AdEx)
def _derivative(neuron, i, awake, v, w, s):
    two = neuron.half + neuron.half + neuron.half + neuron.half  # sums keep the precision of the chip where a literal would not
    sixteen = two * two * two * two
    most = sixteen * (two + two) + sixteen  # 80: e^80 is still a float32
    cut = neuron.cut[i]
    v = v if v < cut else cut
    exponent = (v - neuron.turn[i]) / neuron.sharp[i]
    rise = neuron.sharp[i] * exp(exponent if exponent < most else most)
    above = v - neuron.resting[i]
    return awake * neuron.pace[i] * (rise - above - w + s), neuron.pace_w[i] * (neuron.couple[i] * above - w), -neuron.pace_s[i] * s


@rest.fill(AdEx)
def _rest(neuron):
    fill(neuron.v, neuron.resting)
    clear(neuron.w)
    clear(neuron.s)
    clear(neuron.wait)


@align.fill(AdEx)
def _align(neuron, batch):
    resynchronise(neuron.v, batch)
    resynchronise(neuron.w, batch)
    resynchronise(neuron.s, batch)
    resynchronise(neuron.wait, batch)


@receive.fill(AdEx)
def _receive(neuron, current):
    """What arrives is potential or synaptic current already."""


@step.fill(AdEx)
def _step(neuron, key, current, z):
    zero, one, short = current.dtype.type(0), current.dtype.type(1), np.int32(1)
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            left, v, w, s = neuron.wait[l, i], neuron.v[l, i], neuron.w[l, i], neuron.s[l, i]
            heard = zero if (neuron.kicks == 1) & (left > 0) else current[l, i]
            v = v + heard if neuron.kicks == 1 else v
            s = s + heard if neuron.kicks == 0 else s
            v = neuron.v[l, i] if left > short else v
            moved, w, s = advanced(neuron.integrator, neuron, i, zero if left > short else one, v, w, s)
            fires = (moved > neuron.cut[i]) & (left <= short)
            current[l, i] = moved
            z[l, i] = one if fires else zero
            neuron.v[l, i] = neuron.after[i] if fires else moved
            neuron.w[l, i] = w + neuron.jump[i] if fires else w
            neuron.s[l, i] = s
            neuron.wait[l, i] = neuron.silence[i] if fires else (left - short if left > 0 else left)


@membrane.fill(AdEx)
def _membrane(neuron, l, i):
    return neuron.v[l, i]
