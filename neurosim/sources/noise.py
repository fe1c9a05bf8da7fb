"""Deliberate perturbations of a population."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import inject
from ..random import fill_normal


class Silent(NamedTuple):
    """No perturbation."""


class Gaussian(NamedTuple):
    """Independent normals of standard deviation `sigma`, one per sample and neuron, drawn afresh at every step."""

    sigma: float
    n: int
    normal: np.ndarray  # (batch * width,) scratch


class Recorded(NamedTuple):
    """Standard normals drawn elsewhere, times sigma: feeds golden tests."""

    sigma: float
    draws: np.ndarray  # (n_steps, batch, n)


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


@inject.fill(Recorded)
def _inject_recorded(source, key, t, out):
    for b in range(out.shape[0]):
        for i in range(source.draws.shape[2]):
            out[b, i] = source.sigma * source.draws[t, b, i]
