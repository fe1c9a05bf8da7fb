"""1/f read noise around any device, as a process in time: what a read finds now, it finds again a moment later."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import exp
from ..contract import age, draws, is_ageing, sense
from ..random import Key, fill_normal
from .pulses import fire, is_clear, reset_to, upper_bound
from .writing import wrap

STREAM = 64  # between the streams of the components; the first is that of the devices inside
LONGEST_S = 1e8  # three years: to where noise is followed
FEWEST, MOST, DECADES = 6, 10, 1.5  # components, and how far apart they are if that leaves a number between the two


class Flicker(NamedTuple):
    """A read finds w (1 + e), e the sum of Ornstein-Uhlenbeck processes whose relaxation times are spaced evenly in ln t.

    Every component has the standard deviation `sd` in the long run, starts at 0 when the chip is programmed, and is integrated exactly
    over any interval.  With the times and the sd of `components`, Var(e) follows ``Q^2 ln((t + t_r) / (2 t_r))``, t_r what one read
    takes (Nandakumar et al. 2019, doi:10.1109/ICECS46596.2019.8964852), and the spectrum falls as 1/f between the ends.

    Between two moments at which devices age the error stands still; of what is faster than the time between them, every moment brings a
    fresh value.  The process goes on while cells are written: a pulse moves a filament or a crystal, and nobody verifies the cell
    afterwards, which is what would make the error 0 again.  Cells are (rows, width).
    """

    inner: tuple
    excess: np.ndarray        # e
    components: np.ndarray    # (components, rows, width), sum e
    aged_s: np.ndarray        # (1,) float64, when they were brought up to date
    relaxation_s: np.ndarray  # (components,) float64
    sd: float                 # float64
    normal: np.ndarray        # (width,) workspace


is_ageing.set(True, Flicker)
wrap(Flicker)


def components(relative: float, read_s: float, longest_s: float = LONGEST_S) -> tuple[np.ndarray, float]:
    """Relaxation times (s) and common standard deviation of the components of a 1/f noise of strength Q = `relative`.

    A density of relaxation times 1 / tau from ``4 exp(gamma) t_r`` on (gamma: Euler's constant) gives, for t much longer than t_r,
    ``int (1 - exp(-2 t / tau)) dtau / tau = ln(t / (2 t_r))``; components a factor exp(h) apart, each of variance Q^2 h, are the
    midpoint rule for it.  Accurate to 3 % of the variance for 10^4 t_r < t < `longest_s` / 10.
    """
    shortest_s = 4 * np.exp(np.euler_gamma) * read_s
    decades = max(np.log10(longest_s / shortest_s), DECADES)
    n = int(np.clip(np.ceil(decades / DECADES), FEWEST, MOST))
    spacing = np.log(10) * decades / n
    return shortest_s * np.exp(spacing * (np.arange(n) + 0.5)), float(relative * np.sqrt(spacing))


@draws.fill(Flicker)
def _draws(part):
    return draws(part.inner)


@sense.fill(Flicker)
def _sense(device, r, c, conductance):
    weight = sense(device.inner, r, c, conductance)
    return weight + weight * device.excess[r, c]


@upper_bound.fill(Flicker)
def _upper_bound(device, r, c):
    return upper_bound(device.inner, r, c)


@reset_to.fill(Flicker)
def _reset_to(device, r, c, conductance, left):
    return reset_to(device.inner, r, c, conductance, left)


@is_clear.fill(Flicker)
def _is_clear(device, r, c, conductance, pulses):
    return is_clear(device.inner, r, c, conductance, pulses)


@fire.fill(Flicker)
def _fire(device, r, c, conductance, pulses, normal, second):
    return fire(device.inner, r, c, conductance, pulses, normal, second)


@age.fill(Flicker)
def _age(device, conductance, key, now_s):
    age(device.inner, conductance, key, now_s)
    rows, width = device.excess.shape
    passed, one = now_s - device.aged_s[0], now_s - now_s + 1
    for k in range(device.relaxation_s.size):
        keep = exp(-(passed / device.relaxation_s[k]))
        fresh = device.sd * np.sqrt(one - keep * keep)
        for r in range(rows):
            fill_normal(Key(key.seed, key.stream + STREAM * (k + 1), key.step), r * width, device.normal)
            for c in range(width):
                component = device.components[k, r, c] * keep + fresh * device.normal[c]
                device.components[k, r, c] = component
                device.excess[r, c] = component if k == 0 else device.excess[r, c] + component
    device.aged_s[0] = now_s
