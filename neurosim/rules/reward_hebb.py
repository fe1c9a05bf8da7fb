"""Reward-modulated Hebb: what a neuron did unlike usual, times what it heard, times a reward unlike usual.

With a_i the potential of a neuron, exploration noise and all, x_j what its synapse received and R = -L the reward:

    a^mean_i(t) = keep a^mean_i(t-1) + (1 - keep) a_i(t)
    e_ij(t)     = lambda e_ij(t-1) + x_j(t) (a_i(t) - a^mean_i(t))
    dW_ij       = eta sum_t (R(t) - <R>(t)) e_ij(t)

The exploratory Hebb rule of Legenstein, Chase, Schwartz, Maass 2010, doi:10.1523/JNEUROSCI.4284-09.2010, which has lambda = 0 and
keep = 0.8; with the eligibility of Miconi 2017, doi:10.7554/eLife.20899, for a reward that comes later (lambda = 1: there the running
mean is alike, but the product is raised to the third power before it is added, which is left out here).  Unlike node perturbation the
neuron is not told the noise: it takes for noise whatever its running mean does not follow, its input included, so that the estimate of
the gradient is good as far as inputs change slowly or noise is large.

Form "trial" keeps no trace per synapse: the sum over t in the other order is the trace rule's, with this second factor.
"""
from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..contract import credit
from ..eligibilities.trace import Trace as TraceOfCell
from ..storage import padded, zeros
from .pooling import pool
from .readout import delta_rule
from .reward import RewardModulated
from .rule import Parts, Sizes, outer, still
from .senses import calibrate, third_factor, tries
from .trace import RewardToGo


class Unusual(NamedTuple):
    """An eye that sees what the neuron does minus its running mean."""

    keep: float
    by_activity: int   # 1: of what it sends; 0: of its potential
    mean: np.ndarray   # (batch, width) running mean, state; every sample its own


class OnlineHebb(NamedTuple):
    """Form "online"; goes with the eligibility `Trace`: one trace per synapse, so one scalar for the whole batch."""

    ear: tuple
    eye: tuple
    rate: float
    share: float  # 1 / batch


@tries.fill(Unusual)
def _tries(eye, local, b, i):
    one, now = eye.mean.dtype.type(1), local.activity[b, i] if eye.by_activity == 1 else local.reference[b, i]
    mean = eye.keep * eye.mean[b, i] + (one - eye.keep) * now
    eye.mean[b, i] = mean
    return now - mean


@calibrate.fill(Unusual)
def _calibrate(eye, tried, n_steps, gain):
    pass  # not divided by its variance: the published rule


@credit.fill(OnlineHebb)
def _credit(rule, local, broadcast, post, signal):
    for b in range(signal.size):
        signal[b] = -rule.rate * third_factor(rule.ear, broadcast, b)
        for i in range(post.shape[1]):
            post[b, i] = tries(rule.eye, local, b, i)
    pool(signal, rule.share)


class RewardHebb(RewardModulated):
    """Reward-modulated Hebb.

    Parameters
    ----------
    mean_keep : of the running mean, per step; it runs on from trial to trial
    second_factor : "potential", as published, or "activity", what the neuron sends
    form : "trial" or "online"

    Notes
    -----
    One pass; broadcasts 1 value per step.  "online" shares one loss over the batch (mean), since a synapse has one trace.
    """

    name: Literal["reward_hebb"] = "reward_hebb"
    mean_keep: float = Field(default=0.8, ge=0, lt=1)
    second_factor: Literal["potential", "activity"] = "potential"
    form: Literal["trial", "online"] = "trial"

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        real, readout, width = np.dtype(sizes.dtype).type, delta_rule(self.learning_rate, sizes), padded(sizes.hidden)
        eye = Unusual(real(self.mean_keep), int(self.second_factor == "activity"), zeros((sizes.batch, width), sizes.dtype))
        if self.form == "online":
            rule = OnlineHebb(self.ear(sizes, True), eye, real(self.learning_rate), real(1 / sizes.batch))

            def eligibility(name: str, cells: np.ndarray, jitter: Any) -> Any:
                return outer(name, cells, jitter) if name == "readout" else TraceOfCell(real(self.decay), zeros(cells.shape, sizes.dtype))

            return Parts(rule, readout, eligibility, self.source(sizes), still, 1)
        gain = zeros(width, sizes.dtype)
        gain[:sizes.hidden] = 1
        shape = (sizes.steps, sizes.batch, width)
        hidden = RewardToGo(
            self.ear(sizes), eye, real(self.learning_rate / sizes.batch), real(self.decay), gain, zeros(shape, sizes.dtype),
            zeros(shape[:2], sizes.dtype))
        return Parts(hidden, readout, outer, self.source(sizes), still, 1)
