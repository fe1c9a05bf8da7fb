"""SANP and SANP-CV against a transcription of their equations, step by step, with the network simulated here as well."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim import loop
from neurosim.chip import compile_chip
from neurosim.network import Network
from neurosim.recorders.activity import Forgetful
from neurosim.rules import SANP, SANPCV, Trace
from neurosim.rules.exploring import KEEP
from neurosim.sources.noise import Recorded
from neurosim.wiring import sizes_of, wire

STEPS, BATCH, N, INPUTS, OUTPUTS, TRIALS, RATE, SIGMA = 5, 3, 6, 2, 2, 3, 0.05, 1e-3
SETTINGS = dict(learning_rate=RATE, sigma=SIGMA, beta=0.3, beta_last=0.3)


def drawn():
    """Inputs, targets and signs of all trials."""
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((TRIALS, STEPS, BATCH, INPUTS)), rng.standard_normal((TRIALS, STEPS, BATCH, OUTPUTS))
    return x, y, rng.choice([-1.0, 1.0], (TRIALS * STEPS, BATCH, N))


def chip():
    return compile_chip("ideal", Network(inputs=INPUTS, hidden=N, outputs=OUTPUTS), 3, "float64")


def simulated(rule):
    """(weights after, parts, channels of every trial, weights before)."""
    made, (x, y, signs) = chip(), drawn()
    parts = rule.build(sizes_of(made, BATCH, "sequence", STEPS, TRIALS))
    parts = parts._replace(source=lambda name, n: Recorded(SIGMA, signs) if name == "hidden" else rule.source(
        sizes_of(made, BATCH, "sequence", STEPS))(name, n))
    before, wired, channels = made.weights(), wire(made, parts, BATCH, "sequence", STEPS), []
    for k in range(TRIALS):
        loop.run(wired.network, wired.schedule, Forgetful(), wired.activity, x[k:k + 1], y[k:k + 1], np.ones((1, STEPS)),
                 np.ones(1, np.uint8), np.zeros((1, 2)), 7, k * STEPS, 1)
        channels.append(getattr(parts.hidden, "first", np.zeros(0)).copy())
    return made.weights(), parts, channels, before


def transcribed(kappa, lags, beta, channels, weights):
    """The equations of the module, trial by trial."""
    (x, y, signs), one = drawn(), channels is not None
    w_in, w_rec, w_out = (weights[name].copy() for name in ("inputs", "recurrent", "readout"))
    s, v = np.zeros((lags, OUTPUTS, N)), None
    for k in range(TRIALS):
        xi = signs[k * STEPS:(k + 1) * STEPS]
        clean, noisy, slopes, p, e, d = np.zeros((BATCH, N)), np.zeros((BATCH, N)), [], [], [], []
        entering, states = [], []
        for t in range(STEPS):
            entering.append(clean)
            clean, noisy = np.tanh(x[k, t] @ w_in.T + clean @ w_rec.T), np.tanh(x[k, t] @ w_in.T + noisy @ w_rec.T + SIGMA * xi[t])
            states.append(clean)
            slopes.append(1 - clean**2)
            p.append(slopes[-1] * xi[t])
            explained = sum(np.einsum("oi,bi->bo", s[q], p[t - q]) for q in range(min(t + 1, lags)))
            e.append(2 * (clean @ w_out.T - y[k, t]) / OUTPUTS)
            d.append((noisy - clean) @ w_out.T / SIGMA - explained)
        r = [(a * b).sum(axis=1) for a, b in zip(e, d, strict=True)]
        heard = np.ones((BATCH, OUTPUTS))
        if one:
            heard = OUTPUTS * np.eye(OUTPUTS)[channels[k]]
        credit = []
        for t in range(STEPS):
            learned = sum(np.einsum("bo,oi->bi", heard * e[t + q], s[q]) for q in range(min(STEPS - t, lags)))
            credit.append(slopes[t] * learned + kappa * xi[t] * sum(r[t:])[:, None])
        now = np.mean(np.square(p), axis=(0, 1))
        v = now if v is None else KEEP * v + (1 - KEEP) * now
        for q in range(lags):
            s[q] += beta * sum(np.einsum("bo,bi->oi", heard * d[t], p[t - q]) for t in range(q, STEPS)) / (STEPS * BATCH) / v
        w_in -= RATE / BATCH * sum(a.T @ u for a, u in zip(credit, x[k], strict=True))
        w_rec -= RATE / BATCH * sum(a.T @ z for a, z in zip(credit, entering, strict=True))
        w_out -= RATE / BATCH * sum(err.T @ z for err, z in zip(e, states, strict=True))
    return {"inputs": w_in, "recurrent": w_rec, "readout": w_out}, s


@pytest.mark.parametrize("rule", [
    SANP(**SETTINGS), SANPCV(kappa=0.3, **SETTINGS), SANPCV(kappa=1.0, lags=2, **SETTINGS), SANPCV(kappa=0.3, channels="one", **SETTINGS)],
    ids=["sanp", "sanp-cv", "two lags", "one channel"])
def test_three_trials_are_the_equations(rule):
    after, parts, channels, before = simulated(rule)
    wanted, sensitivities = transcribed(
        rule.correction, rule.lags or STEPS, 0.3, channels if rule.channels == "one" else None, before)
    for name, found in after.items():
        if name in wanted:
            assert np.allclose(found, wanted[name], rtol=0, atol=1e-9 * np.abs(wanted[name] - before[name]).max()), name
    assert np.allclose(parts.hidden.sensitivity[:, :, :N], sensitivities, rtol=0, atol=1e-9 * np.abs(sensitivities).max())


def test_without_sensitivities_it_is_the_trace_rule_with_the_error_as_third_factor():
    ours, *_ = simulated(SANPCV(learning_rate=RATE, sigma=SIGMA, kappa=1.0, beta=0.0, beta_last=0.0))
    trace, *_ = simulated(Trace(learning_rate=RATE, sigma=SIGMA))
    assert all(np.allclose(ours[name], trace[name], rtol=0, atol=1e-11) for name in ("inputs", "recurrent", "readout"))


def test_every_sample_draws_one_channel_per_trial_and_all_are_drawn():
    """8 trials of 3 samples would miss one of two channels with probability 1e-7."""
    channels = [simulated(SANPCV(channels="one", **SETTINGS))[2] for _ in range(2)]
    assert all((a == b).all() for a, b in zip(*channels, strict=True))
    assert set(np.concatenate(channels[0])) == {0, 1} and any((a != channels[0][0]).any() for a in channels[0])


def test_the_rate_of_the_sensitivities_falls_with_the_rates():
    sizes = sizes_of(chip(), BATCH, "sequence", STEPS, 4, "linear")
    assert np.allclose(SANP(learning_rate=RATE, beta=0.2, beta_last=0.04).build(sizes).hidden.beta, [0.2, 0.16, 0.12, 0.08])
