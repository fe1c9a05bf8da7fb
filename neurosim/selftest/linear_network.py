"""A linear recurrent network on an ideal chip: its gradient in closed form, and the mean of what a rule asks for at fixed weights.

    h(t) = W0 u(t) + R h(t-1),   y(t) = W1 h(t),   L = mean_b sum_t w(t) mean_o (y_o(t) - y*_o(t))^2
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import loop
from ..chip import Chip, compile_chip
from ..compiled import compiled
from ..diagnostics import counting
from ..errors import NeurosimError
from ..network import Network
from ..neurons.tanh import Linear
from ..recorders.activity import Forgetful
from ..rules.rule import Parts
from ..synapses.layout import matrix_of
from ..wiring import sizes_of, wire

NAMES = ("recurrent", "inputs", "readout")
Matrices = dict[str, np.ndarray]
"""(post, pre) by name."""


class Case(NamedTuple):
    """A network and the one block of samples that it is shown in every trial."""

    chip: Chip
    x: np.ndarray       # (T, B, I)
    target: np.ndarray  # (T, B, O)
    weight: np.ndarray  # (T,)


class Estimate(NamedTuple):
    """By name of the matrix: (post, pre)."""

    mean: Matrices      # of the trials
    error: Matrices     # standard error of that mean, if the trials are independent
    variance: Matrices  # of one trial
    parts: Parts


def case(
    n: int = 4, steps: int = 4, samples: int = 2, n_in: int = 2, n_out: int = 2, seed: int = 1, weight: Sequence[float] | None = None,
    readout_scale: float = 1.0, start: Any = "xavier", **settings: Any,
) -> Case:
    """A case of normal inputs and targets.

    Parameters
    ----------
    n, steps, samples, n_in, n_out : hidden neurons, steps of a trial, samples, inputs, outputs
    seed : of weights and data
    weight : (T,) of the steps in the loss; 1 if absent
    readout_scale : factor of the readout's weights
    start : how weights begin, as in ``network.start``
    settings : more of the network
    """
    chip = compile_chip("ideal", Network(inputs=n_in, hidden=n, outputs=n_out, start=start, **settings), seed, "float64")
    chip.arrays["readout"].conductance[...] *= readout_scale
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, 5], np.uint64)))
    x, target = (rng.standard_normal((steps, samples, k)) for k in (n_in, n_out))
    return Case(chip, x, target, np.ones(steps) if weight is None else np.asarray(weight, float))


def forward(weights: Mapping[str, np.ndarray], c: Case) -> tuple[np.ndarray, np.ndarray]:
    """Hidden activity of steps 0 ... T (rest first) and outputs: (T + 1, B, N), (T, B, O)."""
    h = np.zeros((len(c.x) + 1, c.x.shape[1], len(weights["recurrent"])))
    for t in range(len(c.x)):
        h[t + 1] = c.x[t] @ weights["inputs"].T + h[t] @ weights["recurrent"].T
    return h, h[1:] @ weights["readout"].T


def step_credits(weights: Mapping[str, np.ndarray], c: Case) -> np.ndarray:
    """dL_s / dh(t) of every sample, without the mean over them: (s, t, B, N), zero for s < t."""
    y = forward(weights, c)[1]
    error = 2 / y.shape[2] * c.weight[:, None, None] * (y - c.target)
    credits = np.zeros((len(y), len(y), y.shape[1], len(weights["recurrent"])))
    for s in range(len(y)):
        credits[s, s] = error[s] @ weights["readout"]
        for t in range(s - 1, -1, -1):
            credits[s, t] = credits[s, t + 1] @ weights["recurrent"]
    return credits


def gradient(c: Case, kernel: np.ndarray | None = None, mix: np.ndarray | None = None) -> Matrices:
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


def squares(c: Case) -> dict[str, float]:
    """Squared gradient of each sample by itself, summed over a matrix and over the samples; by name, hidden matrices."""
    weights = c.chip.weights()
    delta = step_credits(weights, c).sum(axis=0)
    return {name: float(np.square(np.einsum("tbi,tbj->bij", delta, pre)).sum())
            for name, pre in (("recurrent", forward(weights, c)[0][:-1]), ("inputs", c.x))}


def one_step(c: Case) -> np.ndarray:
    """Kernel of rules without credit through time."""
    return np.eye(len(c.x))[0]


def estimate(
    rule: Any, c: Case, trials: int, copies: int = 1, neuron: Callable[[int, int], Any] | None = None,
    source: Callable[[str, Any], Any] | None = None, jitter: Callable[..., Any] | None = None,
    prepare: Callable[[Parts], Any] | None = None, seed: int = 7, first_step: int = 0, plain: bool = False,
) -> Estimate:
    """Mean update of a rule over `trials` trials with fresh perturbations.

    Parameters
    ----------
    copies : of every sample, each with perturbations of its own (for rules that perturb neurons)
    neuron : function of (width, lanes) -> hidden neuron; linear if absent
    source : function of (name, source of the rule) -> source
    jitter : as in `Parts`, instead of that of the rule
    prepare : function of the parts, before anything runs
    seed, first_step : of the loop's random numbers
    plain : whether it runs as plain Python

    Raises
    ------
    NeurosimError
        If a loss is not finite.
    """
    chip, (steps, samples, _) = c.chip, c.x.shape
    batch = samples * copies
    parts = rule.build(sizes_of(chip, batch, "sequence", steps, trials))
    parts = parts if jitter is None else parts._replace(jitter=jitter)
    if prepare is not None:
        prepare(parts)
    wired = counting(wire(chip, parts, batch, "sequence", steps))
    hidden = Linear() if neuron is None else neuron(wired.activity.x.shape[1], wired.lanes)
    network: Any = wired.network._replace(hidden=hidden)
    if source is not None:
        network = network._replace(
            hidden_source=source("hidden", network.hidden_source), output_source=source("output", network.output_source))
    x, target = (np.ascontiguousarray(np.broadcast_to(np.tile(a, (1, copies, 1)), (trials, steps, batch, a.shape[2])))
                 for a in (c.x, c.target))
    weight = np.ascontiguousarray(np.broadcast_to(c.weight, (trials, steps)))
    run = loop.run if plain else compiled()
    done = run(network, wired.schedule, Forgetful(), wired.activity, x, target, weight, np.ones(trials, np.uint8), np.zeros((trials, 2)),
               seed, first_step, 0)
    if done != trials * steps:
        raise NeurosimError(f"the linear network ended after {abs(done)} of {trials * steps} steps: its loss is not finite")
    mean, error, variance = {}, {}, {}
    for name in NAMES:
        array, tally = chip.arrays[name], getattr(network, name).updater
        first, second = (matrix_of(array.synapses, a, array.n_post, array.n_pre) / trials if a.shape == array.conductance.shape
                         else np.zeros((array.n_post, array.n_pre)) for a in (tally.sum, tally.square))
        mean[name], variance[name] = first, np.maximum(second - first**2, 0.0)
        error[name] = np.sqrt(variance[name] / max(trials - 1, 1))
    return Estimate(mean, error, variance, parts)
