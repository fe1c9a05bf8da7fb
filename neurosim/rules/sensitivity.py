"""SANP: every neuron learns how the outputs answer to its activity, k steps later; with a control variate (SANP-CV).

    p_i(t)  = phi'_i(t) xi_i(t)                                perturbation of the activity, in units of sigma
    d_o(t)  = dy_o(t) / sigma - sum_k sum_i S^k_oi p_i(t-k)    output difference that the neurons do not explain; broadcast
    S^k_oi += beta mean_{t, samples} d_o(t) p_i(t-k) / v_i     v_i running mean of p_i^2
    a_i(t)  = phi'_i(t) sum_k sum_o e_o(t+k) S^k_oi + kappa xi_i(t) sum_{s >= t} sum_o e_o(s) d_o(s)

kappa = 0 is SANP; S = 0, kappa = 1 is the trace rule with third factor "error"; kappa = 1 is unbiased to first order whatever S is
(a control variate).  e, d and one scalar are broadcast: 2 O + 1 values per step, or 3 with one random output channel per trial.
A neuron keeps K O sensitivities; a synapse keeps nothing but its weight.
"""
from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..arithmetic import dot
from ..contract import close, explain, is_deferred, listens, measures, note, passes, wants_slope
from ..random import fill_uniform
from ..storage import padded, zeros
from ..updaters.optimizer import schedule
from .exploring import KEEP, Exploring
from .readout import delta_rule
from .rule import Parts, Sizes, outer, still
from .senses import calibrate, mean_square


class Sensitive(NamedTuple):
    """State of the neurons; every array indexed by i belongs to neuron i."""

    eye: tuple
    rate: float               # learning rate / batch
    kappa: float
    unit: float               # sigma of what was injected; 1 if it is measured
    is_single: int            # 1: one random output channel per trial and sample
    beta: np.ndarray          # (turns,) rate of S
    keep: float               # of the running variance
    gain: np.ndarray          # (width,) 1 / variance of the perturbation of the potential
    sensitivity: np.ndarray   # (lags, n_out, width) S
    variance: np.ndarray      # (width,) v, state
    request: np.ndarray       # (n_out, width) scratch
    tried: np.ndarray         # (steps, batch, width) perturbation of the potential
    slope: np.ndarray         # (steps, batch, width) phi'
    pushed: np.ndarray        # (steps, batch, width) p
    error: np.ndarray         # (steps, batch, n_out) e as broadcast
    change: np.ndarray        # (steps, batch, n_out) d * unit as broadcast
    heard: np.ndarray         # (steps, batch) sum_o e_o d_o * unit as broadcast
    first: np.ndarray         # (batch,) int64, first channel that a sample listens to in this trial
    uniform: np.ndarray       # (padded batch,) scratch


is_deferred.set(True, Sensitive)
listens.set(2, Sensitive)
passes.set(2, Sensitive)
wants_slope.set(True, Sensitive)


@measures.fill(Sensitive)
def _measures(part):
    return measures(part.eye)


@explain.fill(Sensitive)
def _explain(rule, key, t, local, explained):
    batch, width = local.injected.shape
    n_out = explained.shape[1]
    if t == 0 and rule.is_single == 1:
        fill_uniform(key, 0, rule.uniform)
        for b in range(batch):
            rule.first[b] = min(int(rule.uniform[b] * n_out), n_out - 1)
    for b in range(batch):
        for i in range(width):
            rule.tried[t, b, i] = local.injected[b, i]
            rule.slope[t, b, i] = local.slope[b, i]
            rule.pushed[t, b, i] = local.slope[b, i] * (local.injected[b, i] / rule.unit)
    for k in range(min(t + 1, rule.sensitivity.shape[0])):
        s, p = rule.sensitivity[k], rule.pushed[t - k]
        for b in range(batch):
            for o in range(n_out):
                explained[b, o] += rule.unit * dot(s, o, p, b)


@note.fill(Sensitive)
def _note(rule, t, local, broadcast):
    for b in range(broadcast.error.shape[0]):
        rule.heard[t, b] = broadcast.slope[b]
        for o in range(broadcast.error.shape[1]):
            rule.error[t, b, o] = broadcast.error[b, o]
            rule.change[t, b, o] = broadcast.change[b, o]


@close.fill(Sensitive)
def _close(rule, turn, n_steps, post):
    error, change, s, pushed, request = rule.error, rule.change, rule.sensitivity, rule.pushed, rule.request
    batch, n_out, width = error.shape[1], error.shape[2], post.shape[1]
    lags = min(n_steps, s.shape[0])
    none = rule.rate - rule.rate
    one = post.dtype.type(1)
    loud = post.dtype.type(n_out) if rule.is_single == 1 else one
    heard_channels = 1 if rule.is_single == 1 else n_out
    calibrate(rule.eye, rule.tried, n_steps, rule.gain)
    mean_square(pushed, n_steps, rule.keep, rule.variance, request[0])
    for q in range(n_steps * batch):
        for i in range(width):
            post[q, i] = none
    for k in range(lags):
        for t in range(n_steps - k):
            for b in range(batch):
                for o in range(rule.first[b], rule.first[b] + heard_channels):
                    e = loud * error[t + k, b, o]
                    if e != none:
                        for i in range(width):
                            post[t * batch + b, i] = post[t * batch + b, i] + e * s[k, o, i]
    for b in range(batch):
        to_go = none
        for back in range(n_steps):
            t = n_steps - 1 - back
            to_go = to_go + rule.heard[t, b]
            direct = rule.kappa * to_go
            for i in range(width):
                learned = rule.slope[t, b, i] * post[t * batch + b, i]
                post[t * batch + b, i] = -rule.rate * (learned + direct * (rule.tried[t, b, i] * rule.gain[i]))
    beta = rule.beta[min(turn, rule.beta.size - 1)] * loud / (rule.unit * post.dtype.type(n_steps * batch))
    for k in range(lags):
        for o in range(n_out):
            for i in range(width):
                request[o, i] = none
        for t in range(k, n_steps):
            for b in range(batch):
                for o in range(rule.first[b], rule.first[b] + heard_channels):
                    d = change[t, b, o]
                    for i in range(width):
                        request[o, i] = request[o, i] + d * pushed[t - k, b, i]
        for o in range(n_out):
            for i in range(width):
                v = rule.variance[i]
                s[k, o, i] = s[k, o, i] + beta * (request[o, i] / (v if v > none else one))


class SANP(Exploring):
    """Learned sensitivities alone (kappa = 0): fast, but biased, and it destroys a good orthogonal start.

    Parameters
    ----------
    lags : K; all steps of a trial if absent
    channels : "all" outputs, or "one" random output per trial
    beta, beta_last : rate of the sensitivities, and what it falls to with the decay of train.optimizer; stable for
        beta < 2 * samples * steps / (lags * hidden), steps with a loss
    """

    name: Literal["sanp"] = "sanp"
    lags: int | None = Field(default=None, ge=1, le=100_000)
    channels: Literal["all", "one"] = "all"
    beta: float = Field(default=0.1, ge=0, allow_inf_nan=False)
    beta_last: float = Field(default=0.01, ge=0, allow_inf_nan=False)

    @property
    def correction(self) -> float:
        """kappa."""
        return 0.0

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        dtype, real, width = sizes.dtype, np.dtype(sizes.dtype).type, padded(sizes.hidden)
        batch, steps, n_out = sizes.batch, sizes.steps, sizes.outputs
        unit = 1.0 if self.perturbation == "measured" else self.sigma
        last = self.beta_last / self.beta if self.beta > 0 else 1.0

        def neurons() -> np.ndarray:
            return zeros((steps, batch, width), dtype)

        hidden = Sensitive(
            self.eye(sizes), real(self.learning_rate / batch), real(self.correction), real(unit), int(self.channels == "one"),
            (self.beta * schedule(sizes.decay, sizes.turns, last)).astype(dtype), real(KEEP), self.gain(sizes),
            zeros((min(self.lags or steps, steps), n_out, width), dtype), zeros(width, dtype), zeros((n_out, width), dtype),
            neurons(), neurons(), neurons(), zeros((steps, batch, n_out), dtype), zeros((steps, batch, n_out), dtype),
            zeros((steps, batch), dtype), np.zeros(batch, np.int64), zeros(padded(batch), dtype))
        broadcasts = 3 if self.channels == "one" else 2 * n_out + 1
        return Parts(hidden, delta_rule(self.learning_rate, sizes), outer, self.source(sizes), still, broadcasts)


class SANPCV(SANP):
    """SANP with control variate: node perturbation corrects what the learned sensitivities do not explain.

    Parameters
    ----------
    kappa : weight of the correction; 1 is unbiased, less trades bias for variance
    """

    name: Literal["sanp_cv"] = "sanp_cv"  # type: ignore[assignment]
    kappa: float = Field(default=0.3, ge=0, allow_inf_nan=False)

    @property
    def correction(self) -> float:
        """kappa."""
        return self.kappa
