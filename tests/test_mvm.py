"""One read outside any network."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import IS_PLAIN

from neurosim.circuits.read_path import ReadPath
from neurosim.mvm import circuit_for, read
from neurosim.random import Key
from neurosim.verbs import pass_on

WEIGHTS, INPUTS = np.random.default_rng(1).standard_normal((5, 7)), np.random.default_rng(2).standard_normal((3, 7))
NOISY, KEY = ReadPath(out_noise=0.1), Key(1, 0, 0)


def once(path=NOISY, key=KEY, inputs=INPUTS, run=pass_on):
    return read(circuit_for(path, WEIGHTS, len(inputs), np.float64), WEIGHTS, inputs, key, run)


def test_an_ideal_read_is_the_product_of_weights_and_inputs():
    assert np.allclose(once(ReadPath()), INPUTS @ WEIGHTS.T, rtol=1e-13)


def test_a_read_changes_neither_weights_nor_inputs():
    weights, inputs = WEIGHTS.copy(), INPUTS.copy()
    once()
    assert (weights == WEIGHTS).all() and (inputs == INPUTS).all()


def test_the_same_key_gives_the_same_noise_and_any_other_another():
    first = once()
    assert (once() == first).all()
    assert all((once(key=key) != first).all() for key in (Key(2, 0, 0), Key(1, 1, 0), Key(1, 0, 1)))


@pytest.mark.skipif(IS_PLAIN, reason="compares with the compiled read")
def test_reads_are_compiled_unless_told_not_to_be():
    assert (once(run=None) == once()).all()
