"""Decorrelation of a population by a lateral matrix D: x_hat = D x (Ahmad et al. 2022 onwards; Dalm et al. 2024).

A projection of its own, with a device of its own, between a population and everything that reads it; it goes with every rule.

* form "head":      D <- D - rate * offdiag(mean x_hat x_hat^T) D, the authors' code since Oct 2024, here in O(N^2 batch) by
  (x x^T - diag(x^2)) D = x (x^T D) - diag(x^2) D;
* form "published": D <- D - rate * offdiag(mean x_hat x_hat^T), anti-Hebbian and purely local; the authors' code at publication.
"""
from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..contract import credit
from ..eligibilities.lateral import Lateral, OffDiagonal
from ..storage import padded, zeros


class Decorrelate(NamedTuple):
    """Form "head"; goes with the eligibility `Lateral`, whose `square` it fills."""

    rate: float
    share: float  # 1 / batch
    square: np.ndarray  # (width,) rate * mean_b x_hat^2, of the pending request


class DecorrelateLocal(NamedTuple):
    """Form "published"; goes with the eligibility `OffDiagonal`."""

    rate: float
    share: float  # 1 / batch


@credit.fill(Decorrelate)
def _credit(rule, local, broadcast, post, signal):
    batch, width = local.reference.shape
    scale = rule.rate * rule.share
    for i in range(width):
        rule.square[i] = local.reference[0, i] * local.reference[0, i]
        post[0, i] = local.reference[0, i]
    signal[0] = -scale
    for b in range(1, batch):
        signal[b] = -scale
        for i in range(width):
            rule.square[i] += local.reference[b, i] * local.reference[b, i]
            post[b, i] = local.reference[b, i]
    for i in range(width):
        rule.square[i] = rule.square[i] * scale


@credit.fill(DecorrelateLocal)
def _credit_local(rule, local, broadcast, post, signal):
    for b in range(local.reference.shape[0]):
        signal[b] = -rule.rate * rule.share
        for i in range(local.reference.shape[1]):
            post[b, i] = local.reference[b, i]


class Decorrelation(BaseModel):
    """Settings of a decorrelating projection.

    `inputs` decorrelates the input population as well.  With `falls` the rate falls as that of learning does (train.optimizer.decay):
    weights that hardly change any more cannot follow a basis that still does.  `stale_input_twin` reproduces a fault of the authors'
    online loop, in which the perturbed pass keeps the initial input matrix; only golden tests want it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    rate: float = Field(gt=0, allow_inf_nan=False)
    form: Literal["published", "head"] = "published"
    inputs: bool = False
    falls: bool = False
    stale_input_twin: bool = False

    def build(self, n: int, batch: int, steps: int, dtype: Any) -> tuple[Any, Any]:
        """(credit, eligibility) of one population; `steps` > 1 averages over a sequence."""
        real = np.dtype(dtype).type
        rate, share = real(self.rate / steps), real(1 / batch)
        if self.form == "published":
            return DecorrelateLocal(rate, share), OffDiagonal()
        square = zeros(padded(n), dtype)
        return Decorrelate(rate, share, square), Lateral(square)
