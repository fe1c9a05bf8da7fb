"""Node perturbation, against the equation."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import heard, local_of

from neurosim.contract import credit, passes, presynaptic_pass
from neurosim.rules import NP
from neurosim.rules.rule import Sizes

RATE, SIGMA, N = 0.03, 0.05, 6
SAMPLES = 4_000


def request(injected, clean, noisy, update="step", **settings):
    """Second factor times third, (batch, n); other arrays of the neuron are nonsense on purpose."""
    batch = len(clean)
    rule = NP(learning_rate=RATE, sigma=SIGMA, **settings).build(Sizes(3, N, 2, batch, update, np.float64)).hidden
    array = np.zeros((batch, 64))
    array[:, :N] = injected
    nonsense = np.full((batch, 64), np.nan)
    post, signal = np.zeros((batch, 64)), np.zeros(batch)
    broadcast = heard(clean, noisy, np.full(batch, np.nan))
    credit(rule, local_of(nonsense, nonsense, array, nonsense), broadcast, post, signal)
    assert (post[:, N:] == 0).all()
    return signal[:, None] * post[:, :N]


def draw(batch):
    rng = np.random.default_rng(1)
    injected, x = SIGMA * rng.standard_normal((batch, N)), rng.standard_normal((batch, 4))
    return injected, rng.random(batch), rng.random(batch), x


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("update", ["step", "sequence"])
def test_one_scalar_for_the_batch_as_the_authors_have_it(batch, update):
    """dW = -eta (dL / sigma) (sigma z)^T x, dL = mean(L_noisy) - mean(L_clean)."""
    injected, clean, noisy, x = draw(batch)
    wanted = -RATE * (noisy.mean() - clean.mean()) / SIGMA * injected.T @ x
    assert np.allclose(request(injected, clean, noisy, update).T @ x, wanted, rtol=1e-12)


@pytest.mark.parametrize("batch", [1, 4])
def test_one_scalar_per_sample(batch):
    """dW = -eta mean_b (dL_b / sigma) (sigma z_b) x_b^T."""
    injected, clean, noisy, x = draw(batch)
    wanted = -RATE / SIGMA * ((noisy - clean)[:, None] * injected).T @ x / batch
    assert np.allclose(request(injected, clean, noisy, loss="sample").T @ x, wanted, rtol=1e-12)


@pytest.mark.parametrize("loss", ["batch", "sample"])
def test_dividing_twice_by_sigma_is_only_a_rate(loss):
    arrays = draw(4)[:3]
    once, twice = request(*arrays, loss=loss), request(*arrays, loss=loss, scale="sigma2")
    assert np.allclose(twice, once / SIGMA, rtol=1e-12)


def test_expected_request_is_the_negative_gradient():
    """4000 samples of one linear layer of six units, scale sigma2: within 5 sigma in every unit, cosine above 0.99.

    L = |h - t|^2 / n; the request of one sample has variance about |gradient|^2 per unit.
    """
    rng = np.random.default_rng(2)
    h, noise = rng.standard_normal(N), SIGMA * rng.standard_normal((SAMPLES, N))
    clean, noisy = np.full(SAMPLES, (h**2).mean()), ((h + noise) ** 2).mean(1)
    requests = SAMPLES * request(noise, clean, noisy, loss="sample", scale="sigma2")
    found, wanted = requests.mean(0), -RATE * 2 * h / N
    assert (np.abs(found - wanted) < 5 * requests.std(0) / np.sqrt(SAMPLES)).all()
    assert found @ wanted > 0.99 * np.linalg.norm(found) * np.linalg.norm(wanted)


def test_presynaptic_factor_is_of_the_pass_asked_for():
    sizes = Sizes(3, N, 2, 1, "step", np.float64)
    rules = [NP(learning_rate=RATE, pre=pre).build(sizes) for pre in ("clean", "noisy")]
    assert [presynaptic_pass(parts.hidden) for parts in rules] == [0, 1]
    assert [presynaptic_pass(parts.output) for parts in rules] == [0, 1]


def test_it_needs_two_passes_one_broadcast_and_the_noise_in_both_populations():
    parts = NP(learning_rate=RATE, sigma=SIGMA).build(Sizes(3, N, 2, 4, "step", np.float64))
    assert passes(parts.hidden) == passes(parts.output) == 2 and parts.broadcasts == 1
    assert [parts.source(name, n).n for name, n in (("hidden", N), ("output", 2))] == [N, 2]
