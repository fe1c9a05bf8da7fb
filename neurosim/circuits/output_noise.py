"""Noise of the output stage behind a nonlinear one: y_i <- y_i + sd_i xi_i, afresh at every read (aihwkit `out_noise`, `out_noise_std`)."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import disturb
from ..random import Key, fill_normal
from ..reading import alone
from .wrapper import wraps

OUTPUT_STREAM = 96 + 256  # see input_noise.INPUT_STREAM


class OutputNoise(NamedTuple):
    """Every output has its own standard deviation; where nothing nonlinear comes before, `ReadNoise.additive` is the same and cheaper."""

    inner: tuple
    sd: np.ndarray      # (width_post,) in units of the weight, padding zero
    normal: np.ndarray  # (lanes * width_post,) scratch


wraps(OutputNoise)


@alone.fill(OutputNoise)
def _alone(part, l):
    width = part.sd.size
    return OutputNoise(alone(part.inner, l), part.sd, part.normal[l * width:(l + 1) * width])


@disturb.fill(OutputNoise)
def _disturb(circuit, p, key, z, current):
    disturb(circuit.inner, p, key, z, current)
    fill_normal(Key(key.seed, key.stream + OUTPUT_STREAM, key.step), 0, circuit.normal)
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            current[l, i] = current[l, i] + circuit.sd[i] * circuit.normal[l * current.shape[1] + i]
