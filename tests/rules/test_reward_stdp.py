"""Reward-modulated STDP: its window, and the per-synapse equations of the paper in plain NumPy."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import local_of

from neurosim import loop
from neurosim.chip import compile_chip
from neurosim.contract import close, note
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.recorders.activity import Recording
from neurosim.rules import RewardSTDP
from neurosim.rules.rule import Sizes
from neurosim.wiring import broadcast, sizes_of, wire

STEPS, N, BATCH, TRIALS, RATE, KEEP = 12, 6, 3, 2, 1e-3, 0.9
WINDOW = {"a_plus": 1.0, "a_minus": 0.7, "tau_plus_steps": 3.0, "tau_minus_steps": 5.0}


def asked(rewards, spikes, **settings):
    """What a spike that arrives in each step asks for, (steps,): learning rate 1, one neuron, a reward that nobody expected."""
    rule = RewardSTDP(learning_rate=1.0, **{**WINDOW, **settings}).build(Sizes(1, 1, 1, 1, "sequence", np.float64, STEPS)).hidden
    rule.ear.is_new[0] = 0  # and the mean is 0
    for t in range(STEPS):
        activity, heard = np.zeros((1, 64)), broadcast(1, 1, 0, np.float64)
        activity[0, 0], heard.perturbed[0] = t in spikes, -rewards.get(t, 0.0)
        note(rule, t, local_of(*(np.zeros((1, 64)) for _ in range(4)), activity=activity), heard)
    post = np.full((STEPS, 64), np.nan)
    close(rule, 0, STEPS, post)
    assert (post[:, 1:] == 0).all()
    return post[:, 0]


def test_the_window_is_exponential_on_both_sides():
    """One spike at step 5, one reward at the end: arrivals before it (and with it) are strengthened, those after it weakened."""
    found, dt = asked({STEPS - 1: 2.0}, (5,)), 5 - np.arange(STEPS)
    wanted = np.where(dt >= 0, np.exp(-dt / 3.0), -0.7 * np.exp(dt / 5.0))
    assert np.allclose(found, 2.0 * wanted, rtol=1e-13, atol=0)


def test_punishment_turns_the_window_round():
    assert (asked({STEPS - 1: -1.0}, (5,)) == -asked({STEPS - 1: 1.0}, (5,))).all()


def test_no_reward_and_no_spike_ask_for_nothing():
    assert (asked({}, (2, 5)) == 0).all() and (asked({3: 1.0}, ()) == 0).all()


def test_a_pair_waits_for_its_reward_as_long_as_its_eligibility_lasts():
    """The pair of step 5 is worth decay^3 at step 8; a reward that came before the pair is nothing to it."""
    late, now = asked({8: 1.0}, (5,), decay=0.8), asked({5: 1.0}, (5,), decay=0.8)
    assert late[5] == pytest.approx(0.8**3 * now[5], rel=1e-13)
    assert (asked({4: 1.0}, (5,), decay=0.8)[:6] == 0).all()


def spiking(**settings):
    """(chip, weights before, inputs, activity sent, losses of samples (trial, step, batch), change) of a run of the loop."""
    membrane = Membrane(threshold=0.3, synapse_s=5e-3)
    network = Network(inputs=2, hidden=N, outputs=2, neuron="spiking", membrane=membrane, input_scale=8.0, recurrent_scale=4.0)
    chip = compile_chip("ideal", network, 3, "float64")
    rng = np.random.default_rng(2)
    x, y = (rng.random((TRIALS, STEPS, BATCH, 2)) < 0.4).astype(float), rng.standard_normal((TRIALS, STEPS, BATCH, 2))
    rule = RewardSTDP(learning_rate=RATE, reward_keep=KEEP, **{**WINDOW, **settings})
    before = {name: w.copy() for name, w in chip.weights().items()}
    wired = wire(chip, rule.build(sizes_of(chip, BATCH, "sequence", STEPS)), BATCH, "sequence", STEPS)
    kept = Recording(np.zeros(y.shape), np.zeros((*y.shape[:3], N)))
    loop.run(wired.network, wired.schedule, kept, wired.activity, x, y, np.ones((TRIALS, STEPS)), np.ones(TRIALS, np.uint8),
             np.zeros((TRIALS, 2)), 7, 0, 1)
    losses = np.square(kept.outputs - y).mean(axis=3)
    return x, kept.hidden, losses, {name: chip.weights()[name] - before[name] for name in ("inputs", "recurrent")}


@pytest.mark.parametrize("decay", [0.0, 0.9, 1.0])
def test_it_is_the_published_rule_with_a_trace_in_every_synapse(decay):
    """P, Q and e of the module's equations step by step; the reward is minus the loss, its mean that of the same step of a trial."""
    x, z, losses, change = spiking(decay=decay)
    assert 0.05 < z.mean() < 0.5
    k_plus, k_minus, mean = np.exp(-1 / 3.0), np.exp(-1 / 5.0), None
    wanted = {"inputs": np.zeros((N, 2)), "recurrent": np.zeros((N, N))}
    for trial in range(TRIALS):
        now = losses[trial].mean(axis=1)
        mean = now if mean is None else mean
        above = -(losses[trial] - mean[:, None])
        mean = KEEP * mean + (1 - KEEP) * now
        arriving = {"inputs": x[trial], "recurrent": np.concatenate([np.zeros((1, BATCH, N)), z[trial, :-1]])}
        for name, pre in arriving.items():
            for b in range(BATCH):
                p, q, e = np.zeros(pre.shape[2]), np.zeros(N), np.zeros((N, pre.shape[2]))
                for t in range(STEPS):
                    p = k_plus * p + pre[t, b]
                    e = decay * e + WINDOW["a_plus"] * np.outer(z[trial, t, b], p) - WINDOW["a_minus"] * np.outer(q, pre[t, b])
                    q = k_minus * (q + z[trial, t, b])
                    wanted[name] += RATE / BATCH * above[t, b] * e
    for name, found in change.items():
        assert np.abs(found).max() > 1e-5
        assert np.allclose(found, wanted[name], rtol=1e-9, atol=1e-14)


def test_it_learns_per_sequence():
    chip = compile_chip("ideal", Network(inputs=2, hidden=N, outputs=2), 3)
    with pytest.raises(InputError, match="this rule needs 'sequence'"):
        wire(chip, RewardSTDP(learning_rate=RATE).build(sizes_of(chip, 1, "step")), 1, "step")
