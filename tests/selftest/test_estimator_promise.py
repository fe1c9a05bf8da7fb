"""Mean and variance of gradient estimates: the promise, that the closed forms are exact, and that a wrong rule is found."""
from __future__ import annotations

import itertools

import numpy as np
import pytest

from neurosim.rules import ANP, NP, WP
from neurosim.selftest import estimators
from neurosim.selftest.estimator_theory import VARIANCES, Spread, activity_target, mixing, shares, sixth, weight_variance
from neurosim.selftest.estimators import RULES, Amount, growth, judged, single_steps
from neurosim.selftest.linear_network import case, gradient

SIGMA = 0.4


def test_means_and_variances_are_those_of_theory(tmp_path):
    outcome = estimators.check("short", 1, tmp_path)
    assert outcome.is_kept and outcome.checked == 3 * 6, outcome.failures


# ---- wrong rules ---------------------------------------------------------------------------------------------------
@pytest.fixture
def few(monkeypatch):
    monkeypatch.setitem(estimators.AMOUNT, "short", Amount(1500, 500, 1))


@pytest.mark.parametrize(("name", "rule"), [
    ("np", lambda sigma, readout: NP(learning_rate=1.0, sigma=sigma, scale="sigma", loss="sample", readout=readout)),
    ("wp", lambda sigma, readout: WP(learning_rate=1.0, sigma=sigma, scale="sigma", readout=readout)),
    ("anp", lambda sigma, readout: ANP(learning_rate=1.0, sigma=sigma, scale="sqrtN", loss="sample", readout=readout)),
    ("anp", lambda sigma, readout: ANP(learning_rate=1.0, sigma=sigma, scale="n_layer", loss="batch", readout=readout))])
def test_a_wrong_factor_is_found(few, tmp_path, name, rule):
    told = " ".join(estimators.check("short", 1, tmp_path, {name: rule}).failures)
    assert f"{name}, one step: an element of inputs is" in told and f"{name}, 8 neurons: the variance is" in told


def test_a_rule_that_forgets_the_loss_of_the_clean_pass_is_found(few, tmp_path, monkeypatch):
    """Its mean is the same."""
    true = estimators.credit

    def credit(rule, local, broadcast, post, signal):
        true(rule, local, broadcast._replace(reference=np.zeros_like(broadcast.reference)), post, signal)

    monkeypatch.setattr(estimators, "credit", credit)
    told = " ".join(estimators.check("short", 1, tmp_path, {"np": RULES["np"]}).failures)
    assert all(f"np, {n} neurons: the variance is" in told for n in estimators.SIZES) and "an element of" not in told


def test_a_theory_of_other_growth_is_found(few, tmp_path, monkeypatch):
    def quadratic(c, sigma):
        true = weight_variance(c, sigma)
        return true._replace(variance=true.variance * c.chip.network.hidden / 8)

    monkeypatch.setitem(VARIANCES, "wp", quadratic)
    told = " ".join(estimators.check("short", 1, tmp_path, {"wp": RULES["wp"]}).failures)
    assert "wp, 32 neurons: the variance is" in told and "wp, 8 neurons" not in told and "wp: the variance grows as N^" in told


def test_a_direction_and_a_matrix_without_gradient_are_looked_at():
    slope, still = np.array([[1.0, 0.0]]), np.zeros((1, 2))
    wanted, error = {"inputs": slope, "recurrent": still}, {"inputs": slope + 1, "recurrent": still}
    assert judged("a", {"inputs": -slope, "recurrent": still}, error, wanted) == (1.0, [])
    assert "cosine 0.7071" in judged("a", {"inputs": -slope - [[0.0, 1.0]], "recurrent": still}, error, wanted).failures[0]
    changed = judged("a", {"inputs": -slope, "recurrent": still + 1}, error, wanted)
    assert changed.failures == ["a: recurrent has no gradient, and is changed"]


@pytest.mark.parametrize(("exponent", "noise", "is_exact", "is_found"), [
    (1.0, 1e-3, True, False), (1.06, 1e-3, True, True), (1.06, 0.1, True, True), (1.06, 0.1, False, False), (1.06, 1e-3, False, True)])
def test_the_slope_is_held_to_chance_and_where_the_sample_is_large_to_five_percent(exponent, noise, is_exact, is_found):
    scatter = [(n**exponent * (1 + noise * np.array([-1.0, 1.0, -1.0, 1.0])), Spread(float(n), 1.0)) for n in estimators.SIZES]
    found = growth("np", scatter, is_exact)
    assert bool(found.failures) == is_found and found.value == pytest.approx(exponent - 1, abs=1e-3)


# ---- closed forms ----------------------------------------------------------------------------------------------------
class Points:
    """In the place of a generator: points over which means of polynomials are exact."""

    def __init__(self, points):
        self.points = points

    def standard_normal(self, shape):
        return self.points.reshape(shape)


def gauss_hermite(n):
    """Points and weights: means of polynomials of up to the seventh degree in each of n independent normals."""
    x, w = np.polynomial.hermite_e.hermegauss(4)
    points = np.array(list(itertools.product(range(4), repeat=n)))
    return x[points], (w[points] / w.sum()).prod(axis=1)


def circle():
    """The same for directions in the plane, all of length sqrt(2), which the variance of ANP asks no more of."""
    angles = 2 * np.pi * np.arange(8) / 8
    return np.sqrt(2) * np.column_stack([np.cos(angles), np.sin(angles)]), np.full(8, 1 / 8)


@pytest.mark.parametrize(("name", "points"), [("np", gauss_hermite(2)), ("wp", gauss_hermite(4)), ("anp", circle())])
def test_mean_and_variance_are_exact_for_any_sigma(name, points):
    shown = case(2, 1, 1, 2, 3, seed=5, weight=[0.7])
    nodes, weights = points
    asked = single_steps(RULES[name](SIGMA, "delta"), shown, len(nodes), Points(nodes))
    slope = gradient(shown)["inputs"]
    np.testing.assert_allclose(np.einsum("k,kij->ij", weights, asked), -slope, rtol=1e-11)
    variance = np.einsum("k,kij->", weights, np.square(asked + slope))
    wanted = VARIANCES[name](shown, SIGMA)
    assert variance == pytest.approx(wanted.variance, rel=1e-11) and wanted.squared == pytest.approx(np.square(slope).sum(), rel=1e-11)
    assert VARIANCES[name](shown, 0.0).ratio == pytest.approx({"np": 3, "wp": 5, "anp": 1}[name], rel=1e-11)  # N + 1, N_in N + 1, N - 1
    assert variance > 1.01 * VARIANCES[name](shown, 0.0).variance


def test_samples_are_averaged():
    """Noise of one sample is independent of that of another in NP and ANP."""
    shown = case(3, 1, 2, 2, 3, seed=5)
    each = [shown._replace(x=shown.x[:, b:b + 1], target=shown.target[:, b:b + 1]) for b in range(2)]
    for name in ("np", "anp"):
        apart, both = [VARIANCES[name](one, SIGMA) for one in each], VARIANCES[name](shown, SIGMA)
        assert both.variance == pytest.approx(sum(one.variance for one in apart) / 4, rel=1e-12)
        assert both.squared == pytest.approx(sum(one.squared for one in apart) / 4, rel=1e-12)


def test_the_sixth_moment_of_a_form():
    nodes, weights = gauss_hermite(3)
    form = np.array([[2.0, 0.3, -1.0], [0.3, -0.5, 0.2], [-1.0, 0.2, 1.5]])
    values = np.einsum("ki,ij,kj->k", nodes, form, nodes)
    np.testing.assert_allclose(sixth(form), np.einsum("k,ki,k->i", weights, nodes**2, values**2), rtol=1e-11)


def test_shares_of_a_difference():
    """Of equal variances every neuron has its own; more goes to the larger one: sqrt(l_1) / (sqrt(l_1) + sqrt(l_2)) of two."""
    np.testing.assert_allclose(shares(np.eye(5)), np.eye(5), atol=1e-6)
    np.testing.assert_allclose(shares(np.diag([4.0, 1.0])), np.diag([4 / 3, 2 / 3]), atol=1e-6)
    longer = mixing(case(4, 3))
    np.testing.assert_allclose(np.trace(longer, axis1=1, axis2=2), 4, atol=1e-6)
    np.testing.assert_allclose(longer[0], np.eye(4), atol=1e-6)


def test_in_one_step_activity_perturbation_sees_the_gradient_at_hidden_neurons_alone():
    shown = case(4, 1, 2)
    seen, slope = activity_target(shown), gradient(shown)
    np.testing.assert_allclose(seen["inputs"], slope["inputs"], rtol=1e-5)
    assert np.abs(seen["readout"] / slope["readout"] - 1).max() > 0.05
