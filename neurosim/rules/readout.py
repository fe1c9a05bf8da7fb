"""The delta rule of a linear readout on a frozen recurrence."""
from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..contract import credit
from .none import NoCredit
from .rule import Parts, Rule, Sizes, outer, silent, still, with_frozen_recurrence


class LeastMeanSquares(NamedTuple):
    """Delta rule: post = error, signal = -rate."""

    rate: float


@credit.fill(LeastMeanSquares)
def _credit(rule, local, broadcast, post, signal):
    for b in range(local.error.shape[0]):
        signal[b] = -rule.rate
        for i in range(local.error.shape[1]):
            post[b, i] = local.error[b, i]


class Readout(Rule):
    """Frozen recurrence, least-mean-squares readout: dW1 = -(2 eta / (B O)) e x^T, e the error of the clean pass.

    One pass, no perturbation: the cheapest thing that learns, and the yardstick for everything that trains the recurrence.
    """

    name: Literal["readout"] = "readout"
    learning_rate: float = Field(gt=0, allow_inf_nan=False)

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots; the gradient of the mean over batch and outputs."""
        rate = np.dtype(sizes.dtype).type(2 * self.learning_rate / (sizes.batch * sizes.outputs))
        return with_frozen_recurrence(Parts(NoCredit(), LeastMeanSquares(rate), outer, silent, still, 0))
