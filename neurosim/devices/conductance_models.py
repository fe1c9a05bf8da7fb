"""Conductance of devices that are programmed once and read later: programming error, drift, relaxation, read noise.

Conductances in uS, times in s since the end of programming, arrays of any shape; each call draws from the generator that it is given
(`neurosim.generators.generator`).  Every model is a frozen table of numbers and answers the same questions: ``write(target, rng)``
programs devices and draws what stays with each of them, ``at(written, t_s)`` is their conductance without read noise,
``read(written, t_s, rng)`` with it.  The tables of the papers are in `conductance_presets`.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..errors import InputError

Polynomial = tuple[float, ...]
"""Coefficients, the constant first."""
SMALLEST = 1e-7  # relative conductance below which ln r is not followed any further


class Piece(NamedTuple):
    """One branch of a fitted curve, ``clip(r^power sum_k c_k x^k, low, high)`` with x = r or ln r, which holds for r < `until`."""

    coefficients: Polynomial
    is_of_log: bool = False
    low: float = -np.inf
    high: float = np.inf
    until: float = np.inf
    power: float = 0.0


Curve = tuple[Piece, ...]
"""The first piece that reaches to r answers."""


class Written(NamedTuple):
    """Devices after programming, (any shape): what was wanted and what came of it (uS), and what each device brings of its own.

    `own` is the drift exponent, or the standard normal that stands for its relaxation.
    """

    target: np.ndarray
    programmed: np.ndarray
    own: np.ndarray


def polynomial(coefficients: Polynomial, x: np.ndarray) -> np.ndarray:
    """sum_k c_k x^k."""
    return np.polynomial.polynomial.polyval(x, np.asarray(coefficients))


def curve(pieces: Curve, r: np.ndarray) -> np.ndarray:
    """Value of a fitted curve at the relative conductances r >= 0."""
    r = np.maximum(np.asarray(r, np.float64), SMALLEST)
    value, is_open = np.zeros(r.shape), np.ones(r.shape, bool)
    for piece in pieces:
        here = is_open & (r < piece.until)
        x = np.log(r[here]) if piece.is_of_log else r[here]
        level = polynomial(piece.coefficients, x)
        value[here] = np.clip(level * r[here]**piece.power if piece.power else level, piece.low, piece.high)
        is_open &= ~here
    return value


def flicker_growth(t_s: float, t_read_s: float) -> float:
    """sqrt(ln((t + t_r) / (2 t_r))): standard deviation of 1/f noise accumulated until t, if one read takes t_r; 0 up to t = t_r."""
    return float(np.sqrt(np.log(max((t_s + t_read_s) / (2 * t_read_s), 1.0))))


class PhaseChange(NamedTuple):
    """Phase-change device: Gaussian programming error, power-law drift, 1/f read noise.

    With r = g_T / g_max and t' = t + t0 (drift and noise count from t0 before the first read)::

        g_P = max(g_T + s(r) xi1, 0)                         s: `programming`, uS
        nu = |mu(r) + d(r) xi2|                              mu, d: `exponent`, `exponent_spread`
        g_D = g_P (t' / t0)^-nu
        g = max(g_D + q sqrt(ln((t' + t_r) / (2 t_r))) xi3, 0)

    with q = g_D Q(g_P / g_max), Q given by `flicker`; or q = `flicker_uS` g_D / g_max, where that is given instead.
    Source: Nandakumar et al. 2019, doi:10.1109/ICECS46596.2019.8964852; the form is that of aihwkit's inference noise models.
    """

    g_max_uS: float
    t0_s: float
    t_read_s: float      # t_r, how long a read takes
    programming: Polynomial
    exponent: Curve
    exponent_spread: Curve
    flicker: Curve = ()
    flicker_uS: float | None = None

    def program(self, target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Conductances that programming reaches."""
        error = polynomial(self.programming, target / self.g_max_uS) * rng.standard_normal(np.shape(target))
        return np.maximum(target + error, 0.0)

    def exponents(self, target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Drift exponent nu of every device."""
        r = target / self.g_max_uS
        return np.abs(curve(self.exponent, r) + curve(self.exponent_spread, r) * rng.standard_normal(r.shape))

    def write(self, target: np.ndarray, rng: np.random.Generator) -> Written:
        """Program devices and draw their exponents."""
        target = in_range(target, 0.0, self.g_max_uS)
        return Written(target, self.program(target, rng), self.exponents(target, rng))

    def at(self, written: Written, t_s: float) -> np.ndarray:
        """Conductances at time t without read noise."""
        return written.programmed * ((t_s + self.t0_s) / self.t0_s) ** -written.own

    def read_sd(self, written: Written, drifted: np.ndarray, t_s: float) -> np.ndarray:
        """Standard deviation of a read at time t of devices that have `drifted`."""
        growth = flicker_growth(t_s + self.t0_s, self.t_read_s)
        if self.flicker_uS is not None:
            return growth * self.flicker_uS * drifted / self.g_max_uS
        return growth * drifted * curve(self.flicker, written.programmed / self.g_max_uS)

    def read(self, written: Written, t_s: float, rng: np.random.Generator) -> np.ndarray:
        """One noisy read of every device at time t."""
        drifted = self.at(written, t_s)
        return np.maximum(drifted + self.read_sd(written, drifted, t_s) * rng.standard_normal(drifted.shape), 0.0)


class Fitted(NamedTuple):
    """Gaussian error that was measured at given times after programming, ``g = max(g_T + sigma_t(g_T / g_max) xi, 0)``.

    Nothing is known between the times of the fit, so other times are refused.  `g_max_uS` is the unit of the fit: whoever uses a part
    of the range only does not change the devices by that.
    """

    g_max_uS: float
    times_s: tuple[float, ...]
    spreads: tuple[Curve, ...]  # uS, one per time

    def sd(self, target: np.ndarray, t_s: float) -> np.ndarray:
        """Standard deviation at one of the times of the fit, before clipping at 0."""
        if t_s not in self.times_s:
            raise InputError("t_s", f"= {t_s:g}; must be one of {', '.join(f'{t:g}' for t in self.times_s)}, where the fit was made")
        return curve(self.spreads[self.times_s.index(t_s)], np.asarray(target, np.float64) / self.g_max_uS)

    def write(self, target: np.ndarray, rng: np.random.Generator) -> Written:
        """Program devices; what was reached is what is found at the first time of the fit."""
        target = in_range(target, 0.0, self.g_max_uS)
        own = rng.standard_normal(target.shape)
        return Written(target, np.maximum(target + self.sd(target, self.times_s[0]) * own, 0.0), own)

    def at(self, written: Written, t_s: float) -> np.ndarray:
        """Conductances at one of the times of the fit; a device that is high stays high."""
        return np.maximum(written.target + self.sd(written.target, t_s) * written.own, 0.0)

    def read(self, written: Written, t_s: float, rng: np.random.Generator) -> np.ndarray:
        """The same as `at`: the fit does not tell relaxation and read noise apart."""
        return self.at(written, t_s)


class Relaxing(NamedTuple):
    """Filamentary device on a conductive metal oxide: error within an acceptance, relaxation with ln t, 1/f read noise.

    For t >= 1 s::

        g_P = g_T + (c0 + c1 g_T) xi1                                    (c0, c1) = `programming`
        g_R = g_P + m ln t + (a + b ln t) xi2                            m = `relaxation`, (a, b) = `relaxation_spread`
        g = clip(g_R + K log10(g_R) sqrt(ln((t + t_r) / (2 t_r))) xi3, g_min, g_max)

    Source: Falcone et al. 2025, arXiv:2502.04524.
    """

    g_min_uS: float
    g_max_uS: float
    programming: Polynomial
    relaxation: float
    relaxation_spread: Polynomial
    flicker: float  # K
    t_read_s: float

    def write(self, target: np.ndarray, rng: np.random.Generator) -> Written:
        """Program devices and draw the normal that each relaxes by."""
        target = in_range(target, self.g_min_uS, self.g_max_uS)
        error = polynomial(self.programming, target) * rng.standard_normal(target.shape)
        return Written(target, target + error, rng.standard_normal(target.shape))

    def _relaxed(self, written: Written, t_s: float) -> np.ndarray:
        if not t_s >= 1:
            raise InputError("t_s", f"= {t_s:g}; must be at least 1: the relaxation was measured from 1 s on")
        ln_t = np.log(t_s)
        return written.programmed + self.relaxation * ln_t + polynomial(self.relaxation_spread, ln_t) * written.own

    def at(self, written: Written, t_s: float) -> np.ndarray:
        """Conductances at time t without read noise."""
        return np.clip(self._relaxed(written, t_s), self.g_min_uS, self.g_max_uS)

    def read(self, written: Written, t_s: float, rng: np.random.Generator) -> np.ndarray:
        """One noisy read of every device at time t."""
        relaxed = self._relaxed(written, t_s)
        sd = self.flicker * np.log10(np.maximum(relaxed, 1.0)) * flicker_growth(t_s, self.t_read_s)
        return np.clip(relaxed + sd * rng.standard_normal(relaxed.shape), self.g_min_uS, self.g_max_uS)


class Saturating(NamedTuple):
    """Charge-trap cell read as a current: ``sigma = A (1 - exp(-I / B))`` of the mean current I in nA, at given days after programming.

    Fits of CrossSim 3.2 (BSD-3) to Agrawal et al. 2022, IEDM, IEEE 10019564.  The shift of the mean with time, which CrossSim has as
    well, is not known here: only the spread is modelled.
    """

    days: tuple[float, ...]
    amplitudes_nA: tuple[float, ...]
    scales_nA: tuple[float, ...]

    def sd_nA(self, current_nA: np.ndarray, day: float) -> np.ndarray:
        """Standard deviation of the current at one of the days of the fit."""
        if day not in self.days:
            raise InputError("day", f"= {day:g}; must be one of {', '.join(f'{d:g}' for d in self.days)}, where the fit was made")
        k = self.days.index(day)
        return self.amplitudes_nA[k] * -np.expm1(-np.asarray(current_nA) / self.scales_nA[k])


def in_range(target: np.ndarray, low: float, high: float) -> np.ndarray:
    """The targets as float64, if a device can hold them; a rounding error beyond the range is let through."""
    target = np.asarray(target, np.float64)
    slack = 1e-5 * high
    if not ((target >= low - slack) & (target <= high + slack)).all():
        worst = target.flat[int(np.argmax(np.where(np.isnan(target), np.inf, np.maximum(low - target, target - high))))]
        raise InputError("target", f"= {worst:g} uS; must be from {low:g} to {high:g}")
    return target
