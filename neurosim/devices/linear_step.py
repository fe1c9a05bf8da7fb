"""Linear-step devices, soft bounds among them: the step of a pulse falls linearly with the state.

Soft bounds are the case in which it falls to 0 at the bound that the pulse moves to: fade = s / |bound|.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip, either
from ..contract import draws
from .fading import fade_rate, growth, is_mild
from .pulses import fire
from .writing import use

F = np.float32
MARGIN = F(6)  # standard deviations of noise that grows with the step, which may itself grow a little on the way
LARGEST_NOISE = F(1 / 2048)  # n (f sigma)^2 of pulses that are merged: keeps what is not exact small, see `LinearStep`
QUARTER, HALF = F(0.25), F(0.5)
FEW, MANY = (0,) * 5, (0,) * 10  # doublings for up to 31 pulses, and for up to 2^10 - 1 = pulses.MOST_PULSES


class LinearStep(NamedTuple):
    """w <- clip(w +- (s -+ f w)(1 + sigma xi)) per pulse: noise in proportion to the step (aihwkit LinearStepDevice, mult_noise).

    The fade f is gamma s / |mean bound|.  A pulse multiplies what is left of the way, d = s -+ f w, by 1 - f (1 + sigma xi), so that n
    pulses multiply it by the product of n such factors.  Where no bound can be met on the way, f <= 1/4, n f <= 1 and n (f sigma)^2 <=
    1/2048, they are merged: the product is taken to be log-normal with the mean q^n, q = 1 - f, and the variance p^n - q^2n, p = q^2 +
    (f sigma)^2, that it has.  So the mean ``w + d sum_{k<n} q^k`` and the variance ``(d sigma)^2 sum_{k<n} q^{2(n-1-k)} p^k`` of the state
    are right (but for paths that stray by more than 6 standard deviations), and its skewness, 3 (f sigma / q)(n - 1) / sqrt(n) away from
    the pulse's direction, comes out larger by 3 (f sigma / q) / sqrt(n): by 0.0003 in 31 pulses with f = 1/600 and sigma = 0.3, by 0.05
    at most.  Every other pulse is fired for itself.
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
    5 standard deviations, probability below 1e-6).  The sums are built by doubling, which cancels nothing however small f is, as often
    as `doublings` is long, which is known while compiling; longer trains are fired in portions.  Fields as in `LinearStep`.
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
    doublings: tuple[int, ...] = MANY


def doublings_for(most: float) -> tuple[int, ...]:
    """Doublings for trains of so many pulses."""
    return FEW if most < 1 << len(FEW) else MANY


draws.set(2, LinearStep, LinearStepAdditive)


def _is_clear(device, r, c, conductance, pulses):
    zero = pulses - pulses
    is_up, count = pulses > zero, abs(pulses)
    up, down = device.step_up[r, c], device.step_down[r, c]
    fade_up, fade_down = device.fade_up[r, c], device.fade_down[r, c]
    fade, noise = either(is_up, fade_up, fade_down), device.spread_ctoc * either(is_up, fade_up, fade_down)
    first = either(is_up, up, -down) - fade * conductance
    end, stray = conductance + count * first, MARGIN * device.spread_ctoc * abs(first) * np.sqrt(count)
    high = (end if end > conductance else conductance) + stray
    low = (end if end < conductance else conductance) - stray
    is_free = (high < device.upper[r, c]) & (low > device.lower[r, c])
    return (is_free & is_mild(fade, count) & (count * (noise * noise) <= LARGEST_NOISE)) | (count * count <= count)


def _is_clear_additive(device, r, c, conductance, pulses):
    zero = pulses - pulses
    is_up, count = pulses > zero, abs(pulses)
    up, down = device.step_up[r, c], device.step_down[r, c]
    fade_up, fade_down = device.fade_up[r, c], device.fade_down[r, c]
    step, fade = either(is_up, up, down), either(is_up, fade_up, fade_down)
    noise = device.margin * step * np.sqrt(count)
    first = (step if is_up else -step) - fade * conductance  # no later step of the train is larger, if steps do not grow
    end = conductance + count * first
    high = (end if end > conductance else conductance) + noise
    low = (end if end < conductance else conductance) - noise
    is_free = (high < device.upper[r, c]) & (low > device.lower[r, c])
    return (is_free & (fade >= zero) & (count < F(1 << len(device.doublings)))) | (count * count <= count)


use(LinearStep, _is_clear)
use(LinearStepAdditive, _is_clear_additive)


@fire.fill(LinearStep)
def _fire(device, r, c, conductance, pulses, normal, second):
    zero, count, one = pulses - pulses, abs(pulses), device.granule / device.granule
    is_up = pulses > zero
    up, down = device.step_up[r, c], device.step_down[r, c]  # load both, then select: a conditional load would not vectorise
    fade_up, fade_down = device.fade_up[r, c], device.fade_down[r, c]
    upper, lower = device.upper[r, c], device.lower[r, c]
    fade = either(is_up, fade_up, fade_down)
    step = either(is_up, up, -down) - fade * conductance
    # noise of the logarithm of the product of n factors in units of f; its variance is n log(1 + share^2), share = f sigma / q
    relative = device.spread_ctoc / (one - fade)
    share = fade * relative
    noise = relative * np.sqrt(count) * (one - QUARTER * (share * share))
    way = count * fade_rate(fade) + noise * normal + HALF * fade * (noise * noise)  # minus that logarithm over f
    steps = way * growth(-fade * way)
    steps = steps if count > one else count + device.spread_ctoc * normal
    moved = clip(conductance + step * steps, lower, upper)
    return moved if count > zero else conductance


@fire.fill(LinearStepAdditive)
def _fire_additive(device, r, c, conductance, pulses, normal, second):
    zero, count = pulses - pulses, abs(pulses)
    is_up = pulses > zero
    up, down = device.step_up[r, c], device.step_down[r, c]
    fade_up, fade_down = device.fade_up[r, c], device.fade_down[r, c]
    upper, lower = device.upper[r, c], device.lower[r, c]
    step, fade = either(is_up, up, down), either(is_up, fade_up, fade_down)
    one = device.granule / device.granule
    # of the pulses so far and of the next 2^k: share lost 1 - q^n (not q^n, which would round a small fade), sum q^k, sum q^2k
    lost, steps, noise = zero, zero, zero
    next_lost, next_steps, next_noise = fade, one, one
    left = np.int32(count)
    for _ in range(len(device.doublings)):
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
