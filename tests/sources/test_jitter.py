"""Deliberate perturbations of weights."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, SYNAPSES, Bench

from neurosim import loop
from neurosim.contract import is_jittery, shake, stray
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key, fill_normal
from neurosim.rules import OUA, WPTrial
from neurosim.rules.rule import Sizes, still
from neurosim.rules.weight_perturbation import weight_noise
from neurosim.sources.jitter import HeldNoise, OrnsteinUhlenbeck, RecordedWeights, Still
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


# ---- held and wandering ------------------------------------------------------------------------------------------------
def test_held_noise_is_one_matrix_per_sample_and_trial():
    jitter = HeldNoise(np.float64(SIGMA), 3, np.zeros((2, 8, 64)), np.zeros(64))
    seen = []
    for now in range(6):
        shake(jitter, choose(64, 8, None, True), Key(1, 48, now), now)
        seen.append(jitter.noise.copy())
    assert (seen[0] == seen[1]).all() and (seen[0] == seen[2]).all() and (seen[3] == seen[5]).all()
    values = np.concatenate([seen[0], seen[3]]).reshape(4, -1) / SIGMA
    assert np.abs(np.corrcoef(values) - np.eye(4)).max() < 5 / np.sqrt(512)
    assert abs(values.std() - 1) < 5 / np.sqrt(2 * values.size)


def test_each_sample_sees_its_own_held_noise_and_the_clean_pass_none():
    jitter = HeldNoise(np.float64(SIGMA), 3, np.zeros((2, 8, 64)), np.zeros(64))
    synapses, z, current = choose(64, 8, None, True), np.zeros((4, 64)), np.zeros((4, 64))
    shake(jitter, synapses, Key(1, 48, 0), 0)
    z[:, :8] = np.arange(32).reshape(4, 8)
    stray(jitter, synapses, z, current, 2)
    assert (current[:2] == 0).all()
    for b in range(2):
        assert np.allclose(current[2 + b], z[2 + b, :8] @ jitter.noise[b], rtol=1e-13)


def test_wandering_weights_have_the_stationary_spread_and_memory():
    """512 cells over 2000 steps, theta 0.05, the first 100 steps left out."""
    theta, cells = 0.05, np.zeros((8, 64))
    jitter = OrnsteinUhlenbeck(np.float64(SIGMA * np.sqrt(2 * theta - theta**2)), np.float64(1 - theta), cells, np.zeros(64))
    path = []
    for now in range(2000):
        shake(jitter, choose(64, 8, None, True), Key(1, 48, now), now)
        path.append(jitter.noise.copy())
    path = np.array(path)[100:] / SIGMA
    assert abs(path.std() - 1) < 0.02
    assert abs((path[10:] * path[:-10]).mean() - (1 - theta)**10) < 0.02


def jitter_of(rule, batch=1):
    """Maker of the weight perturbation that `rule` builds for its recurrent synapses; trials of 3 steps."""
    return rule.build(Sizes(6, 7, 2, batch, "sequence", np.float64, 3)).jitter


def wandering(theta=0.05):
    return jitter_of(OUA(learning_rate=0.1, sigma=SIGMA, theta=theta))


def held(batch=1):
    return jitter_of(WPTrial(learning_rate=0.1, sigma=SIGMA), batch)


def normals(now, rows):
    """Standard normals of step `now`, one per cell."""
    out = np.zeros(rows * 64)
    fill_normal(Key(1, 48, now), 0, out)
    return out.reshape(rows, 64)


@pytest.mark.parametrize("theta", [0.05, 0.3, 1.0])
def test_weights_wander_off_from_where_they_are_and_forget_the_share_theta_at_every_step(theta):
    """The first step is one kick: the stationary spread is reached after about 1 / theta steps.  A new trial changes nothing."""
    jitter, synapses, wanted = wandering(theta)("recurrent", np.zeros((8, 64))), choose(64, 8, None, True), 0.0
    for now in range(5):
        wanted = (1 - theta) * wanted + SIGMA * np.sqrt(2 * theta - theta**2) * normals(now, 8)
        shake(jitter, synapses, Key(1, 48, now), now)
        assert np.allclose(jitter.noise, wanted, rtol=0, atol=1e-14)


def test_weights_that_forget_everything_are_shaken_afresh():
    jitter, fresh = (make("recurrent", np.zeros((8, 64))) for make in (wandering(1.0), weight_noise(SIGMA, np.float64)))
    for now in range(3):
        for each in (jitter, fresh):
            shake(each, choose(64, 8, None, True), Key(1, 48, now), now)
        assert np.allclose(jitter.noise, fresh.noise, rtol=1e-14)


@pytest.mark.parametrize("make", [wandering(), held()])
def test_the_readout_neither_wanders_nor_is_held(make):
    assert not is_jittery(make("readout", np.zeros((8, 64)))) and is_jittery(make("inputs", np.zeros((8, 64))))


@pytest.mark.parametrize("make", [wandering(), held(3)], ids=["wandering", "held"])
@pytest.mark.parametrize(("name", "is_square"), LAYOUTS)
def test_each_sample_runs_on_its_own_weights_or_all_on_the_same_and_only_on_synapses_that_exist(name, is_square, make):
    p, weights, z = case(name, is_square, batch=3, jitter=lambda cells: make("recurrent", cells))
    for now in range(2):
        current = zeros((6, 64), np.float64)
        loop.pass_on(p, 0, z, current, 3, 1, 0, now)
    noise = np.broadcast_to(p.jitter.noise, (3, *p.conductance.shape))
    assert np.allclose(current[:3, :7], z[:3, :6] @ weights.T, rtol=1e-12)
    for b in range(3):
        shift = matrix_of(p.synapses, noise[b], 7, 6)
        assert ((shift != 0) == (weights != 0)).all() and np.count_nonzero(noise[b]) == np.count_nonzero(weights)
        assert np.allclose(current[3 + b, :7], z[3 + b, :6] @ (weights + shift).T, rtol=1e-12)
