"""Two kinds of synapse on one neuron, told apart by the sign of the weight: excitatory and inhibitory, each with a time constant.

What arrives has a row per kind and lane: excitatory rows first, then inhibitory ones, so that `receive` gets (2 lanes, width) and leaves
what the membrane gets in the first `lanes` rows.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import exp
from ..contract import align, ports, receive, rest, slope, step
from ..lanes import clear, resynchronise
from ..slots import slot
from ..values import at
from .lif import settle
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

    inner: tuple            # a `LIF`, for all but how its membrane moves
    pace: np.ndarray        # (width,) dt / tau
    keep_e: np.ndarray
    keep_i: np.ndarray
    reversal_e: np.ndarray  # E_e
    reversal_i: np.ndarray
    e: np.ndarray           # (lanes, width) state, g_e
    i: np.ndarray           # g_i, at least 0


wraps(Receptors, ConductanceLIF)
ports.set(2, Receptors, ConductanceLIF)


@slot
def collected(neuron, l, c, excited, inhibited):
    """What the membrane of neuron c of lane l gets when so much arrives at both kinds, whose state is brought up to date (cell slot)."""


@collected.fill(Receptors)
def _current(neuron, l, c, excited, inhibited):
    e, i = neuron.e[l, c] + excited, neuron.i[l, c] + inhibited
    neuron.e[l, c] = at(neuron.keep_e, c) * e
    neuron.i[l, c] = at(neuron.keep_i, c) * i
    return at(neuron.gain_e, c) * e + at(neuron.gain_i, c) * i


@collected.fill(ConductanceLIF)
def _conducted(neuron, l, c, excited, inhibited):
    e, i = neuron.e[l, c] + excited, neuron.i[l, c] - inhibited
    neuron.e[l, c] = at(neuron.keep_e, c) * e
    neuron.i[l, c] = at(neuron.keep_i, c) * i
    pace = at(neuron.pace, c)
    total = pace / pace + e + i  # a literal 1 would be float64 where it is compiled
    target = (at(neuron.inner.resting, c) + e * at(neuron.reversal_e, c) + i * at(neuron.reversal_i, c)) / total
    return target + (neuron.inner.v[l, c] - target) * exp(-(total * pace))


@rest.fill(Receptors, ConductanceLIF)
def _rest(neuron):
    rest(neuron.inner)
    clear(neuron.e)
    clear(neuron.i)


@align.fill(Receptors, ConductanceLIF)
def _align(neuron, batch):
    align(neuron.inner, batch)
    resynchronise(neuron.e, batch)
    resynchronise(neuron.i, batch)


@receive.fill(Receptors, ConductanceLIF)
def _receive(neuron, current):
    lanes = neuron.e.shape[0]
    for l in range(lanes):
        for c in range(current.shape[1]):
            current[l, c] = collected(neuron, l, c, current[l, c], current[lanes + l, c])
    receive(neuron.inner, current)


@step.fill(ConductanceLIF)
def _step(neuron, key, current, z):
    zero, one = current.dtype.type(0), current.dtype.type(1)
    for l in range(z.shape[0]):
        for c in range(z.shape[1]):
            moved, fires = settle(neuron.inner, l, c, current[l, c], neuron.inner.threshold[c])
            current[l, c] = moved
            z[l, c] = one if fires else zero


@slope.fill(Receptors)
def _slope(neuron, current, z, out):
    slope(neuron.inner, current, z, out)
    for b in range(out.shape[0]):
        for c in range(out.shape[1]):
            out[b, c] = neuron.gain_e[c] * out[b, c]
