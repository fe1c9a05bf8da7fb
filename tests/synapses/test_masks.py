"""Which synapses exist."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.synapses.masks import block_mask, distance_mask, random_mask


@pytest.mark.parametrize("density", [0.0, 0.1, 0.7, 1.0])
def test_random_density_is_as_asked(density):
    """90 000 synapses; also every row and column within 6 sigma."""
    mask = random_mask(300, 300, density, np.random.default_rng(1))
    sd = np.sqrt(density * (1 - density))
    assert abs(mask.mean() - density) <= 5 * sd / 300
    for axis in (0, 1):
        assert np.abs(mask.mean(axis) - density).max() <= 6 * sd / np.sqrt(300)


def test_random_synapses_exist_independently():
    mask = random_mask(300, 300, 0.3, np.random.default_rng(2)) - 0.3
    for a, b in ((mask[1:], mask[:-1]), (mask[:, 1:], mask[:, :-1]), (mask, mask.T)):
        off = ~np.eye(300, dtype=bool)[:a.shape[0], :a.shape[1]]
        assert abs((a * b)[off].mean()) < 5 * 0.21 * np.sqrt(2) / 300  # (mask, mask.T) counts every pair twice


def test_distance_is_that_on_a_ring():
    """Literally: the shorter way round, for neurons and inputs of different number."""
    mask = distance_mask(8, 4, 0.2)
    for i in range(8):
        for j in range(4):
            around = abs(i / 8 - j / 4)
            assert mask[i, j] == (min(around, 1 - around) <= 0.2)


def test_distance_is_symmetric_and_the_same_everywhere_on_the_ring():
    mask = distance_mask(10, 10, 0.2)
    assert (mask == mask.T).all()
    assert all((np.roll(mask[0], i) == mask[i]).all() for i in range(10))
    assert mask.sum(1)[0] == 5  # itself and two neighbours on each side: the radius is included


def test_half_the_ring_is_all_to_all_and_nothing_is_the_diagonal():
    assert distance_mask(9, 9, 0.5).all() and distance_mask(6, 8, 0.5).all()
    assert (distance_mask(9, 9, 0.0) == np.eye(9)).all()


@pytest.mark.parametrize(("n", "cores", "sizes"), [(6, 2, [3, 3]), (7, 2, [4, 3]), (8, 3, [3, 3, 2]), (5, 5, [1] * 5)])
def test_blocks_are_contiguous_and_as_even_as_can_be(n, cores, sizes):
    mask = block_mask(n, n, cores)
    starts = np.cumsum([0, *sizes])
    wanted = np.zeros((n, n), bool)
    for a, b in zip(starts[:-1], starts[1:], strict=True):
        wanted[a:b, a:b] = True
    assert (mask == wanted).all()


def test_every_input_reaches_exactly_one_core():
    mask = block_mask(12, 5, 4)
    assert (mask.sum(0) == 3).all()
    assert block_mask(7, 9, 1).all()
