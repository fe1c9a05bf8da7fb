"""Two kinds of synapse on one neuron, told apart by the sign of the weight: excitatory and inhibitory, each with a time constant.

What arrives has a row per kind and lane: excitatory rows first, then inhibitory ones, so that `receive` gets (2 lanes, width) and leaves
what the membrane gets in the first `lanes` rows.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import exp
from ..contract import align, membrane, ports, receive, rest, slope, step
from ..lanes import clear, fill, resynchronise
from ..slots import inlined
from ..values import at
from .wrapper import wraps


class Receptors(NamedTuple):
    """s_k <- s_k + arriving_k;  the inner neuron receives sum_k gain_k s_k;  s_k <- keep_k s_k,  k = e (weights above 0), i (below).

    The gain is the exact increment of the membrane, see exponential_synapse.py; s_i is negative.  With
    tau dv/dt = E - v + s_e + s_i these are the current-based synapses of Vogels & Abbott 2005, doi:10.1523/JNEUROSCI.3508-05.2005, in the
    form of Brette et al. 2007 (benchmark 2), doi:10.1007/s10827-007-0038-6.

    The slope is that for excitatory arrivals, gain_e times that of the inner neuron.
    """

    inner: tuple
    keep_e: np.ndarray  # (width,) exp(-dt / tau_k)
    keep_i: np.ndarray
    gain_e: np.ndarray  # (width,)
    gain_i: np.ndarray
    e: np.ndarray       # (lanes, width) state
    i: np.ndarray


class ConductanceLIF(NamedTuple):
    """tau dv/dt = E - v + g_e (E_e - v) + g_i (E_i - v),  tau_k dg_k/dt = -g_k, conductances in units of the leak.

    A weight above 0 adds to g_e, one below 0 adds its size to g_i: raising a weight raises the potential, whatever its sign, as long as v
    is between E_i and E_e.  Benchmark 1 of Brette et al. 2007, doi:10.1007/s10827-007-0038-6.  The conductances decay exactly; for the
    membrane they are held during a step, whose equation is then solved exactly (exponential Euler, first order in dt):

        G = 1 + g_e + g_i,  V = (E + g_e E_e + g_i E_i) / G,  v <- V + (v - V) exp(-G dt / tau)

    A spike if v > threshold; then v = after, and silence as in `LIF`.  `receive` makes that new v of what arrives: a perturbation is one of
    the potential, as of a `LIF` with synapses.  `step` leaves the potential before the reset in `current`.
    """

    pace: np.ndarray       # (width,) dt / tau
    keep_e: np.ndarray
    keep_i: np.ndarray
    resting: np.ndarray    # E
    reversal_e: np.ndarray
    reversal_i: np.ndarray
    threshold: np.ndarray
    after: np.ndarray
    silence: np.ndarray    # (width,) int32, steps
    height: float          # of the pseudo-derivative
    reach: np.ndarray
    v: np.ndarray          # (lanes, width) state
    e: np.ndarray          # g_e
    i: np.ndarray          # g_i, at least 0
    wait: np.ndarray       # (lanes, width) int32


wraps(Receptors)
ports.set(2, Receptors, ConductanceLIF)


@inlined
def received(neuron, l, c, excited, inhibited):
    """What neuron c of lane l receives from both kinds; their state is brought up to date."""
    e, i = neuron.e[l, c] + excited, neuron.i[l, c] + inhibited
    neuron.e[l, c] = at(neuron.keep_e, c) * e
    neuron.i[l, c] = at(neuron.keep_i, c) * i
    return at(neuron.gain_e, c) * e + at(neuron.gain_i, c) * i


@inlined
def conducted(neuron, l, c, excited, inhibited):
    """Where the membrane of neuron c of lane l is at the end of a step; the conductances are brought up to date."""
    e, i = neuron.e[l, c] + excited, neuron.i[l, c] - inhibited
    neuron.e[l, c] = at(neuron.keep_e, c) * e
    neuron.i[l, c] = at(neuron.keep_i, c) * i
    pace = at(neuron.pace, c)
    total = pace / pace + e + i  # a literal 1 would be float64 where it is compiled
    target = (at(neuron.resting, c) + e * at(neuron.reversal_e, c) + i * at(neuron.reversal_i, c)) / total
    return target + (neuron.v[l, c] - target) * exp(-(total * pace))


@inlined
def settle(neuron, l, c, moved):
    """(Potential before the reset, whether it fires) of a cell whose membrane would be at `moved`; its state is brought up to date."""
    left, v, short = neuron.wait[l, c], neuron.v[l, c], np.int32(1)
    moved = v if left > short else moved
    fires = (moved > at(neuron.threshold, c)) & (left <= short)
    neuron.v[l, c] = at(neuron.after, c) if fires else moved
    neuron.wait[l, c] = at(neuron.silence, c) if fires else (left - short if left > 0 else left)
    return moved, fires


@inlined
def advance_conducting(neuron, l, c, excited, inhibited):
    """One step of a cell: (potential before the reset, whether it fires); the state is brought up to date."""
    return settle(neuron, l, c, conducted(neuron, l, c, excited, inhibited))


@rest.fill(Receptors)
def _rest(neuron):
    rest(neuron.inner)
    clear(neuron.e)
    clear(neuron.i)


@rest.fill(ConductanceLIF)
def _rest_conducting(neuron):
    fill(neuron.v, neuron.resting)
    clear(neuron.e)
    clear(neuron.i)
    clear(neuron.wait)


@align.fill(Receptors)
def _align(neuron, batch):
    align(neuron.inner, batch)
    resynchronise(neuron.e, batch)
    resynchronise(neuron.i, batch)


@align.fill(ConductanceLIF)
def _align_conducting(neuron, batch):
    resynchronise(neuron.v, batch)
    resynchronise(neuron.e, batch)
    resynchronise(neuron.i, batch)
    resynchronise(neuron.wait, batch)


@receive.fill(Receptors)
def _receive(neuron, current):
    lanes = neuron.e.shape[0]
    for l in range(lanes):
        for c in range(current.shape[1]):
            current[l, c] = received(neuron, l, c, current[l, c], current[lanes + l, c])
    receive(neuron.inner, current)


@receive.fill(ConductanceLIF)
def _receive_conducting(neuron, current):
    lanes = neuron.v.shape[0]
    for l in range(lanes):
        for c in range(current.shape[1]):
            current[l, c] = conducted(neuron, l, c, current[l, c], current[lanes + l, c])


@step.fill(ConductanceLIF)
def _step(neuron, key, current, z):
    zero, one = current.dtype.type(0), current.dtype.type(1)
    for l in range(z.shape[0]):
        for c in range(z.shape[1]):
            moved, fires = settle(neuron, l, c, current[l, c])
            current[l, c] = moved
            z[l, c] = one if fires else zero


@slope.fill(Receptors)
def _slope(neuron, current, z, out):
    slope(neuron.inner, current, z, out)
    for b in range(out.shape[0]):
        for c in range(out.shape[1]):
            out[b, c] = neuron.gain_e[c] * out[b, c]


@membrane.fill(ConductanceLIF)
def _membrane(neuron, l, i):
    return neuron.v[l, i]
