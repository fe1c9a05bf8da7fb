"""Eligibility behind a leak."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import change, forget, is_dense_in_time, is_mergeable, recall
from neurosim.eligibilities.filtered import Filtered, behind
from neurosim.eligibilities.outer import Fixed, Outer


def test_the_presynaptic_factor_is_the_exponential_mean_of_what_was_sent():
    eligibility, sent = Filtered(0.3, np.zeros((2, 4))), np.random.default_rng(1).standard_normal(20)
    for t in range(20):
        found = recall(eligibility, 1, 2, sent[t])
        assert found == pytest.approx((0.3 * 0.7 ** np.arange(t, -1, -1) * sent[:t + 1]).sum(), rel=1e-12)
    assert (eligibility.trace != 0).sum() == 1


def test_it_is_forgotten_with_the_trial():
    eligibility = Filtered(0.3, np.ones((2, 4)))
    forget(eligibility)
    assert (eligibility.trace == 0).all() and recall(eligibility, 0, 0, 1.0) == 0.3


def test_requests_add_up_as_those_without_a_leak_do():
    eligibility = Filtered(0.3, np.zeros((1, 4)))
    assert is_mergeable(eligibility) and not is_dense_in_time(eligibility)
    assert change(eligibility, 0, 0, 0.5, 0.25, 2.0) == 0.25


def test_without_a_leak_the_factor_is_what_was_sent():
    assert recall(Outer(), 0, 0, 0.7) == 0.7


def test_only_what_is_made_of_the_presynaptic_activity_goes_behind_the_leak():
    found = behind(0.3, Outer(), 70, 2, np.float32)
    assert isinstance(found, Filtered) and found.trace.shape == (2, 128) and found.share.dtype == np.float32
    assert isinstance(behind(1.0, Outer(), 70, 2, np.float32), Outer) and isinstance(behind(0.3, Fixed(), 70, 2, np.float32), Fixed)
