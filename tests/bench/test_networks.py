"""The published networks have the numbers of their papers."""
from __future__ import annotations

import math

import numpy as np
import pytest

from neurosim.bench.networks import brunel, cuba, described


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_the_published_networks_have_their_numbers():
    small = cuba(400, 3)
    pre = np.repeat(np.arange(400), small.synapses.bounds[:, 2] - small.synapses.bounds[:, 0])
    assert set(small.synapses.weight[pre < 320]) == {np.float32(1.62)} and set(small.synapses.weight[pre >= 320]) == {np.float32(-9.0)}
    assert abs(pre.size / 400**2 - 0.02) < 0.002 and small.ring.shape[:2] == (1, 2)
    assert -60 <= small.potentials.min() < -58 and -52 < small.potentials.max() <= -50
    other = brunel(1000, 3)
    assert other.ring.shape[:2] == (15, 1) and set(other.synapses.weight) == {np.float32(1.0), np.float32(-5.0)}
    assert other.source.weight == np.float32(1.0)  # 2 x 20 mV / (80 J 20 ms) x 80 = 2000 Hz of 1 mV
    assert (np.asarray(other.source.thresholds[:2], float) / 2**32).tolist() == pytest.approx([np.exp(-0.2), 1.2 * np.exp(-0.2)], abs=1e-9)


def test_a_silent_network_is_described_without_numbers():
    spikes = cuba(100, 1).run(1)
    assert math.isnan(described(spikes)["correlation"])
