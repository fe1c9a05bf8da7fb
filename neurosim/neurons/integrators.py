"""Named integrators for neurons without a closed form: one step of three coupled variables.

A neuron fills `derivative`; the integrators are Brian2's "euler", "rk2" (midpoint) and "rk4", operation for operation.
"""
from __future__ import annotations

from typing import NamedTuple

from ..slots import slot


class Euler(NamedTuple):
    """x + f(x): first order."""


class Midpoint(NamedTuple):
    """x + f(x + f(x) / 2): second order."""


class RungeKutta4(NamedTuple):
    """x + (k1 + 2 k2 + 2 k3 + k4) / 6: fourth order."""


INTEGRATORS = {"euler": Euler, "rk2": Midpoint, "rk4": RungeKutta4}


@slot
def derivative(neuron, i, awake, v, w, s):
    """Change of potential, adaptation and synaptic current of neuron i in one step; that of the potential times `awake` (cell slot)."""


@slot
def advanced(integrator, neuron, i, awake, v, w, s):
    """(v, w, s) one step later (cell slot)."""


@advanced.fill(Euler)
def _euler(integrator, neuron, i, awake, v, w, s):
    dv, dw, ds = derivative(neuron, i, awake, v, w, s)
    return v + dv, w + dw, s + ds


@advanced.fill(Midpoint)
def _midpoint(integrator, neuron, i, awake, v, w, s):
    half = neuron.half
    dv, dw, ds = derivative(neuron, i, awake, v, w, s)
    dv, dw, ds = derivative(neuron, i, awake, v + half * dv, w + half * dw, s + half * ds)
    return v + dv, w + dw, s + ds


@advanced.fill(RungeKutta4)
def _runge_kutta(integrator, neuron, i, awake, v, w, s):
    half = neuron.half
    one = half + half
    third, sixth = one / (one + one + one), half / (one + one + one)  # a whole number would make them float64 where it is compiled
    v1, w1, s1 = derivative(neuron, i, awake, v, w, s)
    v2, w2, s2 = derivative(neuron, i, awake, v + half * v1, w + half * w1, s + half * s1)
    v3, w3, s3 = derivative(neuron, i, awake, v + half * v2, w + half * w2, s + half * s2)
    v4, w4, s4 = derivative(neuron, i, awake, v + v3, w + w3, s + s3)
    return (v + sixth * v1 + third * v2 + third * v3 + sixth * v4, w + sixth * w1 + third * w2 + third * w3 + sixth * w4,
            s + sixth * s1 + third * s2 + third * s3 + sixth * s4)
