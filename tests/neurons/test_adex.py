"""Adaptive exponential neurons."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import align, rest, step
from neurosim.neurons.adex_settings import AdExMembrane
from neurosim.random import Key

WIDTH, TIME = 64, 0.032


def after(step_s, integrator, kick=0.6):
    """Potential of a neuron a time `TIME` after a kick that stays below the threshold."""
    neuron = AdExMembrane(
        step_s=step_s, integrator=integrator, couple=0.5, adaptation_s=0.03, sharpness=0.3).build(1, 1, 1, np.float64)
    for t in range(round(TIME / step_s)):
        current, z = np.full((1, WIDTH), kick * (t == 0)), np.zeros((1, WIDTH))
        step(neuron, Key(1, 2, t), current, z)
        assert not z.any()
    return neuron.v[0, 0]


@pytest.mark.parametrize(("integrator", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4)])
def test_the_order_of_convergence_is_that_of_the_integrator(integrator, order):
    """Error against rk4 with a step of 1/16 ms, at steps of 1, 1/2 and 1/4 ms: slope within 0.1."""
    truth = after(1e-3 / 16, "rk4")
    errors = [abs(after(step_s, integrator) - truth) for step_s in (1e-3, 5e-4, 2.5e-4)]
    found = np.log2(np.array(errors[:-1]) / errors[1:])
    assert abs(found[-1] - order) < 0.1


def test_without_an_exponential_it_is_the_linear_system():
    """Far below V_T: v and w follow the matrix exponential."""
    from scipy.linalg import expm
    tau, tau_w, couple = 0.02, 0.03, 0.5
    neuron = AdExMembrane(step_s=1e-4, couple=couple, adaptation_s=tau_w, turn=50.0, cut=60.0, sharpness=0.1).build(1, 1, 1, np.float64)
    for t in range(200):
        step(neuron, Key(1, 2, t), np.full((1, WIDTH), 0.6 * (t == 0)), np.zeros((1, WIDTH)))
    wanted = expm(np.array([[-1 / tau, -1 / tau], [couple / tau_w, -1 / tau_w]]) * 0.02) @ [0.6, 0.0]
    assert np.allclose((neuron.v[0, 0], neuron.w[0, 0]), wanted, rtol=0, atol=1e-10)


def test_a_spike_resets_the_potential_and_raises_the_adaptation():
    neuron = AdExMembrane(jump=0.3, reset_to=0.1, refractory_s=3e-3).build(1, 1, 1, np.float64)
    current, z = np.full((1, WIDTH), 5.0), np.zeros((1, WIDTH))
    step(neuron, Key(1, 2, 0), current, z)
    assert z[0, 0] == 1 and neuron.v[0, 0] == 0.1 and neuron.w[0, 0] >= 0.3 and current[0, 0] > 2 and neuron.wait[0, 0] == 3
    assert np.isfinite(current).all() and not z[0, 1:].any()


def test_rest_and_align():
    neuron = AdExMembrane(resting=-0.5).build(2, 2, 1, np.float64)
    for array in (neuron.v, neuron.w, neuron.s):
        array[...] = np.arange(2 * WIDTH).reshape(2, WIDTH)
    align(neuron, 1)
    assert all((array[1] == array[0]).all() for array in (neuron.v, neuron.w, neuron.s))
    rest(neuron)
    assert (neuron.v[:, :2] == -0.5).all() and not neuron.w.any() and not neuron.s.any()
