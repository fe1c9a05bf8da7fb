"""Linear-step devices, soft bounds among them: the step of a pulse falls linearly with the state.

Soft bounds are the case in which it falls to 0 at the bound that the pulse moves to: fade = s / |bound|.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import draws
from .pulses import fire
from .writing import use

DOUBLINGS = 10  # 2^10 - 1 = pulses.MOST_PULSES


class LinearStep(NamedTuple):
    """w <- clip(w +- (s -+ f w)(1 + sigma xi)) per pulse: noise in proportion to the step (aihwkit LinearStepDevice, mult_noise).

    The fade f is gamma s / |mean bound|; a train is fired pulse by pulse, because its noise does not add up to a normal one.
    Source: Rasch et al. 2021, arXiv:2104.02184.  Arrays per cell are (rows, width); padding is 0.
    """

    granule: float         # nominal step at w = 0, in units of the weight
    most: float            # longest pulse train of one request
    step_up: np.ndarray    # s, 0 for a stuck device
    step_down: np.ndarray
    fade_up: np.ndarray    # f, share of the state that a pulse takes away
    fade_down: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    spread_ctoc: float     # sigma, relative to the step


class LinearStepAdditive(NamedTuple):
    """w <- clip((1 - f) w +- s (1 + sigma xi)) per pulse: noise of constant size (mult_noise off; SoftBoundsReferenceDevice).

    n pulses are merged where no bound can be met on the way: with q = 1 - f,
    ``w_n = q^n w +- s sum_{k<n} q^k + s sigma sqrt(sum_{k<n} q^2k) xi``, exact in distribution (but for paths that stray by more than
    5 standard deviations, probability below 1e-6).  The sums are built by doubling, which cancels nothing however small f is.
    Fields as in `LinearStep`.
    """

    granule: float
    most: float
    step_up: np.ndarray
    step_down: np.ndarray
    fade_up: np.ndarray
    fade_down: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    spread_ctoc: float
    margin: float          # 5 sigma


draws.set(2, LinearStep, LinearStepAdditive)


def _is_clear(device, r, c, conductance, pulses):
    zero = pulses - pulses
    is_up, count = pulses > zero, abs(pulses)
    up, down = device.step_up[r, c], device.step_down[r, c]
    fade_up, fade_down = device.fade_up[r, c], device.fade_down[r, c]
    step, fade = (up if is_up else down), (fade_up if is_up else fade_down)
    noise = device.margin * step * np.sqrt(count)
    first = (step if is_up else -step) - fade * conductance  # no later step of the train is larger, if steps do not grow
    end = conductance + count * first
    high = (end if end > conductance else conductance) + noise
    low = (end if end < conductance else conductance) - noise
    return ((high < device.upper[r, c]) & (low > device.lower[r, c]) & (fade >= zero)) | (count * count <= count)


use(LinearStep)
use(LinearStepAdditive, _is_clear)


@fire.fill(LinearStep)
def _fire(device, r, c, conductance, pulses, normal, second):
    zero = pulses - pulses
    is_up = pulses > zero
    up, down = device.step_up[r, c], device.step_down[r, c]  # load both, then select: a conditional load would not vectorise
    fade_up, fade_down = device.fade_up[r, c], device.fade_down[r, c]
    upper, lower = device.upper[r, c], device.lower[r, c]
    step = (up if is_up else -down) - (fade_up if is_up else fade_down) * conductance
    moved = clip(conductance + step * (abs(pulses) + device.spread_ctoc * normal), lower, upper)
    return moved if abs(pulses) > zero else conductance


@fire.fill(LinearStepAdditive)
def _fire_additive(device, r, c, conductance, pulses, normal, second):
    zero, count = pulses - pulses, abs(pulses)
    is_up = pulses > zero
    up, down = device.step_up[r, c], device.step_down[r, c]
    fade_up, fade_down = device.fade_up[r, c], device.fade_down[r, c]
    upper, lower = device.upper[r, c], device.lower[r, c]
    step, fade = (up if is_up else down), (fade_up if is_up else fade_down)
    one = device.granule / device.granule
    # of the pulses so far and of the next 2^k: share lost 1 - q^n (not q^n, which would round a small fade), sum q^k, sum q^2k
    lost, steps, noise = zero, zero, zero
    next_lost, next_steps, next_noise = fade, one, one
    left = np.int32(count)
    for _ in range(DOUBLINGS):
        is_odd = (left & 1) == 1
        kept = one - next_lost
        steps = steps - steps * next_lost + next_steps if is_odd else steps
        noise = noise * (kept * kept) + next_noise if is_odd else noise
        lost = lost - lost * next_lost + next_lost if is_odd else lost
        next_steps = next_steps - next_steps * next_lost + next_steps
        next_noise = next_noise * (kept * kept) + next_noise
        next_lost = next_lost - next_lost * next_lost + next_lost
        left = left >> 1
    moved = conductance + (step * ((steps if is_up else -steps) + device.spread_ctoc * np.sqrt(noise) * normal) - lost * conductance)
    return clip(moved, lower, upper) if count > zero else conductance
