"""The ideal device."""
from __future__ import annotations

import numpy as np

from neurosim.contract import draws, program, sense
from neurosim.devices.ideal import Ideal

NONE = np.float64(0)


def write(conductance, dw):
    return program(Ideal(), 0, 0, conductance, dw, NONE, NONE, NONE)


def test_a_request_is_met_exactly():
    for dw in (1e-300, 0.25, -3.0, 1e6):
        assert write(np.float64(0.5), np.float64(dw)) == 0.5 + dw


def test_there_are_no_bounds():
    assert write(np.float64(1e12), np.float64(1e12)) == 2e12


def test_opposite_requests_cancel():
    assert write(write(np.float64(0.5), np.float64(0.125)), np.float64(-0.125)) == 0.5


def test_single_precision_stays_single():
    assert type(write(np.float32(0.1), np.float32(0.2))) is np.float32


def test_nothing_is_drawn_and_the_weight_is_the_conductance():
    assert draws(Ideal()) == 0
    assert sense(Ideal(), 3, 4, np.float32(0.7)) == np.float32(0.7)
