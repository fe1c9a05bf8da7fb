"""The read path without losses."""
from __future__ import annotations

import numpy as np
from assemble import projection
from components import CIRCUITS, DEVICES, Bench

from neurosim import loop
from neurosim.circuits.quiet import Quiet
from neurosim.contract import converts_input, converts_output, is_read_noisy
from neurosim.eligibilities.outer import Outer
from neurosim.rules.rule import still
from neurosim.storage import zeros
from neurosim.synapses.dense import Dense


def test_it_asks_for_no_converter_and_no_variance():
    assert not (converts_input(Quiet()) or converts_output(Quiet()) or is_read_noisy(Quiet()))


def test_a_read_is_the_product_and_leaves_every_workspace_alone():
    bench = Bench(3, 2, 1, np.float64)
    weights = bench.rng.standard_normal((40, 3))
    p = projection(
        bench, Dense(3, 40), weights, DEVICES["ideal"], CIRCUITS["quiet"], lambda cells, j: Outer(),
        lambda cells: still("", cells))
    for workspace in (p.lines, p.sums, p.variance):
        workspace[...] = 7.0
    z, current = zeros((2, 64), np.float64), zeros((2, 64), np.float64)
    z[:, :3] = bench.rng.standard_normal((2, 3))
    loop.pass_on(p, 0, z, current, 1, 3, 1, 0)
    assert np.allclose(current[:, :40], z[:, :3] @ weights.T, rtol=1e-13)
    assert all((workspace == 7.0).all() for workspace in (p.lines, p.sums, p.variance))
