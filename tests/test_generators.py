"""Random numbers outside of kernels."""
from __future__ import annotations

import numpy as np

from neurosim.generators import generator


def test_the_same_key_gives_the_same_numbers_in_any_order():
    alone = generator(3, 5, 2).random(4)
    generator(3, 5, 1).random(1000)
    assert np.array_equal(generator(3, 5, 2).random(4), alone)


def test_numbers_are_those_of_numpys_philox_and_stay_so():
    assert generator(1, 2).bit_generator.random_raw(3).tolist() == [5705853004827290377, 6584680345644299050, 680768428710196683]


def test_seed_stream_and_block_each_matter():
    drawn = [tuple(generator(*key).random(2)) for key in ((1, 2, 0), (2, 1, 0), (1, 1, 0), (2, 2, 0), (1, 2, 1), (1, 2, 2**60))]
    assert len(set(drawn)) == len(drawn)


def test_large_seeds_do_not_wrap_onto_small_ones():
    assert generator(2**64 - 1, 0).random() != generator(2**32 - 1, 0).random()


def test_blocks_do_not_overlap():
    """The next one begins 2**128 counters further on, which is what NumPy calls a jump."""
    for block in (0, 1, 7):
        jumped, following = generator(1, 1, block).bit_generator.jumped(), generator(1, 1, block + 1).bit_generator
        assert jumped.random_raw(8).tolist() == following.random_raw(8).tolist()


def test_the_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    generator(1, 2).random(100)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
