"""Bootstrap intervals: what they are made of, and how often they hold the true mean."""
from __future__ import annotations

import inspect
import itertools
import math

import numpy as np
import pytest
from scipy import stats

from neurosim.compare import intervals
from neurosim.compare.intervals import bootstrap, widening
from neurosim.errors import InputError
from neurosim.generators import generator

FIVE = [0.91, 0.95, 0.90, 0.97, 0.93]
TWELVE = [0.31, 0.12, 0.55, 0.28, 0.91, 0.07, 0.44, 0.36, 0.62, 0.19, 0.23, 0.40]
DISTRIBUTIONS = {  # name: how to draw, true mean
    "normal": (lambda rng, shape: rng.standard_normal(shape), 0.0),
    "exponential": (lambda rng, shape: rng.exponential(size=shape), 1.0),
    "accuracies": (lambda rng, shape: rng.binomial(200, 0.99, shape) / 200, 0.99)}


def coverage(name, n, samples, resamples):
    """Share of samples of n values whose 95 % interval holds the true mean."""
    draw, true = DISTRIBUTIONS[name]
    found = [bootstrap(sample, resamples=resamples) for sample in draw(generator(n, 5), (samples, n)).tolist()]
    return sum(one.lo - 1e-12 <= true <= one.hi + 1e-12 for one in found) / samples


def unwidened(found):
    """The quantiles of the mean of a resample that an interval was made from."""
    return found.mean + (np.array([found.lo, found.hi]) - found.mean) / widening(found.n)


def test_few_seeds_are_resampled_in_every_way_there_is():
    means = np.sort([np.mean(kind) for kind in itertools.product(FIVE, repeat=5)])  # 3125, each as likely as any other
    assert unwidened(bootstrap(FIVE)) == pytest.approx([means[78], means[-79]])  # 2.5 % of 3125 is 78.1: the 79th from either side


def test_the_widening_is_that_of_student_with_the_variance_over_n_minus_one():
    assert widening(5) == pytest.approx(math.sqrt(5 / 4) * 2.776445105 / 1.959963985)
    assert widening(10, 0.9) == pytest.approx(math.sqrt(10 / 9) * 1.833112933 / 1.644853627)
    assert widening(10**6) == pytest.approx(1.0, abs=1e-5)


def test_drawn_resamples_agree_with_scipy():
    ours = unwidened(bootstrap(TWELVE, resamples=50_000))
    name = "rng" if "rng" in inspect.signature(stats.bootstrap).parameters else "random_state"  # before scipy 1.15
    drawn_by = {name: np.random.Generator(np.random.Philox(1))}
    theirs = stats.bootstrap((TWELVE,), np.mean, method="percentile", n_resamples=50_000, **drawn_by)
    density = 0.0584 / np.std(TWELVE) * math.sqrt(12)  # of the means, if normal, at a tail of 2.5 %
    assert ours == pytest.approx(theirs.confidence_interval, abs=5 * math.sqrt(2 * 0.025 * 0.975 / 50_000) / density)


def test_drawn_and_enumerated_resamples_agree():
    drawn, every = bootstrap(TWELVE[:7], resamples=1000), bootstrap(TWELVE[:7])  # 1716 multisets
    density = 0.0584 / np.std(TWELVE[:7]) * math.sqrt(7)
    assert drawn != every
    assert drawn == pytest.approx(every, abs=5 * widening(7) * math.sqrt(0.025 * 0.975 / 1000) / density)


def test_a_large_normal_sample_has_the_interval_of_student():
    values = generator(1, 6).standard_normal(200)
    found, half = bootstrap(values), stats.t.ppf(0.975, 199) * np.std(values, ddof=1) / math.sqrt(200)
    assert found == pytest.approx((np.mean(values), np.mean(values) - half, np.mean(values) + half, 200), abs=0.05 * half)


def test_the_interval_keeps_the_skew():
    found = bootstrap([0.0, 0.1, 0.2, 0.3, 5.0])
    assert found.hi - found.mean > 1.2 * (found.mean - found.lo)


@pytest.mark.parametrize("values", [FIVE, TWELVE])
def test_the_same_bytes_in_any_order_of_calls_and_of_seeds(values):
    first = bootstrap(values)
    intervals._resamples.cache_clear()
    bootstrap([1.0, 2.0, 3.0] * 4, key=3)
    assert bootstrap(values) == first == bootstrap(values[::-1])


def test_the_key_draws_other_resamples():
    assert bootstrap(TWELVE, key=1) != bootstrap(TWELVE) != bootstrap(TWELVE, resamples=9000)


def test_a_higher_confidence_is_wider():
    narrow, wide = bootstrap(TWELVE, level=0.8), bootstrap(TWELVE, level=0.99)
    assert wide.lo < narrow.lo < narrow.mean < narrow.hi < wide.hi


def test_what_is_not_finite_is_left_out_and_counted():
    assert bootstrap([*FIVE, math.nan, math.inf]) == bootstrap(FIVE) and bootstrap(FIVE).n == 5


def test_one_seed_has_no_interval_and_none_no_mean():
    assert str(bootstrap([0.5])) == "Interval(mean=0.5, lo=nan, hi=nan, n=1)"
    assert str(bootstrap([math.nan])) == "Interval(mean=nan, lo=nan, hi=nan, n=0)"


def test_equal_values_have_an_interval_without_width():
    assert bootstrap([0.1] * 5) == (0.1, 0.1, 0.1, 5)  # exactly: 0.1 + 0.1 + 0.1 is not 0.3


def test_the_means_of_resamples_stay_those_of_the_cache():
    counts, weights = intervals._resamples(5, 10_000, 0)
    assert counts.shape == (126, 5) and weights.sum() == 5**5 and np.all(counts.sum(axis=1) == 5)
    with pytest.raises(ValueError, match="read-only"):
        counts[0, 0] = 1


@pytest.mark.parametrize(("settings", "match"), [
    ({"level": 1.0}, "level = 1.0; must be between 0 and 1"), ({"resamples": 20}, "resamples = 20; a level of 0.95 needs at least 40")])
def test_what_cannot_be_is_refused(settings, match):
    with pytest.raises(InputError, match=match):
        bootstrap(FIVE, **settings)


# The required coverage is 93 to 97 %.  Samples are the same every time; at 2000, the standard error is 0.5 %, so the two ends are 4 of
# them away from 95 %.


@pytest.mark.parametrize(("n", "resamples"), [(5, 126), (8, 1000), (20, 1000)])
def test_the_true_mean_of_normal_values_is_covered(n, resamples):
    assert 0.93 <= coverage("normal", n, 2000, resamples) <= 0.97


def test_skewed_values_are_covered_less_often_than_required_as_documented():
    assert 0.86 <= coverage("exponential", 5, 2000, 126) <= 0.91  # 88.6 +- 0.7


@pytest.mark.slow
@pytest.mark.parametrize(("name", "n", "documented"), [
    ("normal", 3, 0.949), ("normal", 5, 0.948), ("normal", 6, 0.948), ("normal", 8, 0.948), ("normal", 10, 0.946), ("normal", 20, 0.948),
    ("normal", 30, 0.947), ("accuracies", 5, 0.934), ("accuracies", 6, 0.920), ("accuracies", 10, 0.943), ("accuracies", 30, 0.947),
    ("exponential", 5, 0.886), ("exponential", 10, 0.910), ("exponential", 30, 0.928)])
def test_coverage_is_what_the_documentation_says(name, n, documented):
    found = coverage(name, n, 10_000, 10_000 if n <= 8 else 2000)
    assert found == pytest.approx(documented, abs=5 * math.sqrt(2 * documented * (1 - documented) / 10_000))
    assert 0.93 <= found <= 0.97 or documented < 0.93
