"""Benchmarks run, on small sizes, and say what they found; no time is asserted."""
from __future__ import annotations

import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

from neurosim.bench import command, kernels, spiking
from neurosim.bench.networks import brunel, cuba, described
from neurosim.bench.peers import Brian2, Unavailable
from neurosim.bench.timing import Ratio, interleaved
from neurosim.circuits.read_path import ReadPath
from neurosim.cli import app
from neurosim.events import Connections, at_random
from neurosim.events.connections import arrange
from neurosim.mvm import bundle, circuit_for
from neurosim.storage import zeros


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_medians_leave_the_first_round_out():
    seconds = iter([100.0, 1.0, 5.0, 3.0])
    found = interleaved({"a": lambda: next(seconds), "b": lambda: 2.0}, 3)
    assert found == {"a": 3.0, "b": 2.0}
    assert Ratio("x", "a", "b", "s", 2.0, 5.0, None).ratio == 2.5


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


def test_a_small_cuba_network_is_that_of_brian2():
    """400 neurons, a tenth of a second, four realisations each: rates within the spread.  Its code for NumPy needs no compiler."""
    lines, same = spiking.compare("cuba", 4, 400, 0.1, ("numpy",))
    assert [line.peer for line in lines] == ["Brian2 numpy"] and lines[0].ours_time > 0 and lines[0].peer_time > 0
    rate = next(line for line in same if line.quantity == "rate_Hz")
    assert rate.runs == 4 and rate.ours[0] > 1 and abs(rate.ours[0] - rate.peer[0]) < 0.35 * rate.peer[0]


def test_a_peer_that_does_not_run_is_unavailable():
    with pytest.raises(Unavailable, match="no_such_mode|Unknown|KeyError|ValueError|target"):
        Brian2("cuba", "no_such_mode", 100, 0.01)
    lines, same = spiking.compare("cuba", 1, 100, 0.01, ("no_such_mode",))
    assert lines[0].note.startswith("unavailable: ") and same == []
    assert command.tables(lines, same)[0][1][0][-1].startswith("unavailable")


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


def test_the_command_prints_ratios_or_json(monkeypatch):
    line = Ratio("core", "ours", "peer", "us", 2.0, 5.0, 2.0)
    monkeypatch.setitem(command.KERNELS, "core", lambda repeats: [line])
    agreement = spiking.Agreement("cuba", "cv", (0.5, 0.01), (0.6, 0.02), 5)
    monkeypatch.setattr(command, "_network", lambda model, is_quick: ([], [agreement]))
    shown = CliRunner().invoke(app, ["bench", "core", "--json"])
    assert shown.exit_code == 0 and json.loads(shown.stdout)["speed"][0]["ratio"] == 2.5
    shown = CliRunner().invoke(app, ["bench", "core", "cuba", "--quick"])
    assert "2.50" in shown.stdout and "NO" in shown.stdout
    shown = CliRunner().invoke(app, ["bench", "speed"])
    assert shown.exit_code == 2 and "must be one of cuba, brunel, event_rate, core" in shown.stderr


def test_a_silent_network_is_described_without_numbers():
    spikes = cuba(100, 1).run(1)
    assert math.isnan(described(spikes)["correlation"])
