"""The trace rule: two forms of one sum, three third factors, and what a neuron measures."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim import loop
from neurosim.chip import compile_chip
from neurosim.network import Network
from neurosim.neurons.imperfect import Mismatched, Noisy
from neurosim.recorders.activity import Forgetful
from neurosim.rules import Trace
from neurosim.rules.trace import KEEP_BASELINE
from neurosim.wiring import sizes_of, wire

STEPS, N, RATE, SIGMA = 6, 5, 0.05, 1e-2


def run(rule, batch=1, trials=1, neuron=lambda inner, lanes: inner):
    """(change of the input and recurrent weights, parts, wired)."""
    chip = compile_chip("ideal", Network(inputs=2, hidden=N, outputs=2), 3, "float64")
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((trials, STEPS, batch, 2)), rng.standard_normal((trials, STEPS, batch, 2))
    parts = rule.build(sizes_of(chip, batch, "sequence", STEPS))
    before, wired = chip.weights(), wire(chip, parts, batch, "sequence", STEPS)
    network = wired.network._replace(hidden=neuron(wired.network.hidden, wired.lanes))
    loop.run(network, wired.schedule, Forgetful(), wired.activity, x, y, np.ones((trials, STEPS)), np.ones(trials, np.uint8),
             np.zeros((trials, 2)), 7, 0, 1)
    return {name: chip.weights()[name] - before[name] for name in ("inputs", "recurrent")}, parts, wired


@pytest.mark.parametrize("third_factor", ["error", "loss"])
@pytest.mark.parametrize("decay", [0.0, 0.7, 1.0])
def test_a_trace_in_every_synapse_is_the_same_sum_in_the_other_order(third_factor, decay):
    trial, online = (
        run(Trace(learning_rate=RATE, sigma=SIGMA, decay=decay, third_factor=third_factor, form=form))[0] for form in ("trial", "online"))
    assert all(np.allclose(trial[name], online[name], rtol=1e-9, atol=1e-15) for name in trial) and (trial["recurrent"] != 0).any()


def test_a_new_trial_starts_without_a_trace():
    """Two trials with resets: the same sum in both forms, so nothing of the first is left in the second."""
    trial, online = (run(Trace(learning_rate=1e-9, sigma=SIGMA, form=form), trials=2)[0] for form in ("trial", "online"))
    assert all(np.allclose(trial[name], online[name], rtol=1e-6, atol=1e-20) for name in trial)


def test_one_pass_learns_from_the_loss_above_its_running_mean():
    rule = Trace(learning_rate=RATE, sigma=SIGMA, third_factor="baseline")
    first, parts, wired = run(rule, batch=2)
    assert wired.lanes == 2 and parts.hidden.ear.is_new[0] == 0
    assert np.abs(parts.hidden.heard.sum(axis=1)).max() < 1e-12  # the first mean is that of the trial itself
    second, parts, _ = run(rule, batch=2, trials=2)
    assert 0 < KEEP_BASELINE < 1 and np.abs(parts.hidden.heard.sum(axis=1)).max() > 1e-3
    assert (first["recurrent"] != second["recurrent"]).any()


def test_a_quiet_neuron_measures_what_was_injected():
    injected, measured = (run(Trace(learning_rate=RATE, sigma=SIGMA, perturbation=seen), batch=4) for seen in ("injected", "measured"))
    assert np.allclose(measured[1].hidden.tried, injected[1].hidden.tried, rtol=0, atol=1e-14)
    assert np.allclose(measured[1].hidden.gain[:N], 1 / SIGMA**2, rtol=1e-9)


@pytest.mark.parametrize("is_mismatched", [False, True])
def test_a_noisy_neuron_measures_its_own_noise_as_well_and_nothing_that_it_inherits(is_mismatched):
    """Variance sigma^2 + 2 tau^2: the injected noise and one draw in each pass; independent over steps, 600 draws a neuron."""
    tau, batch = 0.02, 100
    gain, offset = np.ones(64), np.zeros(64)
    gain[:N] = np.linspace(0.7, 1.4, N)

    def noisy(inner, lanes):
        inner = Mismatched(inner, gain, offset) if is_mismatched else inner
        return Noisy(inner, np.float64(tau), N, np.zeros(lanes * 64))

    parts = run(Trace(learning_rate=1e-12, sigma=SIGMA, perturbation="measured"), batch, neuron=noisy)[1]
    tried = parts.hidden.tried[:, :, :N]
    spread = SIGMA**2 + 2 * tau**2
    assert np.allclose(tried.var(axis=(0, 1)), spread, rtol=5 * np.sqrt(2 / (STEPS * batch)))
    assert np.abs((tried[1:] * tried[:-1]).mean()) < 5 * spread / np.sqrt(tried[1:].size)


@pytest.mark.parametrize("settings", [
    {"noise": "none"}, {"third_factor": "baseline", "perturbation": "measured"}, {"third_factor": "baseline", "antithetic": True},
    {"form": "online", "perturbation": "measured"}, {"form": "online", "third_factor": "baseline"}])
def test_what_does_not_go_together_is_refused(settings):
    with pytest.raises(ValidationError, match="needs|has one pass|is for"):
        Trace(learning_rate=RATE, **settings)
