"""Read noise referred to the output, against the same law drawn device by device."""
from __future__ import annotations

from math import erf

import numpy as np
import pytest
from assemble import IS_PLAIN, maybe_compiled, projection
from components import DEVICES, Bench

from neurosim.circuits.read_noise import ReadNoise, SynapseNoise
from neurosim.contract import disturb, sweep
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import padded, zeros
from neurosim.synapses.dense import Dense
from neurosim.synapses.fan_in import FanIn
from neurosim.synapses.layout import choose
from neurosim.synapses.masks import random_mask

RELATIVE, ABSOLUTE, ADDITIVE = 0.2, 0.05, 0.02
LANES = 40 if IS_PLAIN else 320
CASES = {"dense": (64, 4), "fan in": (8, 5), "sparse": (64, 6)}  # (n_post, n_pre)


def truth(b, n_pre, n_post, cells):
    width, read = cells.shape[1], zeros(cells.shape, b.dtype)
    return SynapseNoise(
        b.real(RELATIVE), b.real(ABSOLUTE), b.real(ADDITIVE), n_post, zeros(width, b.dtype), read,
        zeros(padded(n_post), b.dtype))


def referred(relative=RELATIVE, absolute=ABSOLUTE, additive=ADDITIVE):
    def make(b, n_pre, n_post, cells):
        return ReadNoise(
            b.real(relative), b.real(absolute), b.real(additive), n_post, zeros(b.lanes * padded(n_post), b.dtype))
    return make


def case(name, circuit, lanes=LANES, device="ideal"):
    """(projection, weights, mask or ones, z): every lane sends the same."""
    n_post, n_pre = CASES[name]
    bench = Bench(n_pre, lanes, 1, np.float64)
    weights, mask = bench.rng.standard_normal((n_post, n_pre)), np.ones((n_post, n_pre), bool)
    synapses = {"dense": Dense, "fan in": FanIn}.get(name, Dense)(n_pre, n_post)
    if name == "sparse":
        mask = random_mask(n_post, n_pre, 0.5, bench.rng)
        synapses = choose(n_post, n_pre, mask)
    p = projection(
        bench, synapses, weights * mask, DEVICES[device], circuit, lambda cells, j: Outer(),
        lambda cells: still("", cells))
    z = zeros((lanes, padded(n_pre)), np.float64)
    z[:, :n_pre] = bench.rng.standard_normal(n_pre)
    return p, weights, mask, z


@maybe_compiled
def disturb_once(p, key, z, current):
    disturb(p.circuit, p, key, z, current)


def reads(name, circuit, now=0, **more):
    """(noise (lanes, n_post), stated variance per neuron); the noise-free current is zero."""
    p, weights, mask, z = case(name, circuit, **more)
    n_post, n_pre = CASES[name]
    current = zeros((len(z), padded(n_post)), np.float64)
    if isinstance(p.circuit, ReadNoise):
        p.variance[...] = 0
        sweep(p.synapses, p, 0, z, zeros(current.shape, np.float64), Key(1, 1, 0))
    disturb_once(p, Key(2, 33, now), z, current)
    power = z[0, :n_pre] ** 2
    variance = RELATIVE**2 * (weights**2 * mask) @ power + ABSOLUTE**2 * mask @ power + ADDITIVE**2
    return current[:, :n_post], variance


def distance_from_normal(sample):
    """Kolmogorov-Smirnov: the largest gap between the sample's and the normal distribution function."""
    theory = np.array([0.5 * (1 + erf(x / np.sqrt(2))) for x in np.sort(sample)])
    steps = np.arange(sample.size + 1) / sample.size
    return max((steps[1:] - theory).max(), (theory - steps[:-1]).max())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("circuit", [truth, referred()], ids=["device by device", "referred to the output"])
def test_noise_has_the_stated_law(name, circuit):
    """lanes x n_post reads, standardised: mean 0, variance 1 within 5 sigma, normal (KS distance x root n < 2.75)."""
    noise, variance = reads(name, circuit)
    standard = (noise / np.sqrt(variance)).ravel()
    n = standard.size
    assert abs(standard.mean()) < 5 / np.sqrt(n)
    assert abs((standard**2).mean() - 1) < 5 * np.sqrt(2 / n)
    assert distance_from_normal(standard) * np.sqrt(n) < 2.75


@pytest.mark.parametrize("circuit", [truth, referred()], ids=["device by device", "referred to the output"])
def test_neurons_lanes_and_steps_are_read_independently(circuit):
    first, variance = reads("dense", circuit)
    second, _ = reads("dense", circuit, now=1)
    first, second = first / np.sqrt(variance), second / np.sqrt(variance)
    for a, b in ((first[:, 1:], first[:, :-1]), (first[1:], first[:-1]), (first, second)):
        assert abs((a * b).mean()) < 5 / np.sqrt(a.size)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("lanes", [1, 2, 3])
def test_variance_is_the_sum_of_the_squared_products(name, lanes):
    """What the sweep collects, for an even and an odd number of lanes and with a write in the same visit."""
    p, weights, mask, z = case(name, referred(1.0, 0.0), lanes)
    n_post, n_pre = CASES[name]
    z[:, :n_pre] = Bench().rng.standard_normal((lanes, n_pre))
    p.request.pre[0, :n_pre], p.request.post[0, :n_post] = 0.3, 0.1
    sweep(p.synapses, p, 1, z, zeros((lanes, padded(n_post)), np.float64), Key(1, 1, 0))
    wanted = (z[:, :n_pre] ** 2) @ (((weights + 0.03) * mask) ** 2).T
    assert np.allclose(p.variance[:, :n_post], wanted, rtol=1e-12)
    assert (p.variance[:, n_post:] == 0).all()


def test_levels_are_weighed_by_their_lsb():
    p, weights, _, z = case("dense", referred(1.0, 0.0), 2, "fixed point")
    p.conductance[:4, :64] = np.rint(weights.T * 10)
    sweep(p.synapses, p, 0, z, zeros((2, 64), np.float64), Key(1, 1, 0))
    wanted = (z[:, :4] ** 2) @ (np.rint(weights * 10) * p.device.inner.lsb).T ** 2
    assert np.allclose(p.variance, wanted, rtol=1e-12)


def test_silent_inputs_leave_the_output_stage_alone():
    """z = 0: only `additive` is left, and nothing if that is zero too."""
    p, _, _, z = case("dense", referred(), 2)
    current = zeros((2, 64), np.float64)
    disturb(p.circuit, p, Key(2, 33, 0), zeros(z.shape, np.float64), current)
    assert np.allclose(current.ravel(), ADDITIVE * p.circuit.normal, rtol=1e-12)
    p, _, _, z = case("dense", referred(additive=0.0), 2)
    current[...] = 0
    disturb(p.circuit, p, Key(2, 33, 0), zeros(z.shape, np.float64), current)
    assert (current == 0).all()
