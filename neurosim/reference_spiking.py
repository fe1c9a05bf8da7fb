"""Forward pass and surrogate gradient of a recurrent spiking network on ideal weights: NumPy, float64, no noise.

The neurons are those of neurons/lif.py, step for step; batches are row vectors:

    c(t) = x(t) W_inᵀ + z(t-1) W_recᵀ,    S(t) = k S(t-1) + c(t),    I(t) = g S(t)       without synapses I = c
    v'(t) = E + κ (v(t-1) - E) + γ I(t),  z(t) = 1 if v'(t) > θ + ρ a(t-1),  a(t) = ρ a(t-1) + jump z(t)
    p(t) = payload of v'(t) if z(t), see neurons/graded.py, sent in place of z(t) where spikes are graded
    v(t) = carry v'(t) + after if z(t) else v'(t),    y(t) = f(t) W_outᵀ,  f as in `reference_network`

With two kinds of synapse (neurons/receptors.py) I(t) = g_e S_e(t) + g_i S_i(t), c_e(t) through the weights above 0, c_i(t) through those
below; the gradient of a weight is that of its sign.

References
----------
.. [1] Neftci, Mostafa, Zenke, Surrogate gradient learning in spiking neural networks, IEEE Signal Process. Mag. 36(6), 2019,
   arXiv:1901.09948
.. [2] Bellec et al., A solution to the learning dilemma for recurrent networks of spiking neurons, Nat. Commun. 11:3625, 2020,
   doi:10.1038/s41467-020-17236-y (the triangle; resets are no path of the gradient)
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .errors import InputError
from .neurons.exponential_synapse import ExponentialSynapse
from .neurons.graded import Graded
from .neurons.lif import LIF, AdaptiveLIF
from .neurons.receptors import Receptors
from .neurons.sending import Counting
from .readout_leak import passed_back, smoothed
from .reference_network import Gradients, backward, forward

Fires = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(potential above the threshold, reach of the triangle) -> what is sent."""


class Cell(NamedTuple):
    """Parameters of every neuron, (H,), names as in `LIF`, `AdaptiveLIF` and `Graded`; of its synapses (kinds, H), kinds 1 or 2."""

    keep: np.ndarray
    gain: np.ndarray
    resting: np.ndarray
    threshold: np.ndarray
    carry: float
    after: np.ndarray
    silence: np.ndarray
    is_deaf: int
    height: float
    reach: np.ndarray
    fade: np.ndarray
    jump: np.ndarray
    synapse_keep: np.ndarray
    synapse_gain: np.ndarray
    low: np.ndarray
    rise: np.ndarray   # 0: plain spikes
    grain: float       # lsb of a payload; 0: not rounded
    largest: float     # payload


class SpikingWeights(NamedTuple):
    """Everything that defines the network; sizes I inputs, H hidden, O outputs."""

    w_in: np.ndarray   # (H, I)
    w_rec: np.ndarray  # (H, H)
    w_out: np.ndarray  # (O, H)
    cell: Cell
    readout_share: float = 1.0  # part of an output that is new at every step


class SpikingState(NamedTuple):
    """What one step hands to the next, each (B, H), but `s`."""

    v: np.ndarray
    wait: np.ndarray
    a: np.ndarray
    s: np.ndarray  # (kinds, B, H)
    z: np.ndarray  # as sent
    f: np.ndarray  # z behind the leak of the outputs


class SpikingTrace(NamedTuple):
    """All activities of a forward pass over T steps."""

    inputs: np.ndarray    # (T, B, I)
    entering: np.ndarray  # (T, B, H) z(t-1)
    excess: np.ndarray    # (T, B, H) v' above the threshold of that moment
    awake: np.ndarray     # (T, B, H) whether the membrane moves
    hears: np.ndarray     # (T, B, H) whether what arrives counts
    hidden: np.ndarray    # (T, B, H) z(t), or p(t)
    fired: np.ndarray     # (T, B, H) z(t)
    grows: np.ndarray     # (T, B, H) slope of the payload
    smoothed: np.ndarray  # (T, B, H) f(t)
    outputs: np.ndarray   # (T, B, O)
    state: SpikingState


def cell_of(neuron: Any, n: int) -> Cell:
    """The parameters of a population of neurosim."""
    zero, one = np.zeros(n), np.ones(n)
    synapse_keep, synapse_gain, fade, jump = zero[None], one[None], zero, zero
    neuron = neuron.inner if isinstance(neuron, Counting) else neuron
    if isinstance(neuron, ExponentialSynapse):
        synapse_keep, synapse_gain, neuron = _row(neuron.keep, n)[None], _row(neuron.gain, n)[None], neuron.inner
    elif isinstance(neuron, Receptors):
        synapse_keep = np.array([_row(neuron.keep_e, n), _row(neuron.keep_i, n)])
        synapse_gain, neuron = np.array([_row(neuron.gain_e, n), _row(neuron.gain_i, n)]), neuron.inner
    low, rise, grain, largest = zero, zero, 0.0, 1.0
    if isinstance(neuron, Graded):
        low, rise, grain = _row(neuron.low, n), _row(neuron.rise, n), float(neuron.lsb)
        largest, neuron = grain * float(neuron.top), neuron.inner
    if isinstance(neuron, AdaptiveLIF):
        fade, jump, neuron = _row(neuron.fade, n), _row(neuron.jump, n), neuron.base
    if not isinstance(neuron, LIF):
        raise InputError("network.neuron", f"= {type(neuron).__name__}; no spiking neuron that a surrogate gradient is known for")
    keep, gain, resting, threshold = (_row(row, n) for row in (neuron.keep, neuron.gain, neuron.resting, neuron.threshold))
    return Cell(
        keep, gain, resting, threshold, float(neuron.carry), _row(neuron.after, n),
        neuron.silence[:n].astype(int), int(neuron.is_deaf), float(neuron.height), _row(neuron.reach, n), fade, jump, synapse_keep,
        synapse_gain, low, rise, grain, largest)


def _row(values: np.ndarray, n: int) -> np.ndarray:
    return np.asarray(values[:n], np.float64)


def by_kind(cell: Cell, weights: np.ndarray) -> list[np.ndarray]:
    """Which of the `weights`, as 1 and 0, end on every kind of synapse: all, or those that are not negative and those that are."""
    above = (weights >= 0).astype(np.float64)
    return [np.ones_like(weights)] if len(cell.synapse_keep) == 1 else [above, 1 - above]


def heaviside(excess: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """1 above the threshold."""
    return (excess > 0).astype(np.float64)


def at_rest(cell: Cell, batch: int) -> SpikingState:
    """The state before anything happened."""
    zero = np.zeros((batch, cell.keep.size))
    return SpikingState(zero + cell.resting, zero.astype(int), zero, np.zeros((len(cell.synapse_keep), *zero.shape)), zero, zero)


@forward.register(SpikingWeights)
def forward_spiking(
    weights: SpikingWeights, inputs: np.ndarray, state: SpikingState | None = None, fires: Fires = heaviside
) -> SpikingTrace:
    """Run the network over a window of steps.

    Parameters
    ----------
    inputs : (T, B, I) float
    state : before the first step; None is rest
    fires : what a neuron sends; anything but `heaviside` is for tests of the gradient
    """
    inputs, cell = np.asarray(inputs, np.float64), weights.cell
    state = at_rest(cell, inputs.shape[1]) if state is None else state
    v, wait, a, s, z, f = state
    front, recurrent = ([end * w for end in by_kind(cell, w)] for w in weights[:2])
    arriving = [inputs @ w.T for w in front]
    rows: list[list[np.ndarray]] = [[], [], [], [], [], [], []]
    for t in range(len(inputs)):
        entering = z
        s = np.array([keep * each + (came[t] + z @ w.T) for keep, each, came, w in zip(
            cell.synapse_keep, s, arriving, recurrent, strict=True)])
        current = sum(gain * each for gain, each in zip(cell.synapse_gain, s, strict=True))
        hears = ~((wait > 0) & (cell.is_deaf == 1))
        awake = wait <= 1
        moved = cell.resting + cell.keep * (v - cell.resting) + cell.gain * current * hears
        moved = np.where(awake, moved, v)
        a = cell.fade * a
        excess = moved - (cell.threshold + a)
        spikes = fires(excess, cell.reach) * awake
        fired = spikes > 0.5
        v = np.where(fired, cell.carry * moved + cell.after, moved)
        wait = np.where(fired, cell.silence, np.maximum(wait - 1, 0))
        a = a + cell.jump * spikes
        z, grows = _payload(cell, moved, (excess > 0) * awake, spikes)
        for row, value in zip(rows, (entering, excess, awake, hears, z, spikes, grows), strict=True):
            row.append(value)
    entered, above, moves, heard, sent, fired, grows = (np.array(row) for row in rows)
    read = smoothed(sent, weights.readout_share, f)
    last = SpikingState(v, wait, a, s, z, read[-1])
    return SpikingTrace(inputs, entered, above, moves, heard, sent, fired, grows, read, read @ weights.w_out.T, last)


def _payload(cell: Cell, moved: np.ndarray, above: np.ndarray, spikes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is sent and how it grows with the potential where a spike is: `spikes` themselves, and 0, if they are plain."""
    if not cell.rise.any():
        return spikes, np.zeros_like(spikes)
    exact = cell.rise * (moved - cell.low)
    size = np.minimum(exact, cell.largest)
    if cell.grain > 0:
        size = cell.grain * np.clip(np.rint(size / cell.grain), 1, np.rint(cell.largest / cell.grain))
    return np.where(above > 0, size + (spikes - 1), spikes), cell.rise * above * (exact < cell.largest)


@backward.register(SpikingWeights)
def backward_spiking(
    weights: SpikingWeights, trace: SpikingTrace, targets: np.ndarray, active: np.ndarray | None = None, horizon: int | None = None
) -> tuple[float, Gradients]:
    """Loss of a forward pass and its surrogate gradient: dz/dv' = height max(0, 1 - |excess| / reach), 0 in silence.

    A graded spike is a plain one plus what lies above the threshold, dp/dv' = dz/dv' + z rise below the largest payload; its rounding has
    slope 1.

    A reset is no path of the gradient ([2]_); that of the threshold's own memory is one.  Loss, `targets` and `active` as in
    `reference_network.backward`; `horizon` None, or 1: nothing flows from step to step.

    Raises
    ------
    InputError
        Another horizon.
    """
    if horizon not in (None, 1):
        raise InputError("horizon", f"= {horizon}; must be 1 or None with spiking neurons")
    residual, cell = trace.outputs - targets, weights.cell
    n_steps, batch, n_outputs = residual.shape
    counts = np.ones(n_steps) if active is None else np.asarray(active, np.float64)
    n_terms = counts.sum() * batch * n_outputs
    if n_terms == 0:
        return 0.0, Gradients(*(np.zeros_like(w) for w in weights[:3]))
    counted = counts[:, None, None] * residual
    loss, error = float(np.vdot(counted, residual) / n_terms), (2.0 / n_terms) * counted
    slope = cell.height * np.maximum(0.0, 1 - np.abs(trace.excess) / cell.reach) * trace.awake
    stays = np.where(trace.fired > 0.5, cell.carry, 1.0)
    flows, share = float(horizon is None), weights.readout_share
    told = passed_back(error, share) if horizon is None else share * error
    ends, recurrent = [by_kind(cell, w) for w in weights[:2]], weights.w_rec
    arrived = np.zeros((len(ends[0]), *trace.hidden.shape))  # ∂L/∂c(t)
    to_v, to_a, to_z = (np.zeros_like(trace.hidden[0]) for _ in range(3))  # what later steps have to say
    to_s = np.zeros_like(arrived[:, 0])
    for t in range(n_steps - 1, -1, -1):
        by_sent = told[t] @ weights.w_out + flows * to_z
        by_z = by_sent + flows * to_a * cell.jump
        by_moved = slope[t] * by_z + trace.grows[t] * by_sent + flows * to_v * stays[t]
        by_current = cell.gain * by_moved * trace.awake[t] * trace.hears[t]
        to_s = cell.synapse_gain[:, None] * by_current + flows * cell.synapse_keep[:, None] * to_s
        arrived[:, t] = to_s
        to_a = cell.fade * (flows * to_a - slope[t] * by_z)
        to_v = by_moved * np.where(trace.awake[t], cell.keep, 1.0)
        to_z = sum((each @ (end * recurrent) for each, end in zip(to_s, ends[1], strict=True)), np.zeros(1))
    by_in, by_rec = (
        sum((end * _outer(each, pre) for each, end in zip(arrived, chosen, strict=True)), np.zeros(1))
        for chosen, pre in zip(ends, (trace.inputs, trace.entering), strict=True))
    return loss, Gradients(by_in, by_rec, _outer(error, trace.smoothed))


def _outer(post: np.ndarray, pre: np.ndarray) -> np.ndarray:
    return post.reshape(-1, post.shape[-1]).T @ pre.reshape(-1, pre.shape[-1])
