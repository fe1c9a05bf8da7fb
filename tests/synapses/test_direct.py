"""No synapses at all."""
from __future__ import annotations

import numpy as np

from neurosim.contract import blank, commit, correlate, deliver, sweep
from neurosim.random import Key
from neurosim.synapses.direct import Direct


def test_activity_is_passed_straight_on_in_every_lane():
    z = np.random.default_rng(1).standard_normal((3, 64))
    current = np.full((3, 64), 9.0)
    sweep(Direct(), None, 0, z, current, Key(1, 1, 0))
    assert (current == z).all() and current is not z


def test_nothing_else_happens():
    z, current, cells = np.ones((3, 64)), np.full((3, 64), 9.0), np.full((4, 64), 5.0)
    deliver(Direct(), cells, z, current, 0, 3)
    correlate(Direct(), None)
    commit(Direct(), None, Key(1, 1, 0))
    blank(Direct(), cells)
    assert (current == 9).all() and (cells == 5).all()
