"""The products that are compared are of the same weights; no time is asserted."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.bench import frozen
from neurosim.bench.kernels import events
from neurosim.generators import generator
from neurosim.storage import zeros


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_the_products_that_are_compared_are_of_the_same_weights():
    z, found = zeros((2, 128), np.float32), {}
    z[:, :70] = np.random.default_rng(1).standard_normal((2, 70))
    for form, p in frozen.forms(70, 2, generator(1, 1)).items():
        found[form] = zeros((2, 128), np.float32)
        events(p, z, found[form], 2, 1)
    assert found["levels"].any() and found["int8"].tobytes() == found["levels"].tobytes() == found["float32"].tobytes()
    moved = np.abs(found["bfloat16"] - found["float32"]).max()
    assert 0 < moved < 2**-9 * np.abs(z).sum(axis=1).max()


def test_every_size_and_number_of_lanes_has_two_lines():
    lines = frozen.frozen(1, (70,), (1, 2), 1)
    assert [line.ours for line in lines] == [
        "int8, 70 x 70, 1 lane", "bfloat16, 70 x 70, 1 lane", "int8, 70 x 70, 2 lanes", "bfloat16, 70 x 70, 2 lanes"]
    assert all(line.ratio > 0 and line.wanted is None for line in lines)
