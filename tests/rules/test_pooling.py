"""Sharing of a per-sample quantity over the batch."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.rules.pooling import pool


@pytest.mark.parametrize("values", [[3.0], [1.0, -2.0, 4.0, 0.5]])
@pytest.mark.parametrize("share", [1.0, 0.25])
def test_every_sample_gets_the_share_of_the_sum(values, share):
    pooled = np.array(values)
    pool(pooled, np.float64(share))
    assert (pooled == share * sum(values)).all()


def test_single_precision_stays_single_and_is_summed_in_order():
    values = np.array([1e8, 1.0, -1e8, 1.0], np.float32)
    pool(values, np.float32(1))
    assert values.dtype == np.float32 and (values == 1.0).all()  # ((1e8 + 1) - 1e8) + 1: the first 1 is lost
