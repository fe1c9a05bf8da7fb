"""Digital numbers that requests add up in."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import maybe_compiled

from neurosim.contract import draws
from neurosim.devices.accumulator import Accumulator
from neurosim.devices.pulses import is_pulsed
from neurosim.devices.writing import write_row
from neurosim.random import Key
from neurosim.workspace import workspace

CELLS = 64


def write(device, g, dw, now):
    """One row; the workspace is for devices that draw."""
    scratch = workspace(0, CELLS, g.dtype)
    maybe_compiled(lambda *parts: write_row(*parts))(device, g, 0, dw, 0, scratch, Key(1, 16, now))


@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_numbers_are_the_sum_of_all_requests_and_additions_those_that_are_not_0(real):
    device, g = Accumulator(np.zeros(1, np.int64)), np.zeros((1, CELLS), real)
    requests = np.random.Generator(np.random.Philox(3)).standard_normal((4, 1, CELLS)).astype(real)
    requests[:, :, ::3] = 0
    for now, dw in enumerate(requests):
        write(device, g, dw, now)
    total = np.zeros_like(g)
    for dw in requests:
        total += dw
    assert g.dtype == real and (g == total).all() and device.additions[0] == np.count_nonzero(requests)


def test_it_is_no_pulsed_device_and_draws_nothing():
    device = Accumulator(np.zeros(1, np.int64))
    assert not is_pulsed(device) and draws(device) == 0
