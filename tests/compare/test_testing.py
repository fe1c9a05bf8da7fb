"""Paired comparisons against SciPy, and Holm's correction against statsmodels."""
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests  # not in a test: hypothesis traces what it runs, imports too

from neurosim.compare.intervals import bootstrap
from neurosim.compare.testing import _unbiased, compare_pairs, holm
from neurosim.errors import InputError
from neurosim.generators import generator

FIRST, SECOND = [0.93, 0.95, 0.90, 0.97, 0.91, 0.94], [0.90, 0.91, 0.91, 0.92, 0.90, 0.89]


def test_p_is_that_of_scipy_and_the_interval_that_of_the_differences():
    found = compare_pairs(FIRST, SECOND)
    assert found.p == pytest.approx(stats.ttest_rel(FIRST, SECOND).pvalue, rel=1e-9)
    assert found[:4] == bootstrap([a - b for a, b in zip(FIRST, SECOND, strict=True)])


def test_the_effect_is_cohens_with_the_correction_of_hedges():
    d = np.array(FIRST) - np.array(SECOND)
    exact = math.gamma(2.5) / (math.sqrt(2.5) * math.gamma(2.0))
    assert compare_pairs(FIRST, SECOND).effect == pytest.approx(exact * d.mean() / d.std(ddof=1))
    assert exact == pytest.approx(1 - 3 / (4 * 5 - 1), abs=2e-3)  # the approximation that most use


def test_the_corrected_effect_has_no_bias():
    draws = 0.8 + generator(1, 7).standard_normal((200_000, 5))  # true effect 0.8
    ratios = _unbiased(4) * draws.mean(axis=1) / draws.std(axis=1, ddof=1)
    assert ratios.mean() == pytest.approx(0.8, abs=5 * ratios.std() / math.sqrt(200_000))


def test_exchange_turns_the_signs_and_nothing_else():
    found, turned = compare_pairs(FIRST, SECOND), compare_pairs(SECOND, FIRST)
    assert turned == pytest.approx((-found.mean, -found.hi, -found.lo, found.n, -found.effect, found.p))


def test_a_pair_with_a_diverged_run_is_left_out():
    assert compare_pairs([*FIRST, math.nan, 1.0], [*SECOND, 1.0, math.inf]) == compare_pairs(FIRST, SECOND)


@pytest.mark.parametrize("offset", [0.0, 0.1])
def test_equal_differences_have_neither_effect_nor_p(offset):
    found = compare_pairs([a + offset for a in FIRST], FIRST)  # their spread is rounding
    assert found.mean == found.lo == found.hi == pytest.approx(offset)
    assert found.n == 6 and math.isnan(found.effect) and math.isnan(found.p)


def test_two_pairs_have_a_p_but_no_effect():
    found = compare_pairs(FIRST[:2], SECOND[:2])
    assert found.p == pytest.approx(stats.ttest_rel(FIRST[:2], SECOND[:2]).pvalue) and math.isnan(found.effect)
    assert not math.isnan(compare_pairs(FIRST[:3], SECOND[:3]).effect)


def test_one_pair_has_a_difference_only_and_none_has_nothing():
    assert str(compare_pairs([1.0], [0.5])) == "Comparison(mean=0.5, lo=nan, hi=nan, n=1, effect=nan, p=nan)"
    assert str(compare_pairs([], [])) == "Comparison(mean=nan, lo=nan, hi=nan, n=0, effect=nan, p=nan)"


def test_unequal_numbers_of_seeds_are_refused():
    with pytest.raises(InputError, match="pairs: are of 6 and 5 values; both must have one per seed"):
        compare_pairs(FIRST, SECOND[:5])


def test_no_difference_is_called_significant_as_often_as_alpha_says():
    draws = generator(2, 7).standard_normal((2, 2000, 5)).tolist()
    found = sum(compare_pairs(a, b).p < 0.05 for a, b in zip(*draws, strict=True)) / 2000
    assert found == pytest.approx(0.05, abs=5 * math.sqrt(0.05 * 0.95 / 2000))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12))
def test_holm_is_that_of_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-15)


def test_holm_by_hand():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])  # 3 x 0.01, 2 x 0.03, and not less for 1 x 0.04


def test_nan_passes_through_holm_and_does_not_count():
    found = holm([0.01, math.nan, 0.04])
    assert found[::2] == pytest.approx([0.02, 0.04]) and math.isnan(found[1])
    assert holm([]) == [] and math.isnan(holm([math.nan])[0])


@pytest.mark.parametrize("value", [-0.1, 1.1, math.inf])
def test_what_is_no_probability_is_refused(value):
    with pytest.raises(InputError, match="must be between 0 and 1, or NaN"):
        holm([0.1, value])
