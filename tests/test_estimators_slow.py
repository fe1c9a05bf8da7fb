"""What only a large sample shows: the rules with their own random sources estimate the gradient they say, and how noisily.

The network is linear, so the target is known in closed form (`linear_network.gradient`).  Every estimate has to point along it (cosine
at least 0.99) and every single element has to be within five standard errors of it: that also holds the scale to 1.
"""
from __future__ import annotations

import os

import numpy as np
import pytest
from signs import trace_variance

from neurosim.diagnostics import cosine
from neurosim.neurons.imperfect import Noisy
from neurosim.neurons.tanh import Linear
from neurosim.rules import ANP, NP, OUA, SANPCV, WP, Trace, WPTrial
from neurosim.selftest import linear_network as linear
from neurosim.selftest.estimator_theory import mixing
from neurosim.selftest.linear_network import estimate, gradient, one_step
from neurosim.storage import zeros

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("NEUROSIM_PYTHON") == "1", reason="samples of this size need the compiled loop")]

SIGMA = 1e-2
ALONE = ("recurrent", "inputs")
BASELINE = "trace, baseline"
FULL = {
    "trace, error": Trace(learning_rate=1.0, sigma=SIGMA),
    "trace, loss": Trace(learning_rate=1.0, sigma=SIGMA, third_factor="loss"),
    BASELINE: Trace(learning_rate=1.0, sigma=SIGMA, third_factor="baseline"),
    "trace, measured": Trace(learning_rate=1.0, sigma=SIGMA, perturbation="measured"),
    "trace, antithetic": Trace(learning_rate=1.0, sigma=SIGMA, antithetic=True),
    "trace, antithetic, loss": Trace(learning_rate=1.0, sigma=SIGMA, antithetic=True, third_factor="loss"),
    "trace, a quarter of the neurons": Trace(learning_rate=1.0, sigma=SIGMA, subset=0.25),
    "trace, gaussian": Trace(learning_rate=1.0, sigma=SIGMA, noise="gaussian"),
    "trace, gaussian, measured": Trace(learning_rate=1.0, sigma=SIGMA, noise="gaussian", perturbation="measured"),
    "sanp-cv, beta 0.1": SANPCV(learning_rate=1.0, sigma=SIGMA, kappa=1.0),
    "sanp-cv, beta 0": SANPCV(learning_rate=1.0, sigma=SIGMA, kappa=1.0, beta=0.0),
    "sanp-cv, one channel": SANPCV(learning_rate=1.0, sigma=SIGMA, kappa=1.0, beta=0.01, channels="one"),
    "sanp-cv, two lags": SANPCV(learning_rate=1.0, sigma=SIGMA, kappa=1.0, lags=2),
    "sanp-cv, measured": SANPCV(learning_rate=1.0, sigma=SIGMA, kappa=1.0, perturbation="measured"),
    "sanp-cv, a quarter of the neurons": SANPCV(learning_rate=1.0, sigma=SIGMA, kappa=1.0, subset=0.25),
    "wp per trial": WPTrial(learning_rate=1.0, sigma=SIGMA),
}
ONE_STEP = {
    "np, per sample": NP(learning_rate=1.0, sigma=SIGMA, scale="sigma2", loss="sample"),
    "np, per batch": NP(learning_rate=1.0, sigma=SIGMA, scale="sigma2"),
    "wp": WP(learning_rate=1.0, sigma=SIGMA, scale="sigma2"),
}
TRIALS = 100_000


@pytest.fixture(scope="module")
def case():
    """N = 4, T = 4, two samples; steps of different weight."""
    return linear.case(4, 4, 2, seed=3, weight=[0.5, 1.0, 2.0, 1.0])


def judge(label, found, wanted, names=("recurrent", "inputs", "readout"), errors=5.0):
    """Print and hold the cosine and the distance in standard errors of every matrix."""
    for name in names:
        along = cosine(found.mean[name], -wanted[name])
        scale = -np.vdot(found.mean[name], wanted[name]) / np.vdot(wanted[name], wanted[name])
        bound = np.maximum(found.error[name], 1e-9 * np.abs(wanted[name]).max())
        away = np.abs(found.mean[name] + wanted[name]) / bound
        print(f"{label:34s} {name:10s} cosine {along:.5f} scale {scale:.4f} furthest element {away.max():.1f} standard errors")
        assert along >= 0.99
        assert away.max() < errors


@pytest.mark.parametrize("name", FULL)
def test_rules_with_memory_estimate_the_gradient_through_all_of_the_trial(case, name):
    """A baseline is one mean loss for the whole batch, so that what sets samples apart is noise; its batch is one sample."""
    shown = case._replace(x=case.x[:, :1], target=case.target[:, :1]) if name == BASELINE else case
    judge(name, estimate(FULL[name], shown, TRIALS), gradient(shown))


@pytest.mark.parametrize("name", ONE_STEP)
def test_rules_without_memory_estimate_the_gradient_of_every_step_by_itself(case, name):
    """Fresh noise and the loss of the step: the target is the gradient with horizon 1."""
    judge(name, estimate(ONE_STEP[name], case, TRIALS), gradient(case, one_step(case)))


def test_a_trace_in_every_synapse_estimates_the_gradient(case):
    judge("trace, online", estimate(Trace(learning_rate=1.0, sigma=SIGMA, form="online"), case, TRIALS), gradient(case))


@pytest.mark.parametrize("rule", [
    Trace(learning_rate=1.0, noise="none", perturbation="measured"),
    SANPCV(learning_rate=1.0, noise="none", perturbation="measured", kappa=1.0),
], ids=["trace", "sanp-cv"])
def test_the_noise_of_the_neurons_alone_is_enough_for_a_rule_that_measures(case, rule):
    """Intrinsic noise, independent in both passes, nothing injected; the clean pass is noisy as well."""
    def noisy(width, lanes):
        return Noisy(Linear(), SIGMA, 4, zeros(lanes * width, np.float64))

    found = estimate(rule, case, TRIALS, neuron=noisy)
    judge(f"{rule.name}, intrinsic noise only", found, gradient(case), ALONE)


# ---- activity perturbation -----------------------------------------------------------------------------------------
def test_activity_perturbation_sees_the_gradient_through_the_shape_of_its_differences(case):
    """The target is `mixing` times the credit of the step, horizon 1."""
    found = estimate(ANP(learning_rate=1.0, sigma=SIGMA, scale="n_layer", loss="sample"), case, TRIALS)
    judge("anp, through its differences", found, gradient(case, one_step(case), mixing(case)), ALONE)
    plain = gradient(case, one_step(case))
    along = [cosine(found.mean[name], -plain[name]) for name in linear.NAMES]
    print("anp with the gradient itself: " + ", ".join(f"{name} {value:.4f}" for name, value in zip(linear.NAMES, along, strict=True)))
    assert 0.85 < min(along) < 0.99


# ---- how noisy -----------------------------------------------------------------------------------------------------
def test_the_variance_grows_with_neurons_times_steps():
    """Variance over squared gradient is close to (2/3) N T for the inputs of an orthogonal network with random inputs and targets.

    Every neuron and step is perturbed and all of it reaches the one scalar that multiplies every single perturbation, so the variance
    of an estimate grows with their number, N T (Werfel, Xie, Seung 2005, doi:10.1162/089976605774320539, there N without memory).
    The exact variance is `signs.trace_variance`.  Of T x T pairs of steps (t, u), weight sum_{s >= max(t, u)} 1: T^3 / 3 where
    credit does not fade, against T^2 / 2 for the squared gradient.  Fitted exponents within 0.2 of 1; variance within 5 % of the exact
    one: 5000 trials of 32 samples each.
    """
    rows = []
    for n in (4, 8, 16):
        for steps in (2, 4, 8):
            case = linear.case(n, steps, 32, n_in=4, seed=3, readout_scale=0.1, start="orthogonal")
            found, exact, squared = estimate(FULL["trace, error"], case, 5000), trace_variance(case), linear.squares(case)
            ratios = {name: 32**2 * found.variance[name].sum() / squared[name] for name in ALONE}
            for name in ALONE:
                assert ratios[name] == pytest.approx(exact[name].sum() / squared[name], rel=0.05)
            rows.append((n, steps, ratios["inputs"]))
            print(f"N {n:2d}, T {steps}: variance over squared gradient {ratios['inputs']:.1f} of the inputs, "
                  f"{ratios['recurrent']:.1f} of the recurrence; (2/3) N T = {n * steps * 2 / 3:.1f}")
    n, steps, ratio = np.log(np.array(rows)).T
    (factor, of_neurons, of_steps), *_ = np.linalg.lstsq(np.column_stack([np.ones(len(n)), n, steps]), ratio, rcond=None)
    print(f"variance ~ {np.exp(factor):.2f} N^{of_neurons:.2f} T^{of_steps:.2f}")
    assert of_neurons == pytest.approx(1, abs=0.2)
    assert of_steps == pytest.approx(1, abs=0.2)


# ---- weights that wander -------------------------------------------------------------------------------------------
def test_wandering_weights_estimate_a_gradient_whose_credit_decays():
    """Weights remember (1 - theta) per step, so credit k steps old counts (1 - theta)^k; the running mean takes its share away.

    The running mean holds the losses of earlier steps, which wandered alike: E = g(t) - sum_k (1 - m) m^(k-1) (1 - theta)^k g(t - k),
    g(t) that of the loss of step t alone, m the `keep` of the mean.  The trial repeats, so t - k runs round in it; the recurrence skips
    its first step.
    """
    case, rule = linear.case(3, 3, 1, 2, 2, seed=3), OUA(learning_rate=1.0, sigma=0.03, theta=0.1)
    steps, lags = len(case.x), np.arange(1, 3000)
    kernel = (1 - rule.theta) ** np.arange(steps)
    alone = [gradient(case._replace(weight=np.eye(steps)[t]), kernel) for t in range(steps)]
    weight = (1 - rule.keep) * rule.keep ** (lags - 1) * (1 - rule.theta) ** lags
    wanted = {"readout": gradient(case)["readout"]}
    for name in ALONE:
        wanted[name] = sum(
            alone[t][name] - sum(weight[(t - lags) % steps == s].sum() * alone[s][name] for s in range(steps))
            for t in range(1 if name == "recurrent" else 0, steps))
    found = estimate(rule, case, 2_000_000)
    for name in ALONE:
        scale = -np.vdot(found.mean[name], wanted[name]) / np.vdot(wanted[name], wanted[name])
        print(f"oua {name}: cosine {cosine(found.mean[name], -wanted[name]):.4f}, scale {scale:.3f}; "
              f"with the true gradient {cosine(found.mean[name], -gradient(case)[name]):.4f}")
        assert cosine(found.mean[name], -wanted[name]) >= 0.99
        assert scale == pytest.approx(1, abs=0.1)
