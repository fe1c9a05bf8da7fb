"""What a rule with temporal credit hears (its third factor) and sees (the perturbation of its own neurons)."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import listens, measures, passes
from ..slots import shared, slot

QUIET = 1e-30  # a variance below this is that of a neuron that has stopped moving; its inverse would overflow


class Losses(NamedTuple):
    """M = loss of the perturbed pass minus loss of the clean one."""


class Slope(NamedTuple):
    """M = sum_o e_o dy_o, formed at the outputs: the loss difference to first order, without its quadratic part."""


class Baseline(NamedTuple):
    """M = loss minus its running mean at this step of a trial (reward prediction error): one pass."""

    mean: np.ndarray     # (steps,) state
    is_new: np.ndarray   # (1,) 1 before the first trial, state
    keep: float


class Injected(NamedTuple):
    """The neuron knows what was injected into it; its variance is a setting."""


class Measured(NamedTuple):
    """The neuron measures what it added itself, and the variance of that."""

    keep: float
    variance: np.ndarray  # (width,) running mean square of the innovation, state; 0 before the first trial


listens.set(1, Slope)
passes.set(2, Losses, Slope)
measures.set(True, Measured)


def as_injected(eye, local, b, i):
    """What was put into the neuron, or what it measures of itself."""
    return local.injected[b, i]


@shared
def mean_square(values, n_steps, keep, running, scratch):
    """Running mean square over steps and samples of `values` (steps, batch, width); the first trial sets it."""
    one = running.dtype.type(1)
    share = one / values.dtype.type(n_steps * values.shape[1])
    for i in range(running.size):
        scratch[i] = one - one
    for t in range(n_steps):
        for b in range(values.shape[1]):
            for i in range(running.size):
                scratch[i] = scratch[i] + values[t, b, i] * values[t, b, i]
    for i in range(running.size):
        now = scratch[i] * share
        running[i] = keep * running[i] + (one - keep) * now if running[i] > one - one else now


@slot(default=as_injected)
def tries(eye, local, b, i):
    """The second factor of neuron i for sample b, as the eye sees it; once per step."""


@slot
def third_factor(ear, broadcast, b):
    """What is heard of sample b in one step."""


@slot
def compare(ear, heard, n_steps):
    """Turn what was heard in a trial, (steps, batch), into third factors, in place."""


@slot
def calibrate(eye, tried, n_steps, gain):
    """Update `gain` (width,) = 1 / variance of the perturbations of a trial, `tried` (steps, batch, width)."""


@third_factor.fill(Losses)
def _difference(ear, broadcast, b):
    return broadcast.perturbed[b] - broadcast.reference[b]


@third_factor.fill(Slope)
def _slope(ear, broadcast, b):
    return broadcast.slope[b]


@third_factor.fill(Baseline)
def _loss(ear, broadcast, b):
    return broadcast.perturbed[b]


@compare.fill(Losses, Slope)
def _as_heard(ear, heard, n_steps):
    pass


@compare.fill(Baseline)
def _with_baseline(ear, heard, n_steps):
    batch, one = heard.shape[1], heard.dtype.type(1)
    share = one / heard.dtype.type(batch)
    for t in range(n_steps):
        now = one - one
        for b in range(batch):
            now += heard[t, b]
        now = now * share
        expected = now if ear.is_new[0] == one else ear.mean[t]
        for b in range(batch):
            heard[t, b] = heard[t, b] - expected
        ear.mean[t] = ear.keep * expected + (one - ear.keep) * now
    ear.is_new[0] = one - one


@calibrate.fill(Injected)
def _known(eye, tried, n_steps, gain):
    pass


@calibrate.fill(Measured)
def _measured(eye, tried, n_steps, gain):
    one, variance = gain.dtype.type(1), eye.variance
    mean_square(tried, n_steps, eye.keep, variance, gain)
    for i in range(gain.size):
        gain[i] = one / variance[i] if variance[i] > QUIET else one - one
