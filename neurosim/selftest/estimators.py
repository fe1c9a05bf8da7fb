"""Promise: what ANP, NP and WP ask for is on average minus the gradient, and scatters around it as much as theory says.

Everything is held against closed forms of a linear network: the gradient (`linear_network`), and in a single step the variance
(`estimator_theory`).  The full size runs rules as users do, in the compiled loop and with their own random numbers; the short one takes
the factors that they multiply in one step, in plain Python, from normals that NumPy draws.

Every comparison allows what a sample of its size scatters by chance: `SIGMAS` standard errors, measured in the same sample.  Cosines
and, in the full size, slopes have to be as near as the promise says as well.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..contract import Broadcast, Local, credit, gauge, is_jittery
from ..diagnostics import cosine
from ..generators import generator
from ..rules import ANP, NP, WP
from ..rules.rule import Rule
from ..wiring import sizes_of
from .estimator_theory import VARIANCES, Spread, activity_target
from .linear_network import Case, Matrices, case, estimate, forward, gradient, one_step
from .promise import Outcome, Size

STREAM = 7111  # of the generator
SIGMAS = 6.0  # standard errors that chance is allowed
LEAST_COSINE = 0.99
SLOPE = 0.05  # by which the slope of the variance may be another than that of theory
SIGMA = 1e-2  # of the means: the loss of WP is of third order in its noise, and biased by sigma^2
WIDE = 0.05  # of the variances, so that the part of the loss difference that is quadratic in the noise counts as well
SIZES = (4, 8, 16, 32)  # hidden neurons
SAMPLES, N_IN = 2, 4
Maker = Callable[[float, Any], Rule]
RULES: dict[str, Maker] = {  # of sigma, and what the readout learns by
    "anp": lambda sigma, readout: ANP(learning_rate=1.0, sigma=sigma, scale="n_layer", loss="sample", readout=readout),
    "np": lambda sigma, readout: NP(learning_rate=1.0, sigma=sigma, scale="sigma2", loss="sample", readout=readout),
    "wp": lambda sigma, readout: WP(learning_rate=1.0, sigma=sigma, scale="sigma2", readout=readout)}


class Amount(NamedTuple):
    """How much is tried.

    Attributes
    ----------
    trials : of a mean
    blocks, each : of a variance: that many means over so many trials
    """

    trials: int
    blocks: int
    each: int


AMOUNT: dict[Size, Amount] = {"short": Amount(3000, 2500, 1), "full": Amount(200_000, 50, 4000)}


class Finding(NamedTuple):
    """What a comparison measured, and a sentence for each thing that is wrong with it."""

    value: float
    failures: list[str]


def check(size: Size, seed: int, folder: Path, rules: Mapping[str, Maker] = RULES) -> Outcome:
    """Compare means and variances of every rule; see `promise.Check`."""
    amount, failures, cosines, slopes, checked = AMOUNT[size], list[str](), [], [], 0
    is_loop = size == "full" and os.environ.get("NEUROSIM_PYTHON") != "1"
    for number, (name, make) in enumerate(rules.items()):
        means = in_the_loop(name, make, seed, amount.trials) if is_loop else [in_arrays(name, make, seed, number, amount.trials)]
        scatter = [spreads(name, make, seed, number, n, amount, is_loop) for n in SIZES]
        found = [*means, *(against_theory(name, n, *pair) for n, pair in zip(SIZES, scatter, strict=True))]
        slope = growth(name, scatter, size == "full")
        cosines += [finding.value for finding in means]
        slopes.append(slope.value)
        failures += [sentence for finding in (*found, slope) for sentence in finding.failures]
        checked += len(found) + 1
    figure = (f"least cosine {min(cosines):.5f} over {amount.trials} trials, slopes of the variance at most "
              f"{100 * max(slopes):.1f} % from theory over {amount.blocks * amount.each}")
    skipped = ("the loop itself: NEUROSIM_PYTHON=1 is set",) if size == "full" and not is_loop else ()
    return Outcome(checked, tuple(failures), figure, skipped)


# ---- means ----------------------------------------------------------------------------------------------------------
def in_the_loop(name: str, make: Maker, seed: int, trials: int) -> list[Finding]:
    """Means of all matrices, for one step and for four, where the target of a rule without credit through time is the gradient of every
    step by itself; ANP sees it through `activity_target`, but for hidden neurons in one step, where it is the gradient."""
    rule, found = make(SIGMA, "rule"), []
    single, longer = case(4, 1, SAMPLES, n_out=4, seed=seed), case(4, 4, SAMPLES, n_out=4, seed=seed)
    now, later = gradient(single), gradient(longer, one_step(longer))
    if name == "anp":
        now["readout"], later = activity_target(single)["readout"], activity_target(longer)
    for steps, shown, wanted in (("one step", single, now), ("four steps", longer, later)):
        run = estimate(rule, shown, trials, seed=seed)
        found.append(judged(f"{name}, {steps}", run.mean, run.error, wanted))
    return found


def in_arrays(name: str, make: Maker, seed: int, number: int, trials: int) -> Finding:
    """The mean for the input weights over trials of one step."""
    shown = case(4, 1, SAMPLES, seed=seed)
    asked = single_steps(make(SIGMA, "delta"), shown, trials, generator(seed, STREAM, number))
    mean, error = asked.mean(axis=0), asked.std(axis=0, ddof=1) / np.sqrt(trials)
    return judged(f"{name}, one step", {"inputs": mean}, {"inputs": error}, {"inputs": gradient(shown)["inputs"]})


def judged(label: str, mean: Matrices, error: Matrices, wanted: Matrices) -> Finding:
    """The least cosine between mean update and descent, and what is wrong: a direction, an element, or a matrix that should not change."""
    failures, least = [], 1.0
    for name, slope in wanted.items():
        update = mean[name]
        if not slope.any():
            failures += [f"{label}: {name} has no gradient, and is changed"] if update.any() else []
            continue
        along = cosine(update, -slope)
        away = np.abs(update + slope) / np.maximum(error[name], 1e-9 * np.abs(slope).max())
        least = min(least, along)
        if not along >= LEAST_COSINE:
            failures.append(f"{label}: the mean update of {name} has cosine {along:.4f} with the gradient")
        if not away.max() <= SIGMAS:
            scale = -float(np.vdot(update, slope)) / float(np.vdot(slope, slope))
            failures.append(f"{label}: an element of {name} is {away.max():.1f} standard errors from the gradient (scale {scale:.4f})")
    return Finding(least, failures)


# ---- variances ------------------------------------------------------------------------------------------------------
def spreads(name: str, make: Maker, seed: int, number: int, n: int, amount: Amount, is_loop: bool) -> tuple[np.ndarray, Spread]:
    """Squared distance of the estimate for the input weights from their gradient, means over blocks, and what theory says."""
    shown, rule = case(n, 1, SAMPLES, N_IN, seed=seed), make(WIDE, "delta")
    slope = gradient(shown)["inputs"]
    if is_loop:
        runs = [estimate(rule, shown, amount.each, seed=seed, first_step=k * amount.each) for k in range(amount.blocks)]
        found = [(run.variance["inputs"] + np.square(run.mean["inputs"] + slope)).sum() for run in runs]
    else:
        asked = single_steps(rule, shown, amount.blocks * amount.each, generator(seed, STREAM, 100 * n + number))
        found = np.square(asked + slope).sum(axis=(1, 2)).reshape(amount.blocks, amount.each).mean(axis=1).tolist()
    return np.array(found), VARIANCES[name](shown, WIDE)


def against_theory(name: str, n: int, found: np.ndarray, wanted: Spread) -> Finding:
    """The relative distance of a variance from the exact one."""
    variance, error = found.mean(), standard_error(found)
    said = f"{name}, {n} neurons: the variance is {variance:.4g} +- {error:.2g}, by theory {wanted.variance:.4g}"
    return Finding(variance / wanted.variance - 1, [] if abs(variance - wanted.variance) <= SIGMAS * error else [said])


def growth(name: str, scatter: list[tuple[np.ndarray, Spread]], is_exact: bool) -> Finding:
    """By what part the log-log slope of variance over squared gradient on the number of neurons is another than by theory.

    Parameters
    ----------
    is_exact : whether the sample is large enough for `SLOPE`
    """
    x = np.log(SIZES) - np.log(SIZES).mean()
    share = x / np.square(x).sum()
    measured = float(share @ np.log([found.mean() / wanted.squared for found, wanted in scatter]))
    exact = float(share @ np.log([wanted.ratio for _, wanted in scatter]))
    error = float(np.sqrt(np.square(share * [standard_error(found) / found.mean() for found, _ in scatter]).sum()))
    away = abs(measured / exact - 1)
    said = f"{name}: the variance grows as N^{measured:.3f} +- {error:.2g}, by theory as N^{exact:.3f}"
    return Finding(away, [said] if not abs(measured - exact) <= SIGMAS * error or (is_exact and not away <= SLOPE) else [])


def standard_error(found: np.ndarray) -> float:
    """Of the mean of independent numbers."""
    return float(found.std(ddof=1) / np.sqrt(len(found)))


# ---- one step in plain arrays ---------------------------------------------------------------------------------------
def single_steps(rule: Rule, c: Case, trials: int, draws: np.random.Generator) -> np.ndarray:
    """What a rule asks of the input weights in trials of one step, with fresh normals in each: (trials, N, I).

    The linear network is NumPy's; second and third factor are those of the rule, from what its neurons see in the loop.
    """
    samples, n = c.x.shape[1], len(c.chip.weights()["inputs"])
    parts = rule.build(sizes_of(c.chip, samples, "sequence", 1, trials))
    cells = c.chip.arrays["inputs"].conductance
    jitter, source = parts.jitter("inputs", cells), parts.source("hidden", n)
    is_shaken = is_jittery(jitter)
    x, weights, target = c.x[0], c.chip.weights(), c.target[0]
    potential = forward(weights, c)[0][1]
    shaken = jitter.sigma * draws.standard_normal((trials, n, x.shape[1])) if is_shaken else np.zeros((trials, 0, 0))
    injected = np.zeros((trials, samples, n)) if is_shaken else source.sigma * draws.standard_normal((trials, samples, n))
    perturbed = potential + (np.einsum("kij,bj->kbi", shaken, x) if is_shaken else injected)
    clean, loss = (c.weight[0] * np.square(h @ weights["readout"].T - target).mean(axis=-1) for h in (potential, perturbed))
    none, post, square = np.zeros((samples, n)), np.zeros((samples, n)), np.zeros((2, samples))
    error, slope, signal = np.zeros_like(target), np.zeros(samples), np.zeros(samples)
    asked = np.zeros((trials, n, x.shape[1]))
    for k in range(trials):
        local = Local(potential, perturbed[k], injected[k], none, none, potential)
        broadcast = Broadcast(clean, loss[k], square, slope, error, error, slope)
        gauge(parts.hidden, local, square[0])
        credit(parts.hidden, local, broadcast, post, signal)
        asked[k] = signal[0] * shaken[k] if is_shaken else (post * signal[:, None]).T @ x
    return asked
