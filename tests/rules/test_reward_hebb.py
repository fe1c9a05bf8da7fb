"""Reward-modulated Hebb: the published equations in plain NumPy, and the gradient where it estimates it."""
from __future__ import annotations

import numpy as np
import pytest
from signs import orthogonal_signs

from neurosim import loop
from neurosim.chip import compile_chip
from neurosim.network import Network
from neurosim.recorders.activity import Recording
from neurosim.rules import RewardHebb
from neurosim.selftest import linear_network as linear
from neurosim.selftest.linear_network import estimate, gradient
from neurosim.sources.noise import Recorded
from neurosim.wiring import sizes_of, wire

STEPS, N, BATCH, TRIALS, RATE, SIGMA = 7, 5, 3, 2, 1e-3, 0.1


def run(update, batch, draws, **settings):
    """(inputs, activity, losses (trial, step, batch), weights before, change) with known noise in float64."""
    chip = compile_chip("ideal", Network(inputs=2, hidden=N, outputs=2), 3, "float64")
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((TRIALS, STEPS, batch, 2)), rng.standard_normal((TRIALS, STEPS, batch, 2))
    rule = RewardHebb(learning_rate=RATE, sigma=SIGMA, **settings)
    before = {name: w.copy() for name, w in chip.weights().items()}
    wired = wire(chip, rule.build(sizes_of(chip, batch, update, STEPS)), batch, update, STEPS)
    kept = Recording(np.zeros(y.shape), np.zeros((*y.shape[:3], N)))
    loop.run(wired.network._replace(hidden_source=Recorded(SIGMA, draws)), wired.schedule, kept, wired.activity, x, y,
             np.ones((TRIALS, STEPS)), np.ones(TRIALS, np.uint8), np.zeros((TRIALS, 2)), 7, 0, 1)
    losses = np.square(kept.outputs - y).mean(axis=3)
    return x, kept.hidden, losses, before, {name: chip.weights()[name] - before[name] for name in ("inputs", "recurrent")}


def noise(batch):
    return np.random.default_rng(4).standard_normal((TRIALS * STEPS, batch, N))


@pytest.mark.parametrize("second_factor", ["potential", "activity"])
@pytest.mark.parametrize("decay", [0.0, 1.0])
def test_it_is_the_published_rule_with_a_trace_in_every_synapse(second_factor, decay):
    """a is read off the activity, tanh(a); the reward is minus the loss, its mean that of the same step of a trial."""
    x, z, losses, _, change = run("sequence", BATCH, noise(BATCH), second_factor=second_factor, decay=decay)
    a = np.arctanh(z) if second_factor == "potential" else z
    wanted = {"inputs": np.zeros((N, 2)), "recurrent": np.zeros((N, N))}
    mean, mean_a = None, np.zeros((BATCH, N))
    for trial in range(TRIALS):
        now = losses[trial].mean(axis=1)
        mean = now if mean is None else mean
        above, traces = -(losses[trial] - mean[:, None]), {name: np.zeros((BATCH, *w.shape)) for name, w in wanted.items()}
        mean = 0.9 * mean + 0.1 * now
        arriving = {"inputs": x[trial], "recurrent": np.concatenate([np.zeros((1, BATCH, N)), z[trial, :-1]])}
        for t in range(STEPS):
            mean_a = 0.8 * mean_a + 0.2 * a[trial, t]
            for name, pre in arriving.items():
                traces[name] = decay * traces[name] + np.einsum("bi,bj->bij", a[trial, t] - mean_a, pre[t])
                wanted[name] += RATE / BATCH * np.einsum("b,bij->ij", above[t], traces[name])
    for name, found in change.items():
        assert np.abs(found).max() > 1e-5
        assert np.allclose(found, wanted[name], rtol=1e-8, atol=1e-13)


def test_online_it_is_the_same_with_a_mean_reward_that_runs_along():
    """One sample; every step is written before the next."""
    x, z, losses, _, change = run("step", 1, noise(1), form="online", decay=0.9, second_factor="activity")
    wanted = {"inputs": np.zeros((N, 2)), "recurrent": np.zeros((N, N))}
    mean, mean_a = losses[0, 0, 0], np.zeros(N)
    for trial in range(TRIALS):
        traces = {name: np.zeros_like(w) for name, w in wanted.items()}
        arriving = {"inputs": x[trial, :, 0], "recurrent": np.concatenate([np.zeros((1, N)), z[trial, :-1, 0]])}
        for t in range(STEPS):
            above = -(losses[trial, t, 0] - mean)
            mean, mean_a = 0.9 * mean + 0.1 * losses[trial, t, 0], 0.8 * mean_a + 0.2 * z[trial, t, 0]
            for name, pre in arriving.items():
                traces[name] = 0.9 * traces[name] + np.outer(z[trial, t, 0] - mean_a, pre[t])
                wanted[name] += RATE * above * traces[name]
    for name, found in change.items():
        assert np.abs(found).max() > 1e-5
        assert np.allclose(found, wanted[name], rtol=1e-8, atol=1e-13)


def test_a_single_step_is_node_perturbation_although_nobody_tells_the_noise():
    """The mean over all noise is minus the gradient, times the variance of the noise and what the mean leaves of a step."""
    case, sigma, n_out = linear.case(3, 1, 1, 2, 2, seed=3), 1e-4, 2
    signs = orthogonal_signs(3 + n_out)[None, :, :3]
    update = estimate(RewardHebb(learning_rate=1.0, sigma=sigma), case, 1, copies=signs.shape[1], plain=True,
                      source=lambda name, own: Recorded(sigma, np.ascontiguousarray(signs)) if name == "hidden" else own)
    wanted = -0.8 * sigma**2 * gradient(case)["inputs"]
    np.testing.assert_allclose(update.mean["inputs"], wanted, rtol=0, atol=1e-5 * np.abs(wanted).max())


def test_a_reward_as_usual_changes_nothing():
    """The first trial is its own expectation, and one sample has no better or worse neighbour."""
    chip = compile_chip("ideal", Network(inputs=2, hidden=N, outputs=2), 3, "float64")
    wired = wire(chip, RewardHebb(learning_rate=1.0).build(sizes_of(chip, 1, "sequence", STEPS)), 1, "sequence", STEPS)
    before, rng = chip.weights()["recurrent"].copy(), np.random.default_rng(1)
    x, y = rng.standard_normal((1, STEPS, 1, 2)), rng.standard_normal((1, STEPS, 1, 2))
    kept = Recording(np.zeros(y.shape), np.zeros((1, STEPS, 1, N)))
    loop.run(wired.network, wired.schedule, kept, wired.activity, x, y, np.ones((1, STEPS)), np.ones(1, np.uint8), np.zeros((1, 2)),
             7, 0, 1)
    assert (chip.weights()["recurrent"] == before).all() and np.square(kept.outputs - y).mean() > 0.1
