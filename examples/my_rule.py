"""A rule of one's own, whole: a neuron keeps one bit per step, the sign of its noise, and learns when the trial is over.
dW_ij = -eta sqrt(pi / 2) / sigma * sum_t sign(noise_i(t)) x_j(t - 1) * sum_{s >= t} (perturbed loss(s) - clean loss(s))"""
from typing import NamedTuple

import numpy as np

from neurosim.contract import close, is_deferred, note, passes
from neurosim.rules.readout import with_delta_readout
from neurosim.rules.rule import NoCredit, Parts, Rule, Sizes, gaussian, outer, still
from neurosim.storage import padded, zeros


class SignTrace(NamedTuple):
    rate: float
    sign: np.ndarray    # (steps, batch, neurons) of the noise, each neuron's own
    change: np.ndarray  # (steps, batch) of the loss, broadcast to all of them


passes.set(2, SignTrace)          # a clean and a perturbed pass, in lock-step
is_deferred.set(True, SignTrace)  # learns at the end of a trial, in `close`


@note.fill(SignTrace)  # compiled into the loop, at every step; sees its own neurons and what is broadcast, nothing else
def _note(rule, t, local, broadcast):
    for b in range(rule.change.shape[1]):
        rule.change[t, b] = broadcast.perturbed[b] - broadcast.reference[b]
        for i in range(rule.sign.shape[2]):
            rule.sign[t, b, i] = np.sign(local.injected[b, i])


@close.fill(SignTrace)  # what it writes into `post`, the synapses multiply by their presynaptic activity of that step
def _close(rule, turn, n_steps, post):
    for b in range(rule.change.shape[1]):
        loss_to_go = rule.rate - rule.rate  # zero in the precision of the chip
        for t in range(n_steps - 1, -1, -1):
            loss_to_go += rule.change[t, b]
            for i in range(post.shape[1]):
                post[t * rule.change.shape[1] + b, i] = -rule.rate * loss_to_go * rule.sign[t, b, i]


class MyRule(Rule):  # its settings, and the parts that they make; the readout learns by the delta rule
    learning_rate: float
    sigma: float = 0.01  # of the noise that a neuron adds to its potential
    def build(self, sizes: Sizes) -> Parts:
        rate = np.dtype(sizes.dtype).type(self.learning_rate * np.sqrt(np.pi / 2) / self.sigma / sizes.batch)
        change = zeros((sizes.steps, sizes.batch), sizes.dtype)
        hidden = SignTrace(rate, zeros((*change.shape, padded(sizes.hidden)), sizes.dtype), change)
        parts = Parts(hidden, NoCredit(), outer, gaussian(self.sigma, sizes), still, broadcasts=1)
        return with_delta_readout(parts, self.learning_rate, sizes)
