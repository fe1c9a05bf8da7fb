"""Named integrators on a linear system, whose Taylor series is known."""
from __future__ import annotations

from math import factorial
from typing import NamedTuple

import numpy as np
import pytest

from neurosim.neurons.integrators import INTEGRATORS, advanced, derivative

MATRIX = np.array([[-0.3, 0.2, 0.1], [0.05, -0.1, 0.0], [0.0, 0.0, -0.4]])


class Linear(NamedTuple):
    """dx = MATRIX x per step."""

    half: float


@derivative.fill(Linear)
def _derivative(neuron, i, awake, v, w, s):
    dv, dw, ds = MATRIX @ (v, w, s)
    return awake * dv, dw, ds


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4)])
def test_a_step_is_the_taylor_series_up_to_its_order(name, order):
    x = np.array([0.7, -0.4, 1.1])
    found = advanced(INTEGRATORS[name](), Linear(0.5), 0, 1.0, *x)
    wanted = sum(np.linalg.matrix_power(MATRIX, k) / factorial(k) for k in range(order + 1)) @ x
    assert np.allclose(found, wanted, rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", INTEGRATORS)
def test_a_potential_that_is_not_awake_stays_and_the_others_go_on(name):
    v, w, s = advanced(INTEGRATORS[name](), Linear(0.5), 0, 0.0, 0.7, -0.4, 1.1)
    assert v == 0.7 and w != -0.4 and s != 1.1


@pytest.mark.parametrize("name", INTEGRATORS)
def test_single_precision_stays_single(name):
    def same(neuron, i, awake, v, w, s):
        return v, w, s

    class Own(NamedTuple):
        half: float

    derivative.fill(Own)(same)
    F = np.float32
    assert all(type(value) is F for value in advanced(INTEGRATORS[name](), Own(F(0.5)), 0, F(1), F(0.1), F(0.2), F(0.3)))
