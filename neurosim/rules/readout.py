"""The delta rule of a linear readout on a frozen recurrence.

Outputs that integrate, y(t) = k y(t-1) + (1 - k) W x(t), are linear in the activity behind the same leak, y = W f: there the loop gives f
as the presynaptic factor (eligibilities/filtered.py), to this rule and to all others whose readout learns from presynaptic activity, and
the delta rule stays the gradient.  Rules that perturb the outputs see of a perturbation what arrives in the same step, 1 - k of it:
theirs is that share of the gradient.
"""
from __future__ import annotations

from typing import Any, Literal, NamedTuple

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


def delta_rule(learning_rate: float, sizes: Sizes) -> LeastMeanSquares:
    """The gradient of the mean over batch and outputs."""
    return LeastMeanSquares(np.dtype(sizes.dtype).type(2 * learning_rate / (sizes.batch * sizes.outputs)))


def with_delta_readout(parts: Parts, learning_rate: float, sizes: Sizes) -> Parts:
    """The same rule for the hidden synapses; the outputs are not perturbed and learn by the delta rule."""

    def eligibility(name: str, cells: np.ndarray, jitter: Any) -> Any:
        return outer(name, cells, jitter) if name == "readout" else parts.eligibility(name, cells, jitter)

    def source(name: str, n: int) -> Any:
        return silent(name, n) if name == "output" else parts.source(name, n)

    def jitter(name: str, cells: np.ndarray) -> Any:
        return still(name, cells) if name == "readout" else parts.jitter(name, cells)

    return parts._replace(output=delta_rule(learning_rate, sizes), eligibility=eligibility, source=source, jitter=jitter)


class Readout(Rule):
    """Frozen recurrence, least-mean-squares readout: dW1 = -(2 eta / (B O)) e x^T, e the error of the clean pass.

    One pass, no perturbation: the cheapest thing that learns, and the yardstick for everything that trains the recurrence.
    """

    name: Literal["readout"] = "readout"
    learning_rate: float = Field(gt=0, allow_inf_nan=False)

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        return with_frozen_recurrence(Parts(NoCredit(), delta_rule(self.learning_rate, sizes), outer, silent, still, 0))
