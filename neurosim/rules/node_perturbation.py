"""Node perturbation (NP), as the authors of the ANP paper code it: the injected noise is the second factor.

    dW_ij = -eta * (dL / sigma) * (sigma z_i) * x_j

With the injected noise carrying sigma and only one division by it, the expected update is -eta sigma dL/dW; ``scale = "sigma2"``
divides twice, which makes it unbiased (Werfel, Xie, Seung 2005, doi:10.1162/089976605774320539).
"""
from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..contract import credit, passes, presynaptic_pass
from .pooling import pool
from .readout import with_delta_readout
from .rule import Parts, Rule, Sizes, gaussian, outer, still


class NodePerturbation(NamedTuple):
    """post = injected noise, signal = -rate * dL."""

    rate: float
    share: float    # 1 / batch
    is_pooled: int  # 1: dL averaged over the batch; 0: every sample on its own
    pre_pass: int


passes.set(2, NodePerturbation)


@presynaptic_pass.fill(NodePerturbation)
def _presynaptic_pass(rule):
    return rule.pre_pass


@credit.fill(NodePerturbation)
def _credit(rule, local, broadcast, post, signal):
    for b in range(local.injected.shape[0]):
        signal[b] = -rule.rate * (broadcast.perturbed[b] - broadcast.reference[b])
        for i in range(local.injected.shape[1]):
            post[b, i] = local.injected[b, i]
    if rule.is_pooled == 1:
        pool(signal, rule.share)


class NP(Rule):
    """Node perturbation with the choices of the authors' code as options (their values are the defaults).

    `readout`: the readout learns by the same rule, as theirs does, or by the delta rule.
    """

    name: Literal["np"] = "np"
    learning_rate: float = Field(gt=0, allow_inf_nan=False)
    sigma: float = Field(default=1e-3, gt=0, allow_inf_nan=False, description="standard deviation of the injected noise")
    scale: Literal["sigma", "sigma2"] = "sigma"
    loss: Literal["batch", "sample"] = "batch"
    pre: Literal["clean", "noisy"] = "clean"
    readout: Literal["rule", "delta"] = "rule"

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        real = np.dtype(sizes.dtype).type
        rate = self.learning_rate / self.sigma / (self.sigma if self.scale == "sigma2" else 1.0)
        pooled = self.loss == "batch"
        rule = NodePerturbation(
            real(rate if pooled else rate / sizes.batch), real(1 / sizes.batch), int(pooled), int(self.pre == "noisy"))
        noise = gaussian(self.sigma, sizes)
        parts = Parts(rule, rule, outer, noise, still, 1)
        return parts if self.readout == "rule" else with_delta_readout(parts, self.learning_rate, sizes)
