"""The kernels that are compared compute the same; no time is asserted."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.bench import counters, kernels
from neurosim.circuits.read_path import ReadPath
from neurosim.events import Connections, at_random
from neurosim.events.connections import arrange
from neurosim.mvm import bundle, circuit_for
from neurosim.storage import zeros


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_the_kernels_that_are_compared_compute_the_same():
    rng = np.random.default_rng(1)
    weights, z = rng.standard_normal((70, 70)).astype(np.float32), zeros((2, 128), np.float32)
    z[:, rng.permutation(70)[:20]] = rng.standard_normal((2, 20))
    p, dense, sparse = bundle(circuit_for(ReadPath(), weights, 2), weights, 2, np.float32), zeros((2, 128), np.float32), zeros(
        (2, 128), np.float32)
    kernels.products(p, z, dense, 1)
    kernels.events(p, z, sparse, 2, 1)
    assert np.allclose(dense, sparse, atol=1e-5) and np.allclose(dense[:, :70], z[:, :70] @ weights.T, atol=1e-5)
    pre, post = at_random(60, 60, 0.2, rng)
    listed, rings = Connections(pre, post, rng.integers(1, 100, pre.size) / 64, 1, 1 / 64), []
    for form in ("core", "rows"):
        rings.append(zeros((1, 1, 64), np.float32))
        kernels.deliveries(arrange(listed, 60, 60, 1, np.float32, form)[0], np.arange(0, 60, 7, dtype=np.int32), rings[-1], 3)
    assert np.array_equal(*rings) and rings[0].any()


def test_kernel_benchmarks_have_a_line_for_every_case():
    lines = kernels.event_rate(1, 70, 2, (0.1, 1.0), 1)
    assert [line.ours for line in lines] == ["events, 10 % of 70", "events, 100 % of 70"] and all(line.ratio > 0 for line in lines)
    found = kernels.core(1, 60, (0.1,), 10, 1)
    assert found[0].peer == "rows, density 0.1" and found[0].wanted == 2.0


def test_counting_pulses_is_compared_with_not_counting_them():
    lines = counters.counters(1, 8, 3.0, 2)
    assert [line.ours for line in lines] == ["write of 8 x 8 reram-sb, counted", "write of 8 x 8 idealized, counted"]
    assert all(line.ratio > 0 for line in lines)
