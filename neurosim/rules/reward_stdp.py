"""Reward-modulated spike-timing-dependent plasticity: pairs of spikes leave an eligibility, the reward makes it a change.

With z_i the spikes of a neuron, x_j those that arrive at its synapse, all-to-all pairs and R = -L the reward:

    P_j(t)  = k_plus P_j(t-1) + x_j(t)                       trace of what arrived
    Q_i(t)  = k_minus (Q_i(t-1) + z_i(t-1))                  trace of what was sent before
    e_ij(t) = lambda e_ij(t-1) + A_plus P_j(t) z_i(t) - A_minus Q_i(t) x_j(t)
    dW_ij   = eta sum_t (R(t) - <R>(t)) e_ij(t)

k = exp(-1 / tau).  A spike that arrives dt steps before the neuron fires adds A_plus exp(-dt / tau_plus), one that arrives in the same
step (dt = 0) had its part in the spike and counts as earlier; one that arrives dt after it takes A_minus exp(-dt / tau_minus).

Florian 2007, doi:10.1162/neco.2007.19.6.1468 (modulated STDP with eligibility trace, and A_plus = A_minus, tau = 20 ms), Izhikevich 2007,
doi:10.1093/cercor/bhl152 (dc/dt = -c / tau_c + STDP, ds/dt = c d); Legenstein, Pecevski, Maass 2008, doi:10.1371/journal.pcbi.1000180,
eq. 1.  The reward above its running mean as the third factor: Fremaux & Gerstner 2016, doi:10.3389/fncir.2015.00085.

The sum over t is taken in the other order, so that neither synapses nor inputs keep a trace: with the reward to go
G(t) = sum_{s >= t} lambda^(s-t) (R(s) - <R>(s)),

    dW_ij = eta sum_t x_j(t) (A_plus sum_{s >= t} k_plus^(s-t) G(s) z_i(s) - A_minus G(t) Q_i(t))

Pairs are made within a sequence.
"""
from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..contract import close, is_deferred, note
from ..storage import padded, zeros
from .readout import delta_rule
from .reward import RewardModulated
from .rule import Parts, Sizes, outer, still
from .senses import compare, third_factor


class PairedSpikes(NamedTuple):
    """What the neurons keep of a trial; every array indexed by i is that neuron's own."""

    ear: tuple
    rate: float         # learning rate / batch
    decay: float        # lambda
    a_plus: float
    a_minus: float
    keep_plus: float    # k_plus
    keep_minus: float
    sent: np.ndarray    # (steps, batch, width) z
    heard: np.ndarray   # (steps, batch)
    later: np.ndarray   # (width,) workspace


is_deferred.set(True, PairedSpikes)


@note.fill(PairedSpikes)
def _note(rule, t, local, broadcast):
    for b in range(local.activity.shape[0]):
        rule.heard[t, b] = third_factor(rule.ear, broadcast, b)
        for i in range(local.activity.shape[1]):
            rule.sent[t, b, i] = local.activity[b, i]


@close.fill(PairedSpikes)
def _close(rule, turn, n_steps, post):
    batch, heard, sent, later = rule.heard.shape[1], rule.heard, rule.sent, rule.later
    compare(rule.ear, heard, n_steps)
    none = rule.rate - rule.rate
    for b in range(batch):
        for i in range(post.shape[1]):
            post[b, i] = none
            later[i] = none
        for t in range(1, n_steps):  # Q
            for i in range(post.shape[1]):
                post[t * batch + b, i] = rule.keep_minus * (post[(t - 1) * batch + b, i] + sent[t - 1, b, i])
        to_go = none
        for k in range(n_steps):
            t = n_steps - 1 - k
            to_go = rule.decay * to_go + heard[t, b]
            scale = -rule.rate * to_go
            for i in range(post.shape[1]):
                later[i] = rule.keep_plus * later[i] + scale * sent[t, b, i]
                post[t * batch + b, i] = rule.a_plus * later[i] - rule.a_minus * (scale * post[t * batch + b, i])


class RewardSTDP(RewardModulated):
    """Reward-modulated STDP of spiking networks.

    Parameters
    ----------
    a_plus, a_minus : what a pair adds and takes, arrival first and spike first; in units of the eligibility
    tau_plus_steps, tau_minus_steps : time constants of the window

    Notes
    -----
    One pass; broadcasts 1 value per step; keeps nothing per synapse.  Of neurons that do not spike, the activity is what is paired.
    """

    name: Literal["reward_stdp"] = "reward_stdp"
    a_plus: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    a_minus: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    tau_plus_steps: float = Field(default=20.0, gt=0, allow_inf_nan=False)
    tau_minus_steps: float = Field(default=20.0, gt=0, allow_inf_nan=False)

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        real, shape = np.dtype(sizes.dtype).type, (sizes.steps, sizes.batch, padded(sizes.hidden))
        hidden = PairedSpikes(
            self.ear(sizes), real(self.learning_rate / sizes.batch), real(self.decay), real(self.a_plus), real(self.a_minus),
            real(np.exp(-1 / self.tau_plus_steps)), real(np.exp(-1 / self.tau_minus_steps)), zeros(shape, sizes.dtype),
            zeros(shape[:2], sizes.dtype), zeros(shape[2], sizes.dtype))
        return Parts(hidden, delta_rule(self.learning_rate, sizes), outer, self.source(sizes), still, 1)
