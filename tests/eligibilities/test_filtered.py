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


def test_a_trace_of_few_bits_is_right_in_the_mean_and_holds_whole_steps():
    """64 copies of 250 steps, spikes at a chance of 0.2, 3 bits: at every step the mean over copies of the rounding error is 0.

    The error of one step is within a step of 1/7, its variance below a quarter of that squared, kept with 0.7 per step: 5 sigma.
    """
    coarse, spikes = behind(0.3, Outer(), 64, 1, np.float64, 3, 9), np.random.default_rng(2).random(250) < 0.2
    exact, errors = 0.0, []
    for x in spikes.astype(float):
        exact += 0.3 * (x - exact)
        found = np.array([recall(coarse, 0, j, x) for j in range(64)])
        assert np.abs(found * 7 - np.rint(found * 7)).max() < 1e-9 and 0 <= found.min() and found.max() <= 1
        errors.append(found - exact)
    sigma = 0.5 / 7 / np.sqrt(1 - 0.7**2)
    assert len(np.unique(np.round(errors, 9))) > 100
    assert np.abs(np.mean(errors, axis=1)).max() < 5 * sigma / np.sqrt(64)
    assert abs(np.mean(errors)) < 5 * sigma * np.sqrt((1 + 0.7) / (1 - 0.7)) / np.sqrt(64 * 250)


def test_silence_leaves_an_empty_trace_empty_and_a_full_one_saturates():
    coarse = behind(1 - 1e-9, Outer(), 4, 1, np.float32, 7, 9)
    assert [recall(coarse, 0, 1, np.float32(x)) for x in (0, 0, 31, 31)] == pytest.approx([0, 0, 1, 1], abs=1e-6)
    forget(coarse)
    assert not coarse.trace.any() and coarse.drawn[0].tolist()[:3] == [0, 4, 0]


def test_every_cell_and_step_draws_for_itself_and_the_same_again():
    def traces(seed):
        coarse = behind(0.3, Outer(), 8, 2, np.float32, 7, seed)
        return np.array([[recall(coarse, b, j, np.float32(1)) for b in range(2) for j in range(8)] for _ in range(3)])

    assert np.array_equal(traces(4), traces(4)) and not np.array_equal(traces(4), traces(5))
    assert all(len(set(row)) > 1 for row in traces(4))
