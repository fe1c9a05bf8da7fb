"""Poisson counts against the distribution; recorded trains to the step."""
from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare, poisson

from neurosim.events import Connections, EventNetwork
from neurosim.events.contract import drive
from neurosim.events.sources import Quiet
from neurosim.neurons.settings import Membrane
from neurosim.random import Key

N, STEPS = 640, 60


def counts(rate_Hz, seed=1):
    network = EventNetwork(N, Membrane())
    network.poisson_input(rate_Hz, 1.0)
    found = np.zeros((STEPS, N))
    for t in range(STEPS):
        sums = np.zeros((1, 640))
        assert drive(network.source, Key(seed, 6, t), t, sums) == sums.sum()
        found[t] = sums[0]
    return found


@pytest.mark.parametrize("mean", [0.02, 1.0, 2.0, 30.0])
def test_counts_are_poisson(mean):
    """38,400 draws: chi-square of the counts above the 0.1 % level; no correlation between neurons or steps."""
    found = counts(mean / 1e-3)
    values = np.arange(int(mean + 8 * np.sqrt(mean)) + 3)
    expected, seen = poisson.pmf(values, mean) * found.size, np.bincount(found.astype(int).ravel(), minlength=values.size)[:values.size]
    common = expected > 5
    rest = found.size - seen[common].sum(), found.size - expected[common].sum()
    seen, expected = np.append(seen[common], rest[0]), np.append(expected[common], max(rest[1], 1e-9))
    if expected[-1] < 1:
        seen, expected = seen[:-1], expected[:-1] * seen[:-1].sum() / expected[:-1].sum()
    assert chisquare(seen, expected * seen.sum() / expected.sum()).pvalue > 1e-3
    for a, b in ((found[:, :-1], found[:, 1:]), (found[:-1], found[1:]), (found[:, :-16], found[:, 16:])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4 / np.sqrt(a.size)


def test_no_rate_is_no_spike():
    assert counts(0.0).sum() == 0


def test_an_inhibitory_source_has_its_own_receptor():
    network = EventNetwork(8, Membrane(synapse_s=5e-3, inhibitory_s=1e-2))
    for weight, port in ((0.5, 0), (-0.5, 1)):
        network.poisson_input(3000.0, weight)
        sums = np.zeros((2, 64))
        drive(network.source, Key(1, 6, 0), 0, sums)
        assert sums[port].sum() / weight > 5 and not sums[1 - port].any() and not sums[:, 8:].any()


def test_trains_arrive_in_their_step_with_their_value():
    network = EventNetwork(3, Membrane(), precision="float64")
    network.train_input([0, 2, 2], [1, 0, 1], Connections(np.array([0, 1, 1]), np.array([0, 1, 2]), np.array([1.0, 2.0, 3.0])), [1, 4, 0.5])
    found = []
    for t in range(5):
        sums = np.zeros((1, 64))
        reached = drive(network.source, Key(1, 6, t), t, sums)
        found.append((*sums[0, :3], reached))
    assert found == [(0, 2, 3, 2), (0, 0, 0, 0), (4, 1, 1.5, 3), (0, 0, 0, 0), (0, 0, 0, 0)]


def test_nothing_comes_from_a_quiet_source():
    sums = np.zeros((1, 64))
    assert drive(Quiet(), Key(1, 6, 0), 0, sums) == 0 and not sums.any()
