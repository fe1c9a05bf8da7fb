"""Weight perturbation, against the equation."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import heard, local_of

from neurosim.contract import change, credit, is_jittery, passes, presynaptic_pass
from neurosim.rules import WP
from neurosim.rules.rule import Sizes
from neurosim.sources.noise import Silent

RATE, SIGMA = 0.03, 0.05
STEPS = 3_000


def built(batch, **settings):
    return WP(learning_rate=RATE, sigma=SIGMA, **settings).build(Sizes(3, 6, 2, batch, "step", np.float64))


def signals(clean, noisy, **settings):
    batch, unseen = len(clean), np.full((1, 64), np.nan)
    post, signal = np.full((batch, 64), 9.0), np.zeros(batch)
    local = local_of(unseen, unseen, unseen, unseen)
    credit(built(batch, **settings).hidden, local, heard(clean, noisy, np.full(batch, np.nan)), post, signal)
    assert (post == 9).all()  # there is no second factor: the cell itself was perturbed
    return signal


@pytest.mark.parametrize("batch", [1, 4])
def test_the_third_factor_is_the_mean_loss_difference(batch):
    """dW = -eta (dL / sigma) (sigma Z)."""
    rng = np.random.default_rng(1)
    clean, noisy = rng.random(batch), rng.random(batch)
    wanted = -RATE * (noisy.mean() - clean.mean()) / SIGMA
    assert np.allclose(signals(clean, noisy), wanted, rtol=1e-12)
    assert np.allclose(signals(clean, noisy, scale="sigma2"), wanted / SIGMA, rtol=1e-12)


def test_eligibility_is_the_noise_of_the_same_projection():
    parts, cells = built(1), np.zeros((8, 64))
    for name in ("inputs", "recurrent", "readout"):
        jitter = parts.jitter(name, cells)
        eligibility = parts.eligibility(name, cells, jitter)
        jitter.noise[2, 3] = 0.7
        assert is_jittery(jitter) and jitter.sigma == SIGMA and jitter.noise.shape == cells.shape
        assert change(eligibility, 2, 3, np.float64(0), np.float64(0), np.float64(-2)) == -1.4
    assert parts.jitter("inputs", cells).noise is not parts.jitter("recurrent", cells).noise


def test_expected_request_is_the_negative_gradient():
    """3000 steps of one linear layer W x (3 x 4), scale sigma2: within 5 sigma in every cell, cosine above 0.99.

    L = |W x|^2 / 3, the loss of the perturbed pass that of W + noise.
    """
    rng = np.random.default_rng(2)
    w, x = rng.standard_normal((3, 4)), rng.standard_normal(4)
    rule = built(1, scale="sigma2").hidden
    local, post, signal = local_of(*[np.zeros((1, 64))] * 4), np.zeros((1, 64)), np.zeros(1)
    clean, requests = np.array([((w @ x) ** 2).mean()]), np.zeros((STEPS, 3, 4))
    for request in requests:
        noise = SIGMA * rng.standard_normal((3, 4))
        credit(rule, local, heard(clean, np.array([(((w + noise) @ x) ** 2).mean()]), clean), post, signal)
        request[...] = signal[0] * noise
    found, wanted = requests.mean(0), -RATE * 2 / 3 * np.outer(w @ x, x)
    assert (np.abs(found - wanted) < 5 * requests.std(0) / np.sqrt(STEPS)).all()
    assert (found * wanted).sum() > 0.99 * np.linalg.norm(found) * np.linalg.norm(wanted)


def test_it_needs_two_passes_and_perturbs_no_population():
    parts = built(2)
    assert passes(parts.hidden) == passes(parts.output) == 2 and parts.broadcasts == 1
    assert isinstance(parts.source("hidden", 6), Silent) and presynaptic_pass(parts.hidden) == 0
