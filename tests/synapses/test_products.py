"""Products with many lanes and sums of many outer products: the bits of the row kernels."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.compiled import compiled
from neurosim.devices.fixed_point import FixedPoint
from neurosim.devices.ideal import Ideal
from neurosim.storage import zeros
from neurosim.synapses.products import BLOCK, deliver_many, outer_many, panel_for
from neurosim.synapses.rows import deliver_rows, outer_rows

DEVICES = {"exact": lambda dtype: Ideal(), "levels": lambda dtype: FixedPoint(dtype(0.125), dtype(127))}


def deliver(device, g, rows, n, z, current, panel):
    """`deliver_many`, compiled under a name of its own."""
    deliver_many(device, g, rows, n, z, current, panel)


def outer(total, pre, post, rank, panel):
    """`outer_many`, likewise."""
    outer_many(total, pre, post, rank, panel)


def filled(rng, shape, dtype):
    """Random numbers on a 64-byte boundary, -0.0 among them."""
    array = zeros(shape, dtype)
    array[...] = rng.normal(size=shape)
    array.flat[::5] = -0.0
    return array


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("lanes", [1, 9, BLOCK, BLOCK + 3])
def test_many_lanes_get_the_bits_of_the_rows(name, lanes, dtype):
    rng, device = np.random.default_rng(lanes), DEVICES[name](dtype)
    g, z, want = filled(rng, (16, 128), dtype), filled(rng, (lanes, 16), dtype), filled(rng, (lanes, 128), dtype)
    if name == "levels":
        g[...] = np.rint(40 * g)
    rows, n = rng.permutation(16), 12
    got = zeros(want.shape, dtype)
    got[...] = want
    for e in range(0, n, 4):
        deliver_rows(device, g, *rows[e:e + 4], z, want, 128)
    compiled(deliver)(device, g, rows, n, z, got, panel_for(16, dtype))
    assert want.tobytes() == got.tobytes() and want.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows, rank", [(8, 4), (8, 64), (BLOCK + 4, 12), (4, 20)])
def test_many_outer_products_add_up_to_the_bits_of_the_rows(rows, rank, dtype):
    """More of them than rows: the workspace holds as many as there are rows, so that they come in several portions."""
    rng = np.random.default_rng(rank)
    pre, post, want = filled(rng, (rank, 192), dtype), filled(rng, (rank, 64), dtype), filled(rng, (rows, 64), dtype)
    got = zeros(want.shape, dtype)
    got[...] = want
    for r in range(0, rows, 4):
        four = range(r, r + 4)
        outer_rows(want, *four, pre, post, 0, rank, *four)
    compiled(outer)(got, pre, post, rank, panel_for(rows, dtype))
    assert want.tobytes() == got.tobytes()


@pytest.mark.parametrize("done", [0, 2, 6])
def test_the_rest_of_the_outer_products_is_added_in_the_same_order(done):
    rng = np.random.default_rng(done)
    pre, post, want, got = filled(rng, (7, 64), np.float32), filled(rng, (7, 64), np.float32), *np.zeros((2, 4, 64), np.float32)
    outer_rows(want, 0, 1, 2, 3, pre, post, 0, 7, 0, 1, 2, 3)
    outer_rows(got, 0, 1, 2, 3, pre, post, 0, done, 0, 1, 2, 3)
    outer_rows(got, 0, 1, 2, 3, pre, post, done, 7, 0, 1, 2, 3)
    assert want.tobytes() == got.tobytes()
