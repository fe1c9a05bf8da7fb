"""Activity-based node perturbation (ANP): García Fernández, Keemink, van Gerven 2024, doi:10.3389/fnins.2024.1439155.

With a = h_perturbed - h_clean the potential difference of a neuron between two passes, and dL the difference of the broadcast
losses, every synapse of the neuron changes by

    dW_ij = -eta * scale * dL * a_i / |a|^2 * x_j

x_j the presynaptic activity of the clean pass.  The authors' code takes |a|^2 over one layer and the whole batch, one dL for the
batch, and scale = sqrt(all units, inputs included), divided by the batch size in the online tasks only.
"""
from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..arithmetic import dot
from ..contract import credit, gauge, passes, presynaptic_pass
from ..storage import padded, zeros
from .pooling import pool
from .readout import with_delta_readout
from .rule import Parts, Rule, Sizes, gaussian, outer, still


class ActivityPerturbation(NamedTuple):
    """post = a / |a|^2, signal = -rate * dL."""

    rate: float
    share: float        # 1 / batch
    is_pooled: int      # 1: |a|^2 summed and dL averaged over the batch; 0: every sample on its own
    is_networkwide: int  # 1: |a|^2 summed over all populations
    pre_pass: int       # 0: presynaptic factor of the clean pass, 1: of the perturbed pass
    population: int     # 0 hidden, 1 output: whose squared difference it divides by, unless networkwide
    difference: np.ndarray  # (batch, width) of every neuron


passes.set(2, ActivityPerturbation)


@presynaptic_pass.fill(ActivityPerturbation)
def _presynaptic_pass(rule):
    return rule.pre_pass


@gauge.fill(ActivityPerturbation)
def _gauge(rule, local, square):
    difference = rule.difference
    for b in range(square.size):
        for i in range(local.reference.shape[1]):
            difference[b, i] = local.perturbed[b, i] - local.reference[b, i]
        square[b] = dot(difference, b, difference, b)


@credit.fill(ActivityPerturbation)
def _credit(rule, local, broadcast, post, signal):
    batch, width = local.reference.shape
    one, zero = rule.share / rule.share, rule.share - rule.share
    for b in range(batch):
        networkwide = broadcast.square[0, b] + broadcast.square[1, b]
        signal[b] = networkwide if rule.is_networkwide == 1 else broadcast.square[rule.population, b]
    if rule.is_pooled == 1:
        pool(signal, one)
    for b in range(batch):
        square = signal[b] if signal[b] > zero else one  # no difference at all: nothing to learn from, and nothing to divide by
        for i in range(width):
            post[b, i] = rule.difference[b, i] / square
        signal[b] = -rule.rate * (broadcast.perturbed[b] - broadcast.reference[b])
    if rule.is_pooled == 1:
        pool(signal, rule.share)


class ANP(Rule):
    """Activity-based node perturbation with the choices of the authors' code as options (their values are the defaults).

    `readout`: the readout learns by the same rule, as theirs does, or by the delta rule.
    """

    name: Literal["anp"] = "anp"
    learning_rate: float = Field(gt=0, allow_inf_nan=False)
    sigma: float = Field(default=1e-3, gt=0, allow_inf_nan=False, description="standard deviation of the injected noise")
    norm: Literal["layer", "network"] = "layer"
    scale: Literal["sqrtN", "N", "n_layer"] = "sqrtN"
    loss: Literal["batch", "sample"] = "batch"
    pre: Literal["clean", "noisy"] = "clean"
    readout: Literal["rule", "delta"] = "rule"

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots.

        Notes
        -----
        scale: "sqrtN" = sqrt(inputs + hidden + outputs) as in the authors' code, "N" = number of perturbed units, "n_layer" = units
        of the layer (unbiased for isotropic a with norm = "layer").
        """
        real = np.dtype(sizes.dtype).type
        units = {
            "sqrtN": (np.sqrt(sizes.inputs + sizes.hidden + sizes.outputs),) * 2,
            "N": (sizes.hidden + sizes.outputs,) * 2,
            "n_layer": (sizes.hidden, sizes.outputs),
        }[self.scale]
        pooled = self.loss == "batch"
        share = 1.0 if pooled and sizes.update == "sequence" else 1.0 / sizes.batch

        def rule(n: float, population: int, size: int) -> ActivityPerturbation:
            return ActivityPerturbation(
                real(self.learning_rate * n * share), real(1 / sizes.batch), int(pooled), int(self.norm == "network"),
                int(self.pre == "noisy"), population, zeros((sizes.batch, padded(size)), sizes.dtype))

        noise = gaussian(self.sigma, sizes)
        parts = Parts(
            rule(units[0], 0, sizes.hidden), rule(units[1], 1, sizes.outputs), outer, noise, still, 2)  # loss difference, square
        return parts if self.readout == "rule" else with_delta_readout(parts, self.learning_rate, sizes)
