"""Every rule that perturbs estimates the gradient it says: exactly, on a linear network, in plain Python.

No statistics: the perturbations are the rows of an orthogonal array of strength 3 (`signs.orthogonal_signs`), over which the
mean of every product of up to three of them is what it is for independent noise of mean 0.  In a linear network an estimate is a
polynomial of degree 2 or 3 in the perturbations, so its mean over the array is its expectation; what is left is of relative order
sigma^2 for rules whose estimate has higher degrees, and rounding.  The rules' own random sources, and what only a large sample can
show, are in test_estimators_slow.py.
"""
from __future__ import annotations

import itertools

import numpy as np
import pytest
from signs import orthogonal_signs, trace_variance

from neurosim.rules import ANP, NP, SANP, SANPCV, WP, Trace, WPTrial
from neurosim.rules.rule import still
from neurosim.selftest import linear_network as linear
from neurosim.selftest.linear_network import estimate, gradient, one_step
from neurosim.sources.jitter import HeldNoise, RecordedWeights
from neurosim.sources.noise import Antithetic, Recorded
from neurosim.storage import zeros
from neurosim.synapses.layout import arrange

SIGMA = 1e-4
N, N_IN, N_OUT, STEPS = 3, 2, 2, 3
RUNS = 32  # of the array for (N + N_OUT) * STEPS = 15 signs


@pytest.fixture(scope="module")
def case():
    """One sample; steps of different weight."""
    return linear.case(N, STEPS, 1, N_IN, N_OUT, seed=3, weight=[0.5, 1.0, 2.0])


def neuron_signs(steps=STEPS, trials=1):
    """A source that gives every run of the array to a copy of the sample, in every trial."""
    signs = orthogonal_signs(steps * (N + N_OUT)).reshape(-1, steps, N + N_OUT).swapaxes(0, 1)
    draws = {"hidden": np.tile(signs[:, :, :N], (trials, 1, 1)), "output": np.tile(signs[:, :, N:], (trials, 1, 1))}

    def source(name, own):
        if type(own).__name__ == "Silent":
            return own
        recorded = Recorded(SIGMA, np.ascontiguousarray(draws[name]))
        return Antithetic(recorded) if isinstance(own, Antithetic) else recorded

    return source


def expected(rule, case, **options):
    """The mean update over the array, learning rate 1."""
    return estimate(rule, case, 1, copies=RUNS, source=neuron_signs(len(case.x)), plain=True, **options).mean


def check(update, wanted, tolerance=1e-6, names=("recurrent", "inputs", "readout")):
    """The update is minus the gradient, within `tolerance` of its largest element."""
    for name in names:
        np.testing.assert_allclose(update[name], -wanted[name], rtol=0, atol=tolerance * np.abs(wanted[name]).max(), err_msg=name)


# ---- the yardstick itself ------------------------------------------------------------------------------------------
def loss(weights, c):
    """L."""
    return float((c.weight * np.square(linear.forward(weights, c)[1] - c.target).mean(axis=(1, 2))).sum())


@pytest.mark.parametrize("name", linear.NAMES)
def test_the_closed_form_is_the_slope_of_the_loss(case, name):
    weights, slope = case.chip.weights(), gradient(case)[name]
    for i, j in np.ndindex(*slope.shape):
        ends = []
        for step in (1e-5, -1e-5):
            moved = weights[name].copy()
            moved[i, j] += step
            ends.append(loss({**weights, name: moved}, case))
        assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(slope[i, j], abs=1e-8)


@pytest.mark.parametrize("factors", [3, 8, 15])
def test_products_of_up_to_three_signs_average_to_what_independent_ones_do(factors):
    signs = orthogonal_signs(factors)
    assert (signs.mean(axis=0) == 0).all() and (signs.T @ signs == len(signs) * np.eye(factors)).all()
    assert (np.einsum("ra,rb,rc->abc", signs, signs, signs) == 0).all()


# ---- credit through time -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("rule", "tolerance"), [
    (Trace(learning_rate=1.0, sigma=SIGMA), 1e-9),
    (Trace(learning_rate=1.0, sigma=SIGMA, third_factor="loss"), 1e-9),
    (Trace(learning_rate=1.0, sigma=SIGMA, third_factor="baseline"), 1e-6),
    (Trace(learning_rate=1.0, sigma=SIGMA, antithetic=True), 1e-6),
    (Trace(learning_rate=1.0, sigma=SIGMA, antithetic=True, third_factor="loss"), 1e-6),
    (Trace(learning_rate=1.0, sigma=SIGMA, perturbation="measured"), 1e-9),
    (SANPCV(learning_rate=1.0, sigma=SIGMA, kappa=1.0), 1e-9),
    (SANPCV(learning_rate=1.0, sigma=SIGMA, kappa=1.0, perturbation="measured"), 1e-9),
], ids=["error", "loss", "baseline", "antithetic error", "antithetic loss", "measured", "sanp-cv", "sanp-cv measured"])
def test_the_mean_update_is_the_gradient_through_all_of_the_trial(case, rule, tolerance):
    check(expected(rule, case), gradient(case), tolerance)


@pytest.mark.parametrize("decay", [0.0, 0.6])
def test_a_trace_that_decays_gives_credit_that_decays(case, decay):
    check(expected(Trace(learning_rate=1.0, sigma=SIGMA, decay=decay), case), gradient(case, decay ** np.arange(STEPS)), 1e-9)


@pytest.mark.parametrize("lags", [None, 2])
@pytest.mark.parametrize("perturbation", ["injected", "measured"])
def test_the_control_variate_removes_the_bias_of_any_sensitivities(case, lags, perturbation):
    def mislead(parts):
        parts.hidden.sensitivity[:, :, :N] = np.random.Generator(np.random.Philox(key=5)).standard_normal(
            (lags or STEPS, N_OUT, N))

    rule = SANPCV(learning_rate=1.0, sigma=SIGMA, kappa=1.0, beta=0.0, lags=lags, perturbation=perturbation)
    check(expected(rule, case, prepare=mislead), gradient(case), 1e-9)


def test_sensitivities_that_change_from_trial_to_trial_leave_the_estimate_unbiased(case):
    """Those of a trial were learned before it, so they do not know its perturbations."""
    rule = SANPCV(learning_rate=1.0, sigma=SIGMA, kappa=1.0, beta=0.5)
    learned = estimate(rule, case, 3, copies=RUNS, source=neuron_signs(trials=3), plain=True)
    check(learned.mean, gradient(case), 1e-9)
    assert np.abs(learned.parts.hidden.sensitivity[:, :, :N]).min() > 0


def test_true_sensitivities_give_the_gradient_without_any_correction(case):
    weights = case.chip.weights()

    def teach(parts):
        for k in range(STEPS):
            parts.hidden.sensitivity[k, :, :N] = weights["readout"] @ np.linalg.matrix_power(weights["recurrent"], k)

    learned = estimate(
        SANP(learning_rate=1.0, sigma=SIGMA, beta=0.5), case, 2, copies=RUNS, source=neuron_signs(trials=2), prepare=teach, plain=True)
    check(learned.mean, gradient(case), 1e-9)


def test_the_form_with_a_trace_in_every_synapse_is_the_same_estimate(case):
    """A synapse has one trace for the whole batch, so the runs of the array are trials, none of which may see the trace of another."""
    signs = orthogonal_signs(STEPS * (N + N_OUT)).reshape(-1, N + N_OUT)[:, None, :N]
    rule = Trace(learning_rate=1.0, sigma=SIGMA, form="online")
    online = estimate(rule, case, RUNS, source=lambda name, own: Recorded(SIGMA, signs) if name == "hidden" else own, plain=True)
    check(online.mean, gradient(case), 1e-9)


def test_the_variance_is_that_of_a_quadratic_form_in_the_signs():
    """Over all signs there are, each in a trial of its own."""
    case = linear.case(2, STEPS, 1, N_IN, N_OUT, seed=3)
    every = np.array(list(itertools.product((-1.0, 1.0), repeat=2 * STEPS))).reshape(-1, 1, 2)
    found = estimate(Trace(learning_rate=1.0, sigma=SIGMA), case, len(every) // STEPS, plain=True,
                     source=lambda name, own: Recorded(SIGMA, every) if name == "hidden" else own)
    for name, variance in trace_variance(case).items():
        np.testing.assert_allclose(found.variance[name], variance[0], rtol=1e-7, atol=1e-9 * variance.max())


def test_weights_that_are_perturbed_for_a_whole_trial_estimate_the_gradient(case):
    columns = dict(zip(("inputs", "recurrent"), np.split(orthogonal_signs(N * (N_IN + N)), [N * N_IN], axis=1), strict=True))
    shape = {"inputs": (N, N_IN), "recurrent": (N, N)}

    def jitter(name, cells):
        if name == "readout":
            return still(name, cells)
        matrices = [arrange(case.chip.arrays[name].synapses, SIGMA * row.reshape(shape[name]), np.float64) for row in columns[name]]
        return HeldNoise(SIGMA, 10**9, np.array(matrices), zeros(cells.shape[1], np.float64))  # never drawn anew

    rule = WPTrial(learning_rate=1.0, sigma=SIGMA)
    check(estimate(rule, case, 1, copies=RUNS, jitter=jitter, first_step=1, plain=True).mean, gradient(case), 1e-6)


# ---- one step of credit --------------------------------------------------------------------------------------------
def test_node_perturbation_estimates_the_gradient_of_every_step_by_itself(case):
    """Its noise is fresh at every step and its loss is that of the step: the target is the gradient with horizon 1."""
    check(expected(NP(learning_rate=1.0, sigma=SIGMA, scale="sigma2", loss="sample"), case), gradient(case, one_step(case)), 1e-6)


def test_node_perturbation_as_the_authors_scale_it_is_sigma_times_that(case):
    wanted = {name: SIGMA * g for name, g in gradient(case, one_step(case)).items()}
    check(expected(NP(learning_rate=1.0, sigma=SIGMA, loss="sample"), case), wanted, 1e-6)


def test_activity_perturbation_is_unbiased_while_its_differences_are_equally_large_everywhere():
    """In the first step of a trial the difference is the injected noise alone; later it has inherited some (see the slow tests)."""
    case = linear.case(N, 1, 1, N_IN, N_OUT, seed=3)
    signs = orthogonal_signs(N + N_OUT)[None]
    draws = {"hidden": np.ascontiguousarray(signs[:, :, :N]), "output": np.ascontiguousarray(signs[:, :, N:])}
    rule = ANP(learning_rate=1.0, sigma=SIGMA, scale="n_layer", loss="sample")
    update = estimate(rule, case, 1, copies=signs.shape[1], source=lambda name, own: Recorded(SIGMA, draws[name]), plain=True)
    check(update.mean, gradient(case, one_step(case)), 1e-6, names=("recurrent", "inputs"))


def test_weight_perturbation_estimates_the_gradient_of_every_step_by_itself(case):
    """Fresh noise at every step, so the target is the gradient with horizon 1."""
    names, shapes = ("inputs", "recurrent", "readout"), {"inputs": (N, N_IN), "recurrent": (N, N), "readout": (N_OUT, N)}
    sizes = [int(np.prod(shapes[name])) for name in names]
    signs = orthogonal_signs(STEPS * sum(sizes)).reshape(-1, sum(sizes))
    columns = dict(zip(names, np.split(signs, np.cumsum(sizes)[:-1], axis=1), strict=True))

    def jitter(name, cells):
        draws = [arrange(case.chip.arrays[name].synapses, row.reshape(shapes[name]), np.float64) for row in columns[name]]
        return RecordedWeights(SIGMA, zeros(cells.shape, np.float64), np.array(draws))

    rule = WP(learning_rate=1.0, sigma=SIGMA, scale="sigma2")
    check(estimate(rule, case, len(signs) // STEPS, jitter=jitter, plain=True).mean, gradient(case, one_step(case)), 1e-6)


