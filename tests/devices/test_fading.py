"""Powers of 1 - f: what a train takes away and leaves."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.fading import LARGEST_FADE, fade_rate, growth, is_mild

F = np.float32


def test_fade_rate_is_right_to_single_precision():
    for fade in np.linspace(1e-7, LARGEST_FADE, 2001, dtype=F):
        assert fade_rate(fade) == pytest.approx(-np.log1p(-np.float64(fade)) / np.float64(fade), rel=2.5e-7)


def test_growth_is_right_to_single_precision():
    for x in np.linspace(-1.35, 0.2, 2000, dtype=F):  # none of them is 0
        assert growth(x) == pytest.approx(np.expm1(np.float64(x)) / np.float64(x), rel=2.5e-7)


@pytest.mark.parametrize("real", [F, np.float64])
def test_both_are_one_at_zero(real):
    assert fade_rate(real(0)) == 1 and growth(real(0)) == 1 and type(fade_rate(real(0))) is real and type(growth(real(0))) is real


@pytest.mark.parametrize("n", [2, 5, 400])
def test_together_they_are_the_geometric_sum(n):
    fade = np.float64(1) / 400
    way = n * fade_rate(fade)
    assert way * growth(-fade * way) == pytest.approx(sum((1 - fade)**k for k in range(n)), rel=1e-12)


def test_the_loss_of_mild_pulses_lies_where_growth_holds():
    """log q^n, and 6 standard deviations of n log-factors around it, with the largest noise that is merged."""
    for fade in np.linspace(0.0005, 0.3, 600):
        for n in (2, 3, 4, 10, 100, 1000):
            if is_mild(fade, n):
                assert n * np.log1p(-fade) - 6 * np.sqrt(1 / 2048) / (1 - fade) > -1.35
