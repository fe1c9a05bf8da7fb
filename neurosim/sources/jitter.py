"""Deliberate perturbations of weights: the perturbed lanes see W + noise, the same noise for every sample."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import blank, deliver, is_jittery, shake, stray
from ..random import fill_normal
from ..reading import alone
from ..slots import shared


class Still(NamedTuple):
    """No perturbation."""

    noise: np.ndarray  # (4, 64), never read


class WeightNoise(NamedTuple):
    """Independent normals of standard deviation `sigma`, one per cell, drawn afresh at every step."""

    sigma: float
    noise: np.ndarray   # (rows, width), laid out like the conductance
    normal: np.ndarray  # (width,) scratch


class HeldNoise(NamedTuple):
    """Independent normals, one matrix per sample, drawn at the first step of a trial and held to its end."""

    sigma: float
    steps: int          # of a trial
    noise: np.ndarray   # (batch, rows, width), each laid out like the conductance
    normal: np.ndarray  # (width,) scratch


class OrnsteinUhlenbeck(NamedTuple):
    """noise <- (1 - rate) noise + sigma sqrt(2 rate - rate^2) xi at every step: stationary spread sigma."""

    sigma: float        # sigma sqrt(2 rate - rate^2)
    keep: float         # 1 - rate
    noise: np.ndarray   # (rows, width), state
    normal: np.ndarray  # (width,) scratch


class RecordedWeights(NamedTuple):
    """Standard normals drawn elsewhere, times sigma: feeds golden tests."""

    sigma: float
    noise: np.ndarray  # (rows, width)
    draws: np.ndarray  # (n_steps, rows, width), laid out like the conductance


is_jittery.set(True, WeightNoise, RecordedWeights, HeldNoise, OrnsteinUhlenbeck)


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


@shake.fill(HeldNoise)
def _shake_held(jitter, synapses, key, now):
    if now % jitter.steps == 0:
        batch, rows, width = jitter.noise.shape
        for b in range(batch):
            for r in range(rows):
                fill_normal(key, (b * rows + r) * width, jitter.normal)
                scale_into(jitter.noise[b], r, jitter.sigma, jitter.normal)
            blank(synapses, jitter.noise[b])


@shake.fill(OrnsteinUhlenbeck)
def _shake_ornstein_uhlenbeck(jitter, synapses, key, now):
    width = jitter.noise.shape[1]
    for r in range(jitter.noise.shape[0]):
        fill_normal(key, r * width, jitter.normal)
        for i in range(width):
            jitter.noise[r, i] = jitter.keep * jitter.noise[r, i] + jitter.sigma * jitter.normal[i]
    blank(synapses, jitter.noise)


@stray.fill(WeightNoise, OrnsteinUhlenbeck, RecordedWeights)
def _stray_together(jitter, synapses, z, current, batch):
    deliver(synapses, jitter.noise, z, current, z.shape[0] - batch, z.shape[0])


@stray.fill(HeldNoise)
def _stray_apart(jitter, synapses, z, current, batch):
    first = z.shape[0] - batch
    for b in range(batch):
        deliver(synapses, jitter.noise[b], z, current, first + b, first + b + 1)


@alone.fill(HeldNoise)
def _alone_held(part, l):
    return HeldNoise(part.sigma, part.steps, part.noise[l:l + 1], part.normal)
