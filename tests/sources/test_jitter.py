"""Deliberate perturbations of weights."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, SYNAPSES, Bench

from neurosim import loop
from neurosim.contract import is_jittery, shake
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.rules.weight_perturbation import weight_noise
from neurosim.sources.jitter import RecordedWeights, Still
from neurosim.storage import padded, zeros
from neurosim.synapses.layout import arrange, choose, matrix_of

SIGMA = 0.02
LAYOUTS = [("dense", True), ("dense", False), ("sparse", True)]


def case(name="dense", is_square=True, n_post=7, n_pre=6, batch=1, jitter=None):
    """(projection with jittered weights, its weights, z): the clean and the perturbed lanes send the same."""
    bench = Bench(n_pre, 2 * batch, batch, np.float64)
    mask = SYNAPSES[name](n_post, n_pre)
    weights = bench.rng.standard_normal((n_post, n_pre)) * (1 if mask is None else mask)
    p = projection(
        bench, choose(n_post, n_pre, mask, is_square), weights, DEVICES["ideal"], CIRCUITS["quiet"],
        lambda cells, j: Outer(), jitter or (lambda cells: weight_noise(SIGMA, np.float64)("", cells)))
    z = zeros((2 * batch, padded(n_pre)), np.float64)
    z[:batch, :n_pre] = bench.rng.standard_normal((batch, n_pre))
    z[batch:] = z[:batch]
    return p, weights, z


def shaken(p, now=0):
    shake(p.jitter, p.synapses, Key(1, 48, now), now)
    return p.jitter.noise.copy()


def test_noise_has_the_stated_standard_deviation_and_is_fresh_at_every_step():
    """64 x 64 cells."""
    p, _, _ = case(n_post=64, n_pre=64)
    first, second = shaken(p), shaken(p, 1)
    assert abs(first.mean()) < 5 * SIGMA / 64
    assert abs(first.std() - SIGMA) < 5 * SIGMA / np.sqrt(2 * 64**2)
    for a, b in ((first, second), (first[1:], first[:-1]), (first[:, 1:], first[:, :-1])):
        assert abs((a * b).mean()) < 5 * SIGMA**2 / np.sqrt(a.size)


@pytest.mark.parametrize(("name", "is_square"), LAYOUTS)
def test_only_synapses_that_exist_are_shaken(name, is_square):
    p, weights, _ = case(name, is_square)
    noise = shaken(p)
    assert ((matrix_of(p.synapses, noise, 7, 6) != 0) == (weights != 0)).all()
    assert (noise != 0).sum() == (weights != 0).sum()


@pytest.mark.parametrize(("name", "is_square"), LAYOUTS)
@pytest.mark.parametrize("batch", [1, 3])
def test_perturbed_lanes_see_the_shaken_weights_and_clean_lanes_do_not(name, is_square, batch):
    p, weights, z = case(name, is_square, batch=batch)
    before, current = p.conductance.copy(), zeros((2 * batch, 64), np.float64)
    loop.pass_on(p, 0, z, current, batch, 3, 1, 0)
    noise = matrix_of(p.synapses, p.jitter.noise, 7, 6)
    assert np.allclose(current[:batch, :7], z[:batch, :6] @ weights.T, rtol=1e-12)
    assert np.allclose(current[batch:, :7], z[batch:, :6] @ (weights + noise).T, rtol=1e-12)
    assert (p.conductance == before).all()  # nothing is written


def test_recorded_draws_are_scaled_step_by_step_and_the_last_one_stays():
    synapses, rng = choose(7, 6, None, True), np.random.default_rng(1)
    draws = np.stack([arrange(synapses, rng.standard_normal((7, 6)), np.float64) for _ in range(3)])
    p, _, _ = case(jitter=lambda cells: RecordedWeights(np.float64(SIGMA), zeros(cells.shape, np.float64), draws))
    for now, used in ((0, 0), (2, 2), (3, 2), (9, 2)):
        assert (shaken(p, now) == SIGMA * draws[used]).all()


def test_still_weights_are_not_shaken():
    cells = np.zeros((8, 64))
    assert isinstance(still("", cells), Still) and not is_jittery(still("", cells))
    p, weights, z = case(jitter=lambda cells: still("", cells))
    current = zeros((2, 64), np.float64)
    loop.pass_on(p, 0, z, current, 1, 3, 1, 0)
    assert (current[0] == current[1]).all()
