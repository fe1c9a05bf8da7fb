"""Ornstein-Uhlenbeck adaptation: one pass, weights that wander about their mean, and a reward prediction error that moves the mean.

    z <- (1 - theta) z + sigma sqrt(2 theta - theta^2) xi,   network runs on W + z
    dW = -eta (L - <L>) z,   <L> running mean of the loss

Fernandez, Ahmad, van Gerven 2024, arXiv:2410.13563 (there in continuous time).  The readout learns by its own delta rule.
"""
from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..contract import credit
from ..eligibilities.shaken import Shaken
from ..sources.jitter import OrnsteinUhlenbeck
from ..storage import zeros
from .readout import delta_rule
from .rule import Parts, Rule, Sizes, outer, silent, still


class Wandering(NamedTuple):
    """signal = -rate * (loss - running mean), the mean over the batch."""

    rate: float
    keep: float          # of the running mean, per step
    mean: np.ndarray     # (2,) running mean loss and its weight, state


@credit.fill(Wandering)
def _credit(rule, local, broadcast, post, signal):
    one = rule.keep / rule.keep
    loss = one - one
    for b in range(signal.size):
        loss += broadcast.perturbed[b]
    loss = loss / post.dtype.type(signal.size)
    expected = rule.mean[0] / rule.mean[1] if rule.mean[1] > one - one else loss
    for b in range(signal.size):
        signal[b] = -rule.rate * (loss - expected)
    rule.mean[0] = rule.keep * rule.mean[0] + (one - rule.keep) * loss
    rule.mean[1] = rule.keep * rule.mean[1] + (one - rule.keep)


class OUA(Rule):
    """Ornstein-Uhlenbeck adaptation of input and recurrent weights.

    Parameters
    ----------
    sigma : stationary standard deviation of the wandering
    theta : share of the wandering that is forgotten per step
    keep : of the running mean loss, per step
    """

    name: Literal["oua"] = "oua"
    learning_rate: float = Field(gt=0, allow_inf_nan=False)
    sigma: float = Field(default=1e-2, gt=0, allow_inf_nan=False)
    theta: float = Field(default=0.05, gt=0, le=1)
    keep: float = Field(default=0.99, gt=0, lt=1)

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        real = np.dtype(sizes.dtype).type
        rule = Wandering(real(self.learning_rate / self.sigma**2), real(self.keep), zeros(2, sizes.dtype))
        readout = delta_rule(self.learning_rate, sizes)
        kick = self.sigma * np.sqrt(2 * self.theta - self.theta**2)

        def jitter(name: str, cells: np.ndarray) -> Any:
            if name == "readout":
                return still(name, cells)
            return OrnsteinUhlenbeck(
                real(kick), real(1 - self.theta), zeros(cells.shape, sizes.dtype), zeros(cells.shape[1], sizes.dtype))

        def eligibility(name: str, cells: np.ndarray, jitter: Any) -> Any:
            return outer(name, cells, jitter) if name == "readout" else Shaken(jitter.noise)

        return Parts(rule, readout, eligibility, silent, jitter, 1)
