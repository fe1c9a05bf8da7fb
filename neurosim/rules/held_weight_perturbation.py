"""Weight perturbation with temporal credit: one perturbation per trial and sample, held for the whole sequence.

    dW = -eta mean_b ((sum_t dL_b(t)) / sigma) Z_b,   Z_b standard normal, one matrix per sample

Unlike fresh noise at every step (`weight_perturbation`), the loss of a step credits what the weights did in all earlier ones.
Zuege, Klos, Memmesheimer 2023, doi:10.1103/PhysRevX.13.021006 (held perturbations: noise does not grow with the length of a trial).
The readout learns by its own delta rule.
"""
from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..contract import change, close, is_deferred, is_dense_in_time, is_mergeable, note, passes
from ..errors import InputError
from ..sources.jitter import HeldNoise
from ..storage import zeros
from .readout import delta_rule
from .rule import Parts, Rule, Sizes, outer, silent, still


class HeldPerturbation(NamedTuple):
    """signal_b = -rate * sum_t dL_b(t), kept for the eligibility."""

    rate: float
    signal: np.ndarray  # (batch,) shared with `ShakenApart`


class ShakenApart(NamedTuple):
    """dw = sum_b signal_b * noise_b: every sample has a perturbation of its own."""

    noise: np.ndarray   # (batch, rows, width), filled by the jitter of the same projection
    signal: np.ndarray  # (batch,)


passes.set(2, HeldPerturbation)
is_deferred.set(True, HeldPerturbation)
is_dense_in_time.set(True, ShakenApart)
is_mergeable.set(False, ShakenApart)


@note.fill(HeldPerturbation)
def _note(rule, t, local, broadcast):
    for b in range(rule.signal.size):
        change = -rule.rate * (broadcast.perturbed[b] - broadcast.reference[b])
        rule.signal[b] = change if t == 0 else rule.signal[b] + change


@close.fill(HeldPerturbation)
def _close(rule, turn, n_steps, post):
    pass  # synapses ask `ShakenApart`, which needs no postsynaptic factor


@change.fill(ShakenApart)
def _change(eligibility, r, c, weight, drive, signal):
    total = weight - weight
    for b in range(eligibility.noise.shape[0]):
        total += eligibility.signal[b] * eligibility.noise[b, r, c]
    return total


class WPTrial(Rule):
    """Weight perturbation held per trial; input and recurrent weights."""

    name: Literal["wp_trial"] = "wp_trial"
    learning_rate: float = Field(gt=0, allow_inf_nan=False)
    sigma: float = Field(default=1e-3, gt=0, allow_inf_nan=False, description="standard deviation of the weight noise")

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        if sizes.update != "sequence":
            raise InputError("train.update", "= 'step'; rule wp_trial learns once per trial, it needs 'sequence'")
        real, signal = np.dtype(sizes.dtype).type, zeros(sizes.batch, sizes.dtype)
        rule = HeldPerturbation(real(self.learning_rate / self.sigma**2 / sizes.batch), signal)
        readout = delta_rule(self.learning_rate, sizes)

        def jitter(name: str, cells: np.ndarray) -> Any:
            if name == "readout":
                return still(name, cells)
            noise = zeros((sizes.batch, *cells.shape), sizes.dtype)
            return HeldNoise(real(self.sigma), sizes.steps, noise, zeros(cells.shape[1], sizes.dtype))

        def eligibility(name: str, cells: np.ndarray, jitter: Any) -> Any:
            return outer(name, cells, jitter) if name == "readout" else ShakenApart(jitter.noise, signal)

        return Parts(rule, readout, eligibility, silent, jitter, 1)
