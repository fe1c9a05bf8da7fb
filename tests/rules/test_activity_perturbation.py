"""Activity-based node perturbation, against the equation."""
from __future__ import annotations

import itertools

import numpy as np
import pytest
from assemble import heard, local_of

from neurosim.contract import credit, gauge, passes, presynaptic_pass
from neurosim.rules import ANP
from neurosim.rules.rule import Sizes

RATE, INPUTS, HIDDEN, OUTPUTS = 0.03, 3, 6, 2
SAMPLES = 1_000
OPTIONS = [dict(zip(("norm", "scale", "loss"), values, strict=True))
           for values in itertools.product(("layer", "network"), ("sqrtN", "N", "n_layer"), ("batch", "sample"))]


def built(batch, update="step", **settings):
    return ANP(learning_rate=RATE, **settings).build(Sizes(INPUTS, HIDDEN, OUTPUTS, batch, update, np.float64))


def seen(clean, noisy):
    """What a population knows; injected noise and error are nonsense on purpose."""
    arrays = []
    for potential in (clean, noisy):
        arrays.append(np.zeros((len(potential), 64)))
        arrays[-1][:, :potential.shape[1]] = potential
    return local_of(*arrays, np.full_like(arrays[0], np.nan), np.full_like(arrays[0], np.nan))


def requests(hidden, output, losses, update="step", **settings):
    """Second factor times third of both populations, each (batch, n), in the order of the loop."""
    parts, (clean, noisy) = built(len(losses[0]), update, **settings), losses
    square = np.zeros((2, len(clean)))
    for k, (rule, local) in enumerate(((parts.hidden, seen(*hidden)), (parts.output, seen(*output)))):
        gauge(rule, local, square[k])
    found = []
    for rule, local, n in ((parts.hidden, seen(*hidden), HIDDEN), (parts.output, seen(*output), OUTPUTS)):
        post, signal = np.zeros((len(clean), 64)), np.zeros(len(clean))
        credit(rule, local, heard(clean, noisy, square), post, signal)
        assert (post[:, n:] == 0).all()
        found.append(signal[:, None] * post[:, :n])
    return found


def literal(hidden, output, losses, update, norm, scale, loss):
    """-eta scale dL a / |a|^2 with every choice spelt out: mean over samples online, the authors' sum in a sequence."""
    differences, batch = [noisy - clean for clean, noisy in (hidden, output)], len(losses[0])
    found = []
    for a in differences:
        n = {"sqrtN": np.sqrt(INPUTS + HIDDEN + OUTPUTS), "N": HIDDEN + OUTPUTS, "n_layer": a.shape[1]}[scale]
        normed = differences if norm == "network" else [a]
        squares = sum((d**2).sum(1) for d in normed)
        delta = losses[1] - losses[0]
        if loss == "batch":
            squares, delta = np.full(batch, squares.sum()), np.full(batch, delta.mean())
        share = 1 if loss == "batch" and update == "sequence" else 1 / batch
        found.append(-RATE * share * n * (delta / squares)[:, None] * a)
    return found


def draw(batch, seed=1):
    rng = np.random.default_rng(seed)
    hidden, output = (tuple(rng.standard_normal((2, batch, n))) for n in (HIDDEN, OUTPUTS))
    return hidden, output, tuple(rng.random((2, batch)))


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("update", ["step", "sequence"])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o.values()))
def test_every_choice_is_the_equation_literally(options, update, batch):
    arrays = draw(batch)
    for found, wanted in zip(
            requests(*arrays, update=update, **options), literal(*arrays, update=update, **options), strict=True):
        assert np.allclose(found, wanted, rtol=1e-12, atol=0)


def test_defaults_are_the_choices_of_the_authors_code():
    rule = ANP(learning_rate=RATE)
    assert (rule.norm, rule.scale, rule.loss, rule.pre, rule.sigma) == ("layer", "sqrtN", "batch", "clean", 1e-3)


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o.values()))
def test_no_difference_in_activity_asks_for_nothing(options):
    """Zero over zero is zero, also if the losses differ."""
    (h, _), (y, _), losses = draw(4)
    assert all((r == 0).all() for r in requests((h, h), (y, y), losses, **options))


def test_one_still_sample_among_others_asks_for_nothing_and_spoils_nothing():
    hidden, output, losses = draw(3)
    hidden[1][1], output[1][1] = hidden[0][1], output[0][1]
    found = requests(hidden, output, losses, loss="sample")
    assert all((r[1] == 0).all() and (r[[0, 2]] != 0).all() for r in found)


@pytest.mark.parametrize("norm", ["layer", "network"])
def test_size_of_the_perturbation_cancels(norm):
    """Half the difference in activity and in loss: the same request."""
    (h, _), (y, _), (clean, _) = draw(4)
    (_, dh), (_, dy), (_, dl) = draw(4, seed=2)
    whole, half = (
        requests((h, h + s * dh), (y, y + s * dy), (clean, clean + s * dl), norm=norm) for s in (1.0, 0.5))
    assert all(np.allclose(a, b, rtol=1e-9) for a, b in zip(whole, half, strict=True))


def test_one_output_and_one_sample_get_the_exact_gradient():
    """dL a / a^2 = dL / a: with a single unit there is nothing to estimate."""
    parts = ANP(learning_rate=RATE, scale="n_layer").build(Sizes(INPUTS, HIDDEN, 1, 1, "step", np.float64))
    post, signal = np.zeros((1, 64)), np.zeros(1)
    clean, noisy, y, a, t = np.array([0.0]), np.array([0.0]), 0.3, 1e-6, 0.8
    clean[0], noisy[0] = (y - t) ** 2, (y + a - t) ** 2
    local = seen(np.array([[y]]), np.array([[y + a]]))
    square = np.zeros((2, 1))
    gauge(parts.output, local, square[1])
    credit(parts.output, local, heard(clean, noisy, square), post, signal)
    assert signal[0] * post[0, 0] == pytest.approx(-RATE * 2 * (y - t), rel=1e-5)


def test_expected_request_is_the_negative_gradient():
    """1000 samples of one linear layer of six units, scale n_layer: within 5 sigma in every unit, cosine above 0.99.

    L = |h|^2 / n; noise 1e-4, so that the difference is isotropic and the loss linear.
    """
    rng = np.random.default_rng(3)
    h = np.tile(rng.standard_normal(HIDDEN), (SAMPLES, 1))
    noisy, quiet = h + 1e-4 * rng.standard_normal(h.shape), np.zeros((SAMPLES, OUTPUTS))
    losses = (h**2).mean(1), (noisy**2).mean(1)
    found = SAMPLES * requests((h, noisy), (quiet, quiet), losses, scale="n_layer", loss="sample")[0]
    wanted = -RATE * 2 * h[0] / HIDDEN
    assert (np.abs(found.mean(0) - wanted) < 5 * found.std(0) / np.sqrt(SAMPLES)).all()
    assert found.mean(0) @ wanted > 0.99 * np.linalg.norm(found.mean(0)) * np.linalg.norm(wanted)


@pytest.mark.parametrize("norm", ["layer", "network"])
def test_the_squared_difference_is_measured_by_the_population(norm):
    square = np.full(4, np.nan)
    hidden, _, _ = draw(4)
    gauge(built(4, norm=norm).hidden, seen(*hidden), square)
    assert np.allclose(square, ((hidden[1] - hidden[0]) ** 2).sum(1), rtol=1e-13)


def test_broadcasts_are_counted():
    """The loss difference and the squared difference, of the layer or of the network: no neuron knows either by itself."""
    assert built(1).broadcasts == 2 and built(1, norm="network").broadcasts == 2


def test_presynaptic_factor_is_of_the_pass_asked_for():
    assert [presynaptic_pass(built(1, pre=pre).hidden) for pre in ("clean", "noisy")] == [0, 1]
    assert [presynaptic_pass(built(1, pre=pre).output) for pre in ("clean", "noisy")] == [0, 1]
    assert passes(built(1).hidden) == 2
