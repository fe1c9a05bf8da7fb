"""The polynomial drop."""
from __future__ import annotations

import numpy as np

from neurosim.circuits.irdrop import polynomial_drop
from neurosim.circuits.nodal import Wires, solve

N, G_MAX_S, SEGMENT_OHM = 256, 5e-6, 0.35


def case():
    rng = np.random.Generator(np.random.Philox(5))
    return rng.uniform(-1, 1, (6, N)), rng.uniform(-1, 1, N)


def test_perfect_wires_drop_nothing():
    weights, x = case()
    assert np.allclose(polynomial_drop(weights, x, 1e300), weights @ x, rtol=1e-13, atol=0)


def test_it_finds_most_of_a_small_drop_along_paired_lines():
    weights, x = case()
    wires = Wires(0.0, SEGMENT_OHM, sense_at_first=True)
    exact = sum(sign * solve(np.maximum(sign * weights, 0) * G_MAX_S, x, wires).output_A / G_MAX_S for sign in (1, -1))
    drop = np.abs(weights @ x - exact).max()
    left = np.abs(polynomial_drop(weights, x, 1 / (SEGMENT_OHM * G_MAX_S)) - exact).max()
    assert 0.003 * np.abs(exact).max() < drop and left < 0.1 * drop
