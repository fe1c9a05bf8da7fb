"""Deliberate perturbations of a population."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import inject, is_antithetic, is_silent
from ..random import Key, fill_normal, fill_uniform


class Silent(NamedTuple):
    """No perturbation."""


class Gaussian(NamedTuple):
    """Independent normals of standard deviation `sigma`, one per sample and neuron, drawn afresh at every step."""

    sigma: float
    n: int
    normal: np.ndarray  # (batch * width,) scratch


class Signs(NamedTuple):
    """+ sigma or - sigma with equal probability: one bit per sample, neuron and step, which a shift register can regenerate."""

    sigma: float
    n: int
    uniform: np.ndarray  # (batch * width,) scratch


class Subset(NamedTuple):
    """What `inner` makes, for a fresh random subset of the neurons at every step; the others are not perturbed."""

    inner: tuple
    share: float  # of the neurons, in (0, 1]
    n: int
    uniform: np.ndarray  # (batch * width,) scratch


class Antithetic(NamedTuple):
    """What `inner` makes, half of it in each pass with opposite signs."""

    inner: tuple


class Recorded(NamedTuple):
    """Standard normals drawn elsewhere, times sigma: feeds golden tests."""

    sigma: float
    draws: np.ndarray  # (n_steps, batch, n)


is_silent.set(True, Silent)
is_antithetic.set(True, Antithetic)


@inject.fill(Silent)
def _inject_nothing(source, key, t, out):
    pass


@inject.fill(Gaussian)
def _inject_gaussian(source, key, t, out):
    batch, width = out.shape
    fill_normal(key, 0, source.normal)
    for b in range(batch):
        for i in range(source.n):
            out[b, i] = source.sigma * source.normal[b * width + i]


@inject.fill(Signs)
def _inject_signs(source, key, t, out):
    batch, width = out.shape
    fill_uniform(key, 0, source.uniform)
    half = source.uniform.dtype.type(0.5)
    for b in range(batch):
        for i in range(source.n):
            out[b, i] = source.sigma if source.uniform[b * width + i] < half else -source.sigma


@inject.fill(Subset)
def _inject_subset(source, key, t, out):
    batch, width = out.shape
    inject(source.inner, key, t, out)
    fill_uniform(Key(key.seed, key.stream + 64, key.step), 0, source.uniform)
    zero = source.uniform.dtype.type(0)
    for b in range(batch):
        for i in range(source.n):
            out[b, i] = out[b, i] if source.uniform[b * width + i] < source.share else zero


@inject.fill(Antithetic)
def _inject_antithetic(source, key, t, out):
    inject(source.inner, key, t, out)


@inject.fill(Recorded)
def _inject_recorded(source, key, t, out):
    for b in range(out.shape[0]):
        for i in range(source.draws.shape[2]):
            out[b, i] = source.sigma * source.draws[t, b, i]
