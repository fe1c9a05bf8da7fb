"""Read noise of a crossbar, referred to the output, and its slow truth."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import deliver, disturb, is_read_noisy, sense, spread
from ..random import Key, fill_normal
from ..reading import alone


class ReadNoise(NamedTuple):
    """Every device is read with an independent error w * relative * xi + absolute * xi', every output with additive * xi''.

    current_i += sqrt(relative^2 sum_j (w_ij z_j)^2 + absolute^2 sum_j z_j^2 + additive^2) * xi_i: exact in distribution for
    Gaussian errors drawn afresh at every read, one normal per neuron and lane instead of one per synapse.
    """

    relative: float
    absolute: float
    additive: float     # noise of the output stage itself (aihwkit's out_noise)
    n: int              # true number of outputs
    normal: np.ndarray  # (lanes * width,) scratch


class AdditiveNoise(ReadNoise):
    """`ReadNoise` with relative = absolute = 0: the same bits without collecting a variance, which costs a second product."""


class SynapseNoise(NamedTuple):
    """The same law drawn device by device and read by read: the truth that `ReadNoise` is tested against, 10 to 20 times slower."""

    relative: float
    absolute: float
    additive: float
    n: int
    normal: np.ndarray  # (width of the conductance,) scratch
    noise: np.ndarray   # (rows, width) laid out like the conductance
    output: np.ndarray  # (padded n_post,) scratch


@is_read_noisy.fill(ReadNoise)
def _needs_variance(circuit):
    return True


@spread.fill(ReadNoise)
def _spread(circuit, weight):
    return circuit.relative * circuit.relative * (weight * weight) + circuit.absolute * circuit.absolute


@disturb.fill(ReadNoise)
def _disturb(circuit, p, key, z, current):
    lanes, width = current.shape
    additive = circuit.additive * circuit.additive
    fill_normal(key, 0, circuit.normal)
    for l in range(lanes):
        for i in range(circuit.n):
            sd = np.sqrt(p.variance[l, i] + additive)
            current[l, i] = current[l, i] + sd * circuit.normal[l * width + i]


@disturb.fill(AdditiveNoise)
def _disturb_evenly(circuit, p, key, z, current):
    lanes, width = current.shape
    sd = np.sqrt(circuit.additive * circuit.additive)  # as `ReadNoise` has it
    fill_normal(key, 0, circuit.normal)
    for l in range(lanes):
        for i in range(circuit.n):
            current[l, i] = current[l, i] + sd * circuit.normal[l * width + i]


@disturb.fill(SynapseNoise)
def _disturb_each(circuit, p, key, z, current):
    lanes, width, zero = current.shape[0], p.conductance.shape[1], current.dtype.type(0)
    for l in range(lanes):
        for r in range(p.conductance.shape[0]):
            # two streams per lane: errors in proportion to the weight, and errors that do not depend on it
            fill_normal(Key(key.seed, key.stream + 64 + 128 * l, key.step), r * width, circuit.normal)
            for c in range(width):
                weight = sense(p.device, r, c, p.conductance[r, c])
                circuit.noise[r, c] = circuit.relative * weight * circuit.normal[c]
            fill_normal(Key(key.seed, key.stream + 128 + 128 * l, key.step), r * width, circuit.normal)
            for c in range(width):
                circuit.noise[r, c] = circuit.noise[r, c] + circuit.absolute * circuit.normal[c]
        deliver(p.synapses, circuit.noise, z, current, l, l + 1)
        fill_normal(Key(key.seed, key.stream, key.step), l * current.shape[1], circuit.output)
        for i in range(circuit.n):
            current[l, i] += circuit.additive * circuit.output[i]
        for i in range(circuit.n, current.shape[1]):
            current[l, i] = zero


@alone.fill(ReadNoise)
def _alone(part, l):
    width = (part.n + 63) // 64 * 64
    return ReadNoise(part.relative, part.absolute, part.additive, part.n, part.normal[l * width:(l + 1) * width])


@alone.fill(AdditiveNoise)
def _alone_additive(part, l):
    width = (part.n + 63) // 64 * 64
    return AdditiveNoise(part.relative, part.absolute, part.additive, part.n, part.normal[l * width:(l + 1) * width])
