"""Bits of a weight: fewer than the chip has are used, more are refused."""
from __future__ import annotations

import numpy as np
import pytest
from small_chips import network

from neurosim.chip import compile_chip
from neurosim.errors import InputError, MappingError
from neurosim.profile import load
from neurosim.widths import with_bits


def test_more_bits_than_a_chip_has_are_refused_and_fewer_are_used():
    chip = load("loihi1")
    with pytest.raises(MappingError) as caught:
        with_bits(chip, 12)
    said = str(caught.value)
    assert said.startswith("chip.weight_bits = 12; needs 12 bits per weight, and loihi1.toml has 9 (weights.bits: nengo/nengo-loihi source")
    assert said.endswith("; use at most 9, or a chip with more")
    with pytest.raises(InputError, match="ideal.toml has weights.format = 'float', which has no bits"):
        with_bits(load("ideal"), 4)
    few = compile_chip(with_bits(chip, 3), network(recurrent_scale=4.0)).arrays["recurrent"]
    assert len(np.unique(few.conductance[:, :40])) == 7 and with_bits(chip, None) is chip
