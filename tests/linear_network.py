"""A linear recurrent network on an ideal chip: its gradient in closed form, and the mean of what a rule asks for at fixed weights.

    h(t) = W0 u(t) + R h(t-1),   y(t) = W1 h(t),   L = mean_b sum_t w(t) mean_o (y_o(t) - y*_o(t))^2
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from neurosim import loop
from neurosim.chip import compile_chip
from neurosim.compiled import compiled
from neurosim.diagnostics import counting
from neurosim.network import Network
from neurosim.neurons.tanh import Linear
from neurosim.recorders.activity import Forgetful
from neurosim.synapses.layout import matrix_of
from neurosim.wiring import sizes_of, wire

NAMES = ("recurrent", "inputs", "readout")


class Case(NamedTuple):
    """A network and the one block of samples that it is shown in every trial."""

    chip: Any
    x: np.ndarray       # (T, B, I)
    target: np.ndarray  # (T, B, O)
    weight: np.ndarray  # (T,)


class Estimate(NamedTuple):
    """By name of the matrix: (post, pre)."""

    mean: dict      # of the trials
    error: dict     # standard error of that mean, if the trials are independent
    variance: dict  # of one trial
    parts: Any


def case(n=4, steps=4, samples=2, n_in=2, n_out=2, seed=1, weight=None, readout_scale=1.0, start="xavier", **settings):
    """A case of normal inputs and targets."""
    chip = compile_chip("ideal", Network(inputs=n_in, hidden=n, outputs=n_out, start=start, **settings), seed, "float64")
    chip.arrays["readout"].conductance[...] *= readout_scale
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, 5], np.uint64)))
    x, target = (rng.standard_normal((steps, samples, k)) for k in (n_in, n_out))
    return Case(chip, x, target, np.ones(steps) if weight is None else np.asarray(weight, float))


def forward(weights, c):
    """Hidden activity of steps 0 ... T (rest first) and outputs: (T + 1, B, N), (T, B, O)."""
    h = np.zeros((len(c.x) + 1, c.x.shape[1], len(weights["recurrent"])))
    for t in range(len(c.x)):
        h[t + 1] = c.x[t] @ weights["inputs"].T + h[t] @ weights["recurrent"].T
    return h, h[1:] @ weights["readout"].T


def loss(weights, c):
    """L."""
    return float((c.weight * np.square(forward(weights, c)[1] - c.target).mean(axis=(1, 2))).sum())


def step_credits(weights, c):
    """dL_s / dh(t) of every sample, without the mean over them: (s, t, B, N), zero for s < t."""
    y = forward(weights, c)[1]
    error = 2 / y.shape[2] * c.weight[:, None, None] * (y - c.target)
    credits = np.zeros((len(y), len(y), y.shape[1], len(weights["recurrent"])))
    for s in range(len(y)):
        credits[s, s] = error[s] @ weights["readout"]
        for t in range(s - 1, -1, -1):
            credits[s, t] = credits[s, t + 1] @ weights["recurrent"]
    return credits


def gradient(c, kernel=None, mix=None):
    """dL / dW of every matrix.

    Parameters
    ----------
    kernel : (T,) weight of credit that is k steps old: ones is the true gradient, 1, 0, 0 ... one step of credit
    mix : (T, N, N), applied to the credit of a step
    """
    weights = c.chip.weights()
    h, y = forward(weights, c)
    steps = len(c.x)
    kernel = np.ones(steps) if kernel is None else kernel
    credits = step_credits(weights, c)
    delta = np.array([sum(kernel[s - t] * credits[s, t] for s in range(t, steps)) for t in range(steps)])
    if mix is not None:
        delta = np.einsum("tij,tbj->tbi", mix, delta)
    error = 2 / y.shape[2] * c.weight[:, None, None] * (y - c.target)
    post_pre = {"recurrent": (delta, h[:-1]), "inputs": (delta, c.x), "readout": (error, h[1:])}
    return {name: np.einsum("tbi,tbj->ij", post, pre) / c.x.shape[1] for name, (post, pre) in post_pre.items()}


def squares(c):
    """Squared gradient of each sample by itself, summed over a matrix and over the samples; by name, hidden matrices."""
    weights = c.chip.weights()
    delta = step_credits(weights, c).sum(axis=0)
    return {name: np.square(np.einsum("tbi,tbj->bij", delta, pre)).sum()
            for name, pre in (("recurrent", forward(weights, c)[0][:-1]), ("inputs", c.x))}


def trace_variance(c):
    """Variance of the trace rule's estimate for each sample by itself, (B, post, pre) by name; signs, decay 1, third factor "error".

    With C_k(u; t) = sum_{s >= max(t, u)} dL_s / dh_k(u), what the loss from t on owes to the perturbation of neuron k at step u, the
    estimate is a quadratic form in the signs, and signs are 1 when squared:

        g_ij = sum_{t, k, u} x_j(t) C_k(u; t) xi_i(t) xi_k(u)
        var g_ij = sum_{k != i, t, u} (x_j(t) C_k(u; t))^2 + sum_{t < u} (x_j(t) C_i(u; t) + x_j(u) C_i(t; u))^2
    """
    weights = c.chip.weights()
    to_go = np.cumsum(step_credits(weights, c)[::-1], axis=0)[::-1]
    steps = len(to_go)
    owed = np.array([[to_go[max(t, u), u] for u in range(steps)] for t in range(steps)])  # (t, u, B, N)
    found = {}
    for name, pre in (("recurrent", forward(weights, c)[0][:-1]), ("inputs", c.x)):
        everyone = np.einsum("tbj,tubk->bj", pre**2, owed**2)[:, None, :]
        itself = np.einsum("tbj,tubi->bij", pre**2, owed**2)
        product = pre[:, None, :, None, :] * owed[..., None]
        pairs = np.square(product + product.swapaxes(0, 1))[np.triu_indices(steps, 1)].sum(axis=0)
        found[name] = everyone - itself + pairs
    return found


def one_step(c):
    """Kernel of rules without credit through time."""
    return np.eye(len(c.x))[0]


def estimate(rule, c, trials, copies=1, neuron=None, source=None, jitter=None, prepare=None, seed=7, first_step=0, plain=False):
    """Mean update of a rule over `trials` trials with fresh perturbations.

    Parameters
    ----------
    copies : of every sample, each with perturbations of its own (for rules that perturb neurons)
    neuron : function of (width, lanes) -> hidden neuron; linear if absent
    source : function of (name, source of the rule) -> source
    jitter : as in `Parts`, instead of that of the rule
    prepare : function of the parts, before anything runs
    plain : whether it runs as plain Python
    """
    chip, (steps, samples, _) = c.chip, c.x.shape
    batch = samples * copies
    parts = rule.build(sizes_of(chip, batch, "sequence", steps, trials))
    parts = parts if jitter is None else parts._replace(jitter=jitter)
    if prepare is not None:
        prepare(parts)
    wired = counting(wire(chip, parts, batch, "sequence", steps))
    network = wired.network._replace(hidden=Linear() if neuron is None else neuron(wired.activity.x.shape[1], wired.lanes))
    if source is not None:
        network = network._replace(
            hidden_source=source("hidden", network.hidden_source), output_source=source("output", network.output_source))
    x, target = (np.ascontiguousarray(np.broadcast_to(np.tile(a, (1, copies, 1)), (trials, steps, batch, a.shape[2])))
                 for a in (c.x, c.target))
    weight = np.ascontiguousarray(np.broadcast_to(c.weight, (trials, steps)))
    run = loop.run if plain else compiled()
    done = run(network, wired.schedule, Forgetful(), wired.activity, x, target, weight, np.ones(trials, np.uint8), np.zeros((trials, 2)),
               seed, first_step, 0)
    assert done == trials * steps
    mean, error, variance = {}, {}, {}
    for name in NAMES:
        array, tally = chip.arrays[name], getattr(network, name).updater
        first, second = (matrix_of(array.synapses, a, array.n_post, array.n_pre) / trials if a.shape == array.conductance.shape
                         else np.zeros((array.n_post, array.n_pre)) for a in (tally.sum, tally.square))
        mean[name], variance[name] = first, np.maximum(second - first**2, 0.0)
        error[name] = np.sqrt(variance[name] / max(trials - 1, 1))
    return Estimate(mean, error, variance, parts)


def orthogonal_signs(factors):
    """(runs, factors) of +-1: an orthogonal array of strength 3, so means of products of up to three factors are exact.

    Sylvester's Hadamard matrix on top of its negative (Seiden 1954): products of an odd number of factors average to 0 over a row and
    its negative, products of two different ones because the columns are orthogonal.
    """
    signs = np.ones((1, 1))
    while signs.shape[0] < factors:
        signs = np.block([[signs, signs], [signs, -signs]])
    return np.vstack([signs, -signs])[:, :factors]
