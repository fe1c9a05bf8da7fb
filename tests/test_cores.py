"""Neurons on cores: dealt evenly, over the fewest cores that hold them, and the way between these."""
from __future__ import annotations

import numpy as np
import pytest
from small_chips import network, profile_of

from neurosim.cores import deal, fewest
from neurosim.mapping import cores_of, fit
from neurosim.network import recurrent_mask

BITS = {"format": "fixed_point", "bits": 8, "range": 1.0, "rounding": "nearest"}
MESH = {"n_cores": 32, "noc": "mesh", "mesh_shape": [4, 4], "cores_per_tile": 2}


@pytest.mark.parametrize(("topology", "used"), [
    ({"neurons_per_core": 40}, 1), ({"neurons_per_core": 39}, 2), ({"neurons_per_core": 7}, 6), ({}, 1),
    ({"synapse_mem_bits_per_core": 43 * 8 * 10}, 4), ({"synapse_mem_bits_per_core": 43 * 8 * 10 - 1}, 5)])
def test_the_fewest_cores_that_hold_the_network_are_used(topology, used):
    report = fit(profile_of(topology={"n_cores": 32, **topology}, weights=BITS), network(), "digital")
    assert report["cores"]["used"] == used == len(report["cores"]["neurons"]) and report["cores"]["available"] == 32
    assert sum(report["cores"]["neurons"]) == 40 and max(report["cores"]["neurons"]) - min(report["cores"]["neurons"]) <= 1


@pytest.mark.parametrize("most", [1, 2, 7, 128])
def test_the_search_finds_the_first_that_fits(most):
    for first in range(1, most + 2):
        assert fewest(1, most, lambda used, first=first: used >= first) == min(first, most)


def test_arrays_are_no_cores_and_unknown_ones_are_not_invented():
    assert cores_of(profile_of(topology={"n_cores": 4, "array_rows": 64, "array_cols": 64}), network(), 1) is None
    assert cores_of(profile_of(topology={"neurons_per_core": 4}), network(), 1) is None
    assert "cores" not in fit(profile_of(), network(), "chip")


def test_hops_against_plain_counting():
    sparse = network(connectivity="sparse", density=0.04)
    mask = recurrent_mask(sparse, 3)
    found = deal(profile_of(topology=MESH), 40, 20, mask)
    tile = [divmod(core // 2, 4) for core in range(20)]
    assert found.place.tolist() == [list(place) for place in tile] and found.neurons.tolist() == [2] * 20
    for j in range(40):
        targets = {int(found.core[i]) for i in range(40) if mask[i, j]}
        here = tile[found.core[j]]
        assert set(np.flatnonzero(found.reached[:, j])) == targets
        assert found.hops()[:, j].tolist() == [sum(abs(tile[core][axis] - here[axis]) for core in targets) for axis in (0, 1)]


def test_distances_are_known_on_one_core_and_on_a_mesh_only():
    assert deal(profile_of(), 40, 1, None).hops().tolist() == [[0] * 40] * 2
    assert deal(profile_of(topology={"noc": "tree"}), 40, 2, None).hops() is None
