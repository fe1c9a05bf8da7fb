"""Learning signals through feedback weights times local eligibilities: RFLO and the rate form of e-prop.

    L_i(t)  = sum_o B_oi e_o(t)                             learning signal from the broadcast output errors
    p_ij(t) = keep_i p_ij(t-1) + phi'_i(t) x_j(t-1)         how the neuron's own state depends on its synapse
    dW_ij   = -eta sum_t L_i(t) p_ij(t)

keep_i is what a leaky neuron keeps of its state per step (0 for tanh neurons), phi' = dz/dh includes its share of the new.
Murray 2019, doi:10.7554/eLife.43299 (RFLO: random feedback); Bellec et al. 2020, doi:10.1038/s41467-020-17236-y (e-prop: the same
eligibility for a neuron whose only state is z; feedback random or adaptive).  With feedback equal to the readout weights and tanh
neurons this is the one-step backpropagation of the yardsticks.

Outputs that integrate, y(t) = k y(t-1) + (1 - k) W z(t), pass their errors back through the leak: there e_o(t) is
(1 - k) sum_{s >= t} k^(s-t) e_o(s), in the hidden layer and in adaptive feedback alike (the low-pass filter of Bellec et al. 2020, in the
other order of the sum).

The sum over t is taken in the other order: a_i(t) = phi'_i(t) sum_{s >= t} keep_i^(s-t) L_i(s), so no trace per synapse is kept.

For spiking neurons the state is the membrane and the pseudo-derivative psi stands outside of the filter (e-prop for LIF neurons):
p_ij(t) = psi_i(t) (F x_j)(t-1), F the filter of the synapse, if it has one, and of the membrane; what an adaptive threshold remembers is
left out.
"""
from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from ..contract import close, is_deferred, listens, note, wants_slope
from ..generators import generator
from ..slots import shared
from ..storage import padded, zeros
from .readout import delta_rule
from .rule import Parts, Rule, Sizes, outer, silent, still

FEEDBACK = 3001  # random stream of the feedback weights


class Feedback(NamedTuple):
    """State of the neurons; every array indexed by i belongs to neuron i."""

    rate: float            # learning rate / batch
    alignment: float       # rate of adaptive feedback / batch, 0 for fixed
    keep: float
    readout_keep: float
    feedback: np.ndarray   # (n_out, width) B
    slope: np.ndarray      # (steps, batch, width)
    activity: np.ndarray   # (steps, batch, width)
    error: np.ndarray      # (steps, batch, n_out)


class SpikingFeedback(NamedTuple):
    """The same for spiking neurons; `keep` of the membrane, `synapse_keep` of the synapse, 0 without one."""

    rate: float
    alignment: float
    keep: float
    readout_keep: float
    feedback: np.ndarray
    slope: np.ndarray
    activity: np.ndarray
    error: np.ndarray
    synapse_keep: float


is_deferred.set(True, Feedback, SpikingFeedback)
listens.set(2, Feedback, SpikingFeedback)
wants_slope.set(True, Feedback, SpikingFeedback)


@note.fill(Feedback, SpikingFeedback)
def _note(rule, t, local, broadcast):
    for b in range(local.slope.shape[0]):
        for o in range(broadcast.error.shape[1]):
            rule.error[t, b, o] = broadcast.error[b, o]
        for i in range(local.slope.shape[1]):
            rule.slope[t, b, i] = local.slope[b, i]
            rule.activity[t, b, i] = local.activity[b, i]


@close.fill(Feedback)
def _close(rule, turn, n_steps, post):
    batch, n_out = rule.error.shape[1], rule.error.shape[2]
    none = rule.rate - rule.rate
    pass_back(rule, n_steps)
    for back in range(n_steps):
        t = n_steps - 1 - back
        for b in range(batch):
            row, later = t * batch + b, (t + 1) * batch + b
            for i in range(post.shape[1]):
                post[row, i] = rule.keep * post[later, i] if back > 0 else none
            for o in range(n_out):
                e = rule.error[t, b, o]
                for i in range(post.shape[1]):
                    post[row, i] = post[row, i] + e * rule.feedback[o, i]
    for t in range(n_steps):
        for b in range(batch):
            for i in range(post.shape[1]):
                post[t * batch + b, i] = -rule.rate * (rule.slope[t, b, i] * post[t * batch + b, i])
    align_feedback(rule, n_steps)


@close.fill(SpikingFeedback)
def _close_spiking(rule, turn, n_steps, post):
    batch, n_out = rule.error.shape[1], rule.error.shape[2]
    none = rule.rate - rule.rate
    pass_back(rule, n_steps)
    for t in range(n_steps):  # L psi
        for b in range(batch):
            row = t * batch + b
            for i in range(post.shape[1]):
                post[row, i] = none
            for o in range(n_out):
                e = rule.error[t, b, o]
                for i in range(post.shape[1]):
                    post[row, i] = post[row, i] + e * rule.feedback[o, i]
            for i in range(post.shape[1]):
                post[row, i] = -rule.rate * (rule.slope[t, b, i] * post[row, i])
    for keep in (rule.keep, rule.synapse_keep):  # the filters of membrane and synapse, backwards in time
        for back in range(1, n_steps):
            t = n_steps - 1 - back
            for b in range(batch):
                for i in range(post.shape[1]):
                    post[t * batch + b, i] = post[t * batch + b, i] + keep * post[(t + 1) * batch + b, i]
    align_feedback(rule, n_steps)


@shared
def pass_back(rule, n_steps):
    """The errors of a trial behind the leak of the outputs, in place, backwards in time."""
    error, keep, one = rule.error, rule.readout_keep, rule.error.dtype.type(1)
    if keep > one - one:
        for back in range(n_steps):
            t = n_steps - 1 - back
            for b in range(error.shape[1]):
                for o in range(error.shape[2]):
                    later = error[t + 1, b, o] if back > 0 else one - one
                    error[t, b, o] = (one - keep) * error[t, b, o] + keep * later


@shared
def align_feedback(rule, n_steps):
    """Adaptive feedback follows the delta rule of the readout."""
    for t in range(n_steps):
        for b in range(rule.error.shape[1]):
            for o in range(rule.error.shape[2]):
                step = rule.alignment * rule.error[t, b, o]
                for i in range(rule.feedback.shape[1]):
                    rule.feedback[o, i] = rule.feedback[o, i] - step * rule.activity[t, b, i]


class RFLO(Rule):
    """Random feedback local online learning: fixed random feedback weights of standard deviation `feedback_scale` / sqrt(hidden)."""

    name: Literal["rflo"] = "rflo"
    learning_rate: float = Field(gt=0, allow_inf_nan=False)
    feedback_scale: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    feedback_seed: int = Field(default=1, ge=0, lt=2**64)

    @property
    def alignment(self) -> float:
        """Rate of the feedback weights."""
        return 0.0

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        real, shape = np.dtype(sizes.dtype).type, (sizes.steps, sizes.batch, padded(sizes.hidden))
        feedback = zeros((sizes.outputs, shape[2]), sizes.dtype)
        draws = generator(self.feedback_seed, FEEDBACK).standard_normal((sizes.outputs, sizes.hidden))
        feedback[:, :sizes.hidden] = draws * self.feedback_scale / np.sqrt(sizes.hidden)
        hidden: Any = Feedback(
            real(self.learning_rate / sizes.batch), real(self.alignment / sizes.batch), real(sizes.keep), real(sizes.readout_keep),
            feedback, zeros(shape, sizes.dtype), zeros(shape, sizes.dtype), zeros((*shape[:2], sizes.outputs), sizes.dtype))
        if sizes.spikes:
            hidden = SpikingFeedback(**hidden._asdict(), synapse_keep=real(sizes.synapse_keep))
        return Parts(hidden, delta_rule(self.learning_rate, sizes), outer, silent, still, sizes.outputs)


class EProp(RFLO):
    """The rate form of e-prop, with feedback weights that learn by the readout's own local rule (`adaptive`) at rate `feedback_rate`."""

    name: Literal["e_prop"] = "e_prop"  # type: ignore[assignment]
    feedback_rate: float = Field(default=1e-2, ge=0, allow_inf_nan=False)

    @property
    def alignment(self) -> float:
        """Rate of the feedback weights."""
        return self.feedback_rate
