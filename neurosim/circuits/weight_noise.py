"""Read noise of phase-change devices, whose variance grows with the conductance, referred to the output.

current_i += sqrt(sum_j (relative^2 w_ij^2 + pcm |w_ij| + absolute^2) z_j^2 + additive^2) xi_i: aihwkit's `WeightNoiseType.PCM_READ`
has pcm = w_noise^2 x weight per normalised unit, its `ADDITIVE_CONSTANT` has absolute = w_noise (Rasch et al. 2021, arXiv:2104.02184).
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import disturb, is_read_noisy, spread
from ..random import fill_normal
from ..reading import alone


class PCMReadNoise(NamedTuple):
    """`read_noise.ReadNoise` with a third share."""

    relative: float
    absolute: float
    pcm: float          # variance per weight and per unit of input power, in units of the weight
    additive: float
    n: int              # true number of outputs
    normal: np.ndarray  # (lanes * width,) scratch


@is_read_noisy.fill(PCMReadNoise)
def _needs_variance(circuit):
    return True


@spread.fill(PCMReadNoise)
def _spread(circuit, weight):
    return circuit.relative * circuit.relative * (weight * weight) + circuit.pcm * abs(weight) + circuit.absolute * circuit.absolute


@alone.fill(PCMReadNoise)
def _alone(part, l):
    width = (part.n + 63) // 64 * 64
    return PCMReadNoise(
        part.relative, part.absolute, part.pcm, part.additive, part.n, part.normal[l * width:(l + 1) * width])


@disturb.fill(PCMReadNoise)
def _disturb(circuit, p, key, z, current):
    lanes, width = current.shape
    additive = circuit.additive * circuit.additive
    fill_normal(key, 0, circuit.normal)
    for l in range(lanes):
        for i in range(circuit.n):
            current[l, i] = current[l, i] + np.sqrt(p.variance[l, i] + additive) * circuit.normal[l * width + i]
