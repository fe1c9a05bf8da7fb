"""What is timed computes what it says; no time is asserted."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.bench import in_numpy, learning, reads
from neurosim.network import Network


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    monkeypatch.delenv("NEUROSIM_CLIENTS", raising=False)


@pytest.mark.parametrize("form", learning.FORMS)
def test_the_step_in_numpy_is_that_of_the_loop(form):
    """Noise differs, so that only its mean is the same: with a step this small the clean losses are close, not equal."""
    network = Network(inputs=1, hidden=8, outputs=1, decorrelation=learning.FORMS[form])
    x, y = learning.data(1, 40, 1)
    ours = learning.learner(network, "step", x, y)()
    theirs = in_numpy.online(network, learning.RATE, learning.SIGMA, x[0], y[0])()
    assert ours[0, 0] == pytest.approx(theirs.mean(), rel=2e-3) and theirs.std() > 0


def test_numpy_decorrelates_as_the_loop_does(monkeypatch):
    """At a rate that shows, and with nothing else learned."""
    for form in ("published", "head"):
        settings = learning.Decorrelation(rate=0.5, form=form)
        network = Network(inputs=1, hidden=8, outputs=1, decorrelation=settings)
        x, y = learning.data(1, 60, 1)
        monkeypatch.setattr(learning, "RATE", 1e-9)
        ours = learning.learner(network, "step", x, y)()
        without = learning.learner(network.model_copy(update={"decorrelation": None}), "step", x, y)()
        theirs = in_numpy.online(network, 1e-9, learning.SIGMA, x[0], y[0])()
        assert ours[0, 0] == pytest.approx(theirs.mean(), rel=1e-5) and abs(without[0, 0] / ours[0, 0] - 1) > 1e-3


def test_every_step_has_its_peers_and_its_limit(monkeypatch):
    monkeypatch.setattr(learning, "STEPS", 2)
    lines = learning.step(1, (8,), tuple(learning.FORMS), 512)
    assert [line.peer for line in lines if line.ours == "ANP step, N = 8"] == ["NumPy", "limit: update of 256 B", "PyTorch BPTT step"]
    assert {line.ours for line in lines} == {f"ANP step, N = 8{form}" for form in learning.FORMS}
    assert all(line.ratio > 0 or line.note.startswith("unavailable: ") for line in lines)
    assert "GFLOP/s" in lines[1].note


def test_every_batch_has_its_peer_and_its_limit(monkeypatch):
    monkeypatch.setattr(learning, "STEPS", 2)
    lines = learning.sequence(1, (1, 3), 8, 2)
    assert [line.ours[-7:] for line in lines] == ["batch 1"] * 2 + ["batch 3"] * 2
    assert lines[1].peer == "limit: sgemm" and lines[1].ratio > 0


def test_every_read_is_compared_with_the_bare_product():
    lines = reads.read(1, (8,), tuple(reads.PATHS), (3,), 256)
    assert [line.peer for line in lines] == ["NumPy", "limit: read of 256 B", *["product"] * 3, "NumPy", "limit: sgemm"]
    assert all(line.ratio > 0 for line in lines)


def test_the_product_in_numpy_is_the_one_that_is_read():
    weights, inputs = reads.matrices(8, 2)
    from neurosim.circuits.read_path import ReadPath
    from neurosim.mvm import circuit_for, read
    from neurosim.random import Key
    found = read(circuit_for(ReadPath(), weights, 2), weights, inputs, Key(1, 0, 0))
    assert np.allclose(found, inputs @ weights.T, atol=1e-6)
