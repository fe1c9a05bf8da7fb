"""What reward-modulated rules share: one pass, neurons that explore, and a reward that is compared with its running mean.

The reward is minus the loss, R = -L; what is broadcast is one scalar per step, M = R - <R> (Fremaux & Gerstner 2016,
doi:10.3389/fncir.2015.00085: a third factor of mean 0, without which what Hebb does unsupervised drowns what the reward says).
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from pydantic import Field

from .exploring import Perturbing
from .rule import Sizes
from .senses import third_factor
from .trace import expecting


class Expected(NamedTuple):
    """M = loss minus its running mean over samples and steps: for streams, whose every step has a loss."""

    mean: np.ndarray    # (1,) state
    is_new: np.ndarray  # (1,) 1 before the first loss, state
    keep: float


@third_factor.fill(Expected)
def _third_factor(ear, broadcast, b):
    one, loss = ear.mean.dtype.type(1), broadcast.perturbed[b]
    expected = loss if ear.is_new[0] == one else ear.mean[0]
    ear.mean[0] = ear.keep * expected + (one - ear.keep) * loss
    ear.is_new[0] = one - one
    return loss - expected


class RewardModulated(Perturbing):
    """Settings of a rule whose third factor is the reward above its running mean.

    Parameters
    ----------
    decay : of the eligibility, per step; 1 over trials, below 1 (0.9) over streams
    reward_keep : of the running mean reward, per trial; per step and sample in form "online"
    """

    sigma: float = Field(default=1e-1, gt=0, allow_inf_nan=False)
    decay: float = Field(default=1.0, ge=0, le=1)
    reward_keep: float = Field(default=0.9, gt=0, lt=1)

    def ear(self, sizes: Sizes, is_online: bool = False) -> Any:
        """What is heard, with the sign of the loss."""
        if not is_online:
            return expecting(sizes, self.reward_keep)
        return Expected(np.zeros(1, sizes.dtype), np.ones(1, sizes.dtype), np.dtype(sizes.dtype).type(self.reward_keep))
