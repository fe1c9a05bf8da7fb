"""Eligibility of weight perturbation."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, DEVICES, SYNAPSES, Bench

from neurosim import loop
from neurosim.contract import change, is_dense_in_time, is_mergeable
from neurosim.eligibilities.shaken import Shaken
from neurosim.rules.weight_perturbation import weight_noise
from neurosim.storage import padded, zeros
from neurosim.synapses.layout import choose, matrix_of


def test_the_change_is_the_signal_times_the_noise_of_the_cell():
    noise = np.arange(6.0).reshape(2, 3)
    assert change(Shaken(noise), 1, 2, np.float64(0.5), np.float64(99), np.float64(-0.5)) == -2.5


def test_every_cell_is_eligible_at_every_step():
    assert is_dense_in_time(Shaken(None)) and not is_mergeable(Shaken(None))


@pytest.mark.parametrize(("name", "is_square"), [("dense", True), ("dense", False), ("sparse", True)])
@pytest.mark.parametrize("batch", [1, 2])
def test_a_request_moves_the_weights_along_the_noise_of_its_own_step(name, is_square, batch):
    """The visit that writes it draws the next noise only afterwards."""
    bench, mask = Bench(6, 2 * batch, batch, np.float64), SYNAPSES[name](7, 6)
    weights = bench.rng.standard_normal((7, 6)) * (1 if mask is None else mask)
    p = projection(
        bench, choose(7, 6, mask, is_square), weights, DEVICES["ideal"], CIRCUITS["quiet"],
        lambda cells, j: Shaken(j.noise), lambda cells: weight_noise(0.1, np.float64)("", cells))
    z = zeros((2 * batch, padded(6)), np.float64)
    z[:, :6] = bench.rng.standard_normal((2 * batch, 6))
    wanted = weights.copy()
    for now in range(3):
        loop.pass_on(p, p.request.rank[0], z, zeros((2 * batch, 64), np.float64), batch, 3, 1, now)
        assert np.allclose(matrix_of(p.synapses, p.conductance, 7, 6), wanted, rtol=1e-13)
        p.request.signal[:], p.request.rank[0] = -0.5 - now, batch
        wanted += (-0.5 - now) * matrix_of(p.synapses, p.jitter.noise, 7, 6)
