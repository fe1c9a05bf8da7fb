"""The updater that counts and never writes."""
from __future__ import annotations

import numpy as np

from neurosim.contract import condition
from neurosim.updaters.tally import Tally


def test_requests_and_their_squares_are_added_up_and_nothing_is_left_to_write():
    rng = np.random.Generator(np.random.Philox(key=1))
    tally, requests = Tally(np.zeros((4, 64)), np.zeros((4, 64))), rng.standard_normal((3, 4, 64))
    for turn, request in enumerate(requests):
        total = request.copy()
        condition(tally, turn, total)
        assert (total == 0).all()
    np.testing.assert_allclose(tally.sum, requests.sum(axis=0), rtol=1e-14)
    np.testing.assert_allclose(tally.square, np.square(requests).sum(axis=0), rtol=1e-14)
