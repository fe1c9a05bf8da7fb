"""Node perturbation with memory: one broadcast scalar, temporal credit by an eligibility trace.

With xi_i(t) the perturbation of a neuron in units of its standard deviation sigma, x_j the presynaptic activity of the clean pass and
M(t) the one broadcast scalar (loss difference of the two passes, over sigma):

    e_ij(t) = lambda e_ij(t-1) + xi_i(t) x_j(t-1),   dW_ij = -eta sum_t M(t) e_ij(t)

Form "online" keeps that trace in every synapse.  Form "trial" is the same sum in the other order, with no trace per synapse:

    a_i(t) = xi_i(t) sum_{s >= t} lambda^(s-t) M(s),   dW_ij = -eta sum_t a_i(t) x_j(t-1)

Fiete & Seung 2006, doi:10.1103/PhysRevLett.97.048104 (perturbation times eligibility); Werfel, Xie, Seung 2005,
doi:10.1162/089976605774320539 (variance of the estimate: grows with the number of perturbations, neurons times steps).
"""
from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from ..contract import close, credit, is_deferred, listens, measures, note, passes
from ..eligibilities.trace import Trace as TraceOfCell
from ..storage import padded, zeros
from .exploring import Exploring
from .pooling import pool
from .readout import delta_rule
from .rule import Parts, Sizes, outer, still
from .senses import Baseline, Losses, Slope, calibrate, compare, third_factor, tries

KEEP_BASELINE = 0.9  # of the running mean loss, per trial


class RewardToGo(NamedTuple):
    """Form "trial": every neuron keeps its perturbations of a trial."""

    ear: tuple
    eye: tuple
    rate: float        # learning rate / batch
    decay: float       # lambda
    gain: np.ndarray   # (width,) 1 / variance of the perturbation
    tried: np.ndarray  # (steps, batch, width) perturbations of every neuron
    heard: np.ndarray  # (steps, batch)


class OnlineTrace(NamedTuple):
    """Form "online"; goes with the eligibility `Trace`: one trace per synapse, so one scalar for the whole batch."""

    ear: tuple
    rate: float  # learning rate / variance of the perturbation
    share: float  # 1 / batch


is_deferred.set(True, RewardToGo)


@passes.fill(RewardToGo, OnlineTrace)
def _passes(part):
    return passes(part.ear)


@listens.fill(RewardToGo, OnlineTrace)
def _listens(part):
    return listens(part.ear)


@measures.fill(RewardToGo)
def _measures(part):
    return measures(part.eye)


@note.fill(RewardToGo)
def _note(rule, t, local, broadcast):
    for b in range(local.injected.shape[0]):
        rule.heard[t, b] = third_factor(rule.ear, broadcast, b)
        for i in range(local.injected.shape[1]):
            rule.tried[t, b, i] = tries(rule.eye, local, b, i)


@close.fill(RewardToGo)
def _close(rule, turn, n_steps, post):
    batch, heard, gain, tried = rule.heard.shape[1], rule.heard, rule.gain, rule.tried
    compare(rule.ear, heard, n_steps)
    calibrate(rule.eye, tried, n_steps, gain)
    for b in range(batch):
        to_go = rule.rate - rule.rate
        for k in range(n_steps):
            t = n_steps - 1 - k
            to_go = rule.decay * to_go + heard[t, b]
            scale = -rule.rate * to_go
            for i in range(post.shape[1]):
                post[t * batch + b, i] = scale * (tried[t, b, i] * gain[i])


@credit.fill(OnlineTrace)
def _credit(rule, local, broadcast, post, signal):
    for b in range(local.injected.shape[0]):
        signal[b] = -rule.rate * third_factor(rule.ear, broadcast, b)
        for i in range(local.injected.shape[1]):
            post[b, i] = local.injected[b, i]
    pool(signal, rule.share)


def expecting(sizes: Sizes, keep: float) -> Baseline:
    """The loss minus its running mean at every step of a trial, of which `keep` stays per trial."""
    return Baseline(zeros(sizes.steps, sizes.dtype), np.ones(1, sizes.dtype), np.dtype(sizes.dtype).type(keep))


class Trace(Exploring):
    """The trace rule.

    Parameters
    ----------
    decay : lambda; 1 over trials, below 1 (0.9) over streams
    third_factor : "error" sum_o e_o dy_o formed at the outputs (tolerates the largest sigma), "loss" the loss difference of the two
        passes, "baseline" loss minus its running mean: a single pass
    form : "trial" or "online"

    Notes
    -----
    Broadcasts 1 value per step.  "online" shares one loss over the batch (mean), since a synapse has one trace.
    """

    name: Literal["trace"] = "trace"
    decay: float = Field(default=1.0, ge=0, le=1)
    third_factor: Literal["error", "loss", "baseline"] = "error"
    form: Literal["trial", "online"] = "trial"

    @model_validator(mode="after")
    def _fits(self) -> Trace:
        if self.third_factor == "baseline" and self.perturbation == "measured":
            raise ValueError("third_factor = 'baseline' has one pass; perturbation = 'measured' needs two")
        if self.third_factor == "baseline" and self.antithetic:
            raise ValueError("third_factor = 'baseline' has one pass; antithetic = true needs two")
        if self.form == "online" and (self.perturbation == "measured" or self.third_factor == "baseline"):
            raise ValueError("form = 'online' is for perturbation = 'injected' and third_factor = 'error' or 'loss'")
        return self

    def ear(self, sizes: Sizes) -> Any:
        """The third factor."""
        if self.third_factor == "baseline":
            return expecting(sizes, KEEP_BASELINE)
        return Slope() if self.third_factor == "error" else Losses()

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        real, readout, source = np.dtype(sizes.dtype).type, delta_rule(self.learning_rate, sizes), self.source(sizes)
        if self.form == "online":
            rule = OnlineTrace(self.ear(sizes), real(self.learning_rate / (self.sigma**2 * self.subset)), real(1 / sizes.batch))

            def eligibility(name: str, cells: np.ndarray, jitter: Any) -> Any:
                return outer(name, cells, jitter) if name == "readout" else TraceOfCell(real(self.decay), zeros(cells.shape, sizes.dtype))

            return Parts(rule, readout, eligibility, source, still, 1)
        shape = (sizes.steps, sizes.batch, padded(sizes.hidden))
        hidden = RewardToGo(
            self.ear(sizes), self.eye(sizes), real(self.learning_rate / sizes.batch), real(self.decay), self.gain(sizes),
            zeros(shape, sizes.dtype), zeros(shape[:2], sizes.dtype))
        return Parts(hidden, readout, outer, source, still, 1)
