"""Deliberate perturbations of weights: the perturbed lanes see W + noise, the same noise for every sample."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import blank, is_jittery, shake
from ..random import fill_normal
from ..slots import shared


class Still(NamedTuple):
    """No perturbation."""

    noise: np.ndarray  # (4, 64), never read


class WeightNoise(NamedTuple):
    """Independent normals of standard deviation `sigma`, one per cell, drawn afresh at every step."""

    sigma: float
    noise: np.ndarray   # (rows, width), laid out like the conductance
    normal: np.ndarray  # (width,) scratch


class RecordedWeights(NamedTuple):
    """Standard normals drawn elsewhere, times sigma: feeds golden tests."""

    sigma: float
    noise: np.ndarray  # (rows, width)
    draws: np.ndarray  # (n_steps, rows, width), laid out like the conductance


is_jittery.set(True, WeightNoise, RecordedWeights)


@shared
def scale_into(noise, r, sigma, normal):
    """Row r of `noise` = sigma * normal."""
    for i in range(noise.shape[1]):
        noise[r, i] = sigma * normal[i]


@shake.fill(WeightNoise)
def _shake(jitter, synapses, key, now):
    width = jitter.noise.shape[1]
    for r in range(jitter.noise.shape[0]):
        fill_normal(key, r * width, jitter.normal)
        scale_into(jitter.noise, r, jitter.sigma, jitter.normal)
    blank(synapses, jitter.noise)


@shake.fill(RecordedWeights)
def _shake_recorded(jitter, synapses, key, now):
    for r in range(jitter.noise.shape[0]):
        scale_into(jitter.noise, r, jitter.sigma, jitter.draws[min(now, jitter.draws.shape[0] - 1), r])
