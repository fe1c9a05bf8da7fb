"""Weight perturbation (WP), as the authors of the ANP paper code it: fresh weight noise at every step, shared by the batch.

    dW = -eta * (dL / sigma) * (sigma Z)

W0, R and W1 are perturbed, a decorrelation matrix is not.  R is not changed at the first step of a trial, as in the authors' code.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..contract import credit, passes
from ..eligibilities.shaken import Shaken
from ..sources.jitter import WeightNoise
from ..storage import zeros
from .pooling import pool
from .readout import with_delta_readout
from .rule import Parts, Rule, Sizes, silent


class WeightPerturbation(NamedTuple):
    """signal = -rate * dL, the mean over the batch; the second factor is the perturbation of the cell itself."""

    rate: float
    share: float  # 1 / batch


passes.set(2, WeightPerturbation)


@credit.fill(WeightPerturbation)
def _credit(rule, local, broadcast, post, signal):
    for b in range(signal.size):
        signal[b] = -rule.rate * (broadcast.perturbed[b] - broadcast.reference[b])
    pool(signal, rule.share)


def shaken(name: str, cells: np.ndarray, jitter: Any) -> Shaken:
    """The eligibility that remembers what the jitter did."""
    return Shaken(jitter.noise)


def weight_noise(sigma: float, dtype: Any) -> Callable[[str, np.ndarray], WeightNoise]:
    """Maker of independent normal weight perturbations."""
    real = np.dtype(dtype).type
    return lambda name, cells: WeightNoise(real(sigma), zeros(cells.shape, dtype), zeros(cells.shape[1], dtype))


class WP(Rule):
    """Weight perturbation; `scale` as in node perturbation, `readout` too."""

    name: Literal["wp"] = "wp"
    learning_rate: float = Field(gt=0, allow_inf_nan=False)
    sigma: float = Field(default=1e-3, gt=0, allow_inf_nan=False, description="standard deviation of the weight noise")
    scale: Literal["sigma", "sigma2"] = "sigma"
    readout: Literal["rule", "delta"] = "rule"

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        real = np.dtype(sizes.dtype).type
        rate = self.learning_rate / self.sigma / (self.sigma if self.scale == "sigma2" else 1.0)
        rule = WeightPerturbation(real(rate), real(1 / sizes.batch))
        noise = weight_noise(self.sigma, sizes.dtype)
        parts = Parts(rule, rule, shaken, silent, noise, 1)
        return parts if self.readout == "rule" else with_delta_readout(parts, self.learning_rate, sizes)
