"""The rule of a population that does not learn."""
from __future__ import annotations

import numpy as np
from assemble import heard, local_of

from neurosim.contract import credit, gauge, passes, presynaptic_pass
from neurosim.rules.none import NoCredit


def test_it_asks_for_nothing_and_needs_one_pass():
    seen, post, signal = np.ones((2, 64)), np.full((2, 64), 3.0), np.full(2, 4.0)
    local, broadcast = local_of(seen, 2 * seen, seen, seen), heard(np.ones(2), np.full(2, 2.0), np.zeros(2))
    credit(NoCredit(), local, broadcast, post, signal)
    gauge(NoCredit(), local, broadcast.square)
    assert (post == 3).all() and (signal == 4).all() and (broadcast.square == 0).all()
    assert passes(NoCredit()) == 1 and presynaptic_pass(NoCredit()) == 0
