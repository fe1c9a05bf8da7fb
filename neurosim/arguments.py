"""What slots get: requests, projections with their workspace, and all that a rule may know.

Index letters and shapes as in contract.py.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Request(NamedTuple):
    """A change asked for and not yet applied: ``drive[i, j] = sum_q pre[q, j] * post[q, i]``."""

    pre: np.ndarray     # (rank, width_pre)
    post: np.ndarray    # (rank, width_post), shared by projections onto the same neurons
    signal: np.ndarray  # (batch,) third factor of every sample; an eligibility with memory per cell reads signal[0]
    rank: np.ndarray    # (1,) int64, rows in use; 0 means nothing is pending


class Panel(NamedTuple):
    """Workspace of products with many lanes, see synapses.products; contents never survive a call."""

    packed: np.ndarray   # (rows * 128,) factors, by fours of rows and lane
    sums: np.ndarray     # (128, numbers in 64 bytes)
    weights: np.ndarray  # (rows, same)
    order: np.ndarray    # (rows,) int64: 0, 1, 2 ...


class Scratch(NamedTuple):
    """Workspace of one projection; contents never survive a call."""

    rows: np.ndarray      # (rows,) int64, the rows to visit
    loudness: np.ndarray  # (rows,) summed |activity| and |request| of a row; 0 means nothing to do
    drive: np.ndarray     # (4, cells of the longest row, padded)
    uniform: np.ndarray   # (same,)
    normal: np.ndarray    # (same,) cycle-to-cycle noise
    second: np.ndarray    # (same,) write noise
    target: np.ndarray    # (same,) what a row is programmed and verified towards
    listed: np.ndarray    # (16,) int64, cells that wait for more pulses
    pulsed: np.ndarray    # (cells of the longest row, padded) int64, cells that get pulses
    strip: np.ndarray     # (4, more than the longest row), see synapses.streaming
    panel: Panel


class Prompt(NamedTuple):
    """No delay: what is sent in one step arrives in the next."""


class Projection(NamedTuple):
    """One bundle of synapses on one device: parts and arrays."""

    synapses: tuple
    device: tuple
    circuit: tuple
    jitter: tuple
    eligibility: tuple
    updater: tuple
    scheme: tuple            # how outer products become pulses, see updaters/trains.py
    conductance: np.ndarray  # (rows, width), in units of the weight; changed in place by the sweep alone
    total: np.ndarray        # (rows, width) accumulated request when update = "sequence", else (4, 64)
    variance: np.ndarray     # (lanes, width_post) of the read noise, if the circuit has any, else (1, 64)
    lines: np.ndarray        # (lanes, width_pre) workspace of a DAC
    sums: np.ndarray         # (lanes, width_post) workspace of an ADC
    request: Request
    scratch: Scratch
    delay: tuple = Prompt()  # between the presynaptic neurons and the synapses, see synapses/delay.py


class Local(NamedTuple):
    """All that a rule may know about its target neurons; every array is (batch, width)."""

    reference: np.ndarray  # potential in the clean pass
    perturbed: np.ndarray  # potential in the perturbed pass (the same array when there is one pass)
    injected: np.ndarray   # noise put in on purpose; for a rule that measures, its innovation: see `measures`
    error: np.ndarray      # target error of this very neuron; zero for hidden neurons
    slope: np.ndarray      # slope of its activation at the potential of the clean pass, if the rule wants it
    activity: np.ndarray   # what it sends on in the clean pass


class Broadcast(NamedTuple):
    """The only global quantities.  What a rule listens to lies in `values`, which the channel changes on the way."""

    reference: np.ndarray  # (batch,) loss of the clean pass
    perturbed: np.ndarray  # (batch,) loss of the perturbed pass
    square: np.ndarray     # (2, batch) squared activity difference summed over the hidden and over the output population
    slope: np.ndarray      # (batch,) sum_o error * change: loss along the perturbation, to first order, that is not yet explained
    error: np.ndarray      # (batch, n_out) dL/dy_o in the clean pass
    change: np.ndarray     # (batch, n_out) output difference of the two passes minus what the neurons explained
    values: np.ndarray     # flat; those of reference, perturbed, slope, error, change that travel are views of it, in this order
