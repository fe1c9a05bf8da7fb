"""The level at which a rule breaks, on made-up curves of which it is known."""
from __future__ import annotations

import math

import numpy as np
import pytest

from neurosim.compare.threshold import threshold
from neurosim.errors import InputError
from neurosim.generators import generator

LEVELS = [0.0, 1.0, 2.0, 4.0, 8.0]
DECAY = np.array([1.0, 0.9, 0.7, 0.3, 0.0])  # half at 3
NONE = math.nan


def made_up(n, shared=0.1, own=0.1, seed=1):
    """Accuracy-like scores and their frozen yardstick, (seeds, levels): the advantage is DECAY with a spread."""
    rng = generator(seed, 8)
    frozen = 5.0 + rng.standard_normal((n, 1)) + np.zeros(len(LEVELS))
    return frozen + DECAY * (1 + shared * rng.standard_normal((n, 1))) + own * rng.standard_normal((n, len(LEVELS))), frozen


def found_in(advantage, levels=LEVELS, **others):
    """The threshold of rows of advantages over a frozen network at 0."""
    return threshold(levels, advantage, np.zeros(np.shape(advantage)), True, **others)


def test_the_crossing_of_known_curves_is_found():
    found = found_in([DECAY, 1.1 * DECAY, 0.9 * DECAY])
    assert found[:4] == pytest.approx((3.0, 3.0, 3.0, 3)) and found.says == "breaks at 3 (3 to 3)"


def test_less_may_be_better():
    scores, frozen = made_up(5)
    more, less = threshold(LEVELS, scores, frozen, True), threshold(LEVELS, -scores, -frozen, False)
    assert more.level is not None and less == pytest.approx(more)


def test_the_share_to_keep_moves_the_break():
    rows = [DECAY, 1.1 * DECAY, 0.9 * DECAY]
    assert found_in(rows, keep=0.8).level == pytest.approx(1.5)
    assert found_in(rows, keep=0.0).level is None  # it never falls below 0
    assert found_in([[1.0, -1.0], [1.1, -1.1]], [2.0, 4.0], keep=0.0).level == pytest.approx(3.0)


def test_over_a_logarithm_the_middle_is_the_geometric_one():
    rows = [[1.0, 0.8, 0.2], [1.1, 0.88, 0.22]]
    assert found_in(rows, [1.0, 2.0, 8.0], is_logarithmic=True).level == pytest.approx(4.0)
    assert found_in(rows, [1.0, 2.0, 8.0]).level == pytest.approx(5.0)


def test_the_interval_holds_the_level_and_is_wider_for_fewer_seeds():
    few, many = threshold(LEVELS, *made_up(5), True), threshold(LEVELS, *made_up(20), True)
    assert few.lo < few.level < few.hi and many.lo < many.level < many.hi
    assert many.hi - many.lo < few.hi - few.lo
    assert few.says == f"breaks at {few.level:.3g} ({few.lo:.3g} to {few.hi:.3g})"


def test_the_first_of_several_crossings_counts():
    assert found_in([[1.0, 0.3, 0.9, 0.1]] * 2, [0.0, 1.0, 2.0, 3.0]).level == pytest.approx(0.5 / 0.7)


def test_seeds_are_resampled_whole():
    """Advantages that differ from seed to seed by a factor alone all break at one place."""
    found = found_in([factor * DECAY for factor in (0.6, 0.8, 1.0, 1.2, 1.4)])
    assert found.hi - found.lo < 1e-9


def test_what_never_breaks_has_no_level():
    found = found_in([[1.0, 0.9, 0.9], [1.1, 1.0, 0.98], [0.9, 0.85, 0.86]], [0.0, 1.0, 4.0], of="x the noise")
    assert found == (None, math.inf, math.inf, 3, "does not break up to 4 x the noise, the highest level")


def test_what_may_break_says_from_where():
    found = found_in([[1.0, 0.9, 0.9], [1.1, 1.0, 0.4], [0.9, 0.85, 0.5]], [0.0, 1.0, 4.0])
    assert found.level is None and 1.0 < found.lo < 4.0 and found.hi == math.inf
    assert found.says == f"does not break up to 4, the highest level, but a break from {found.lo:.3g} on cannot be ruled out"


def test_an_interval_may_be_open_above():
    found = found_in([[1.0, 0.9, 0.2], [1.1, 1.0, 0.8], [0.9, 0.85, 0.2]], [0.0, 1.0, 4.0], of="x the noise")
    assert 1.0 < found.lo < found.level < 4.0 and found.hi == math.inf
    assert found.says == f"breaks at {found.level:.3g} ({found.lo:.3g} to beyond 4) x the noise"


def test_without_an_advantage_there_is_nothing_to_lose():
    found = found_in([[-0.1, -0.2], [-0.3, -0.4]], [0.5, 1.0], of="x the noise")
    assert found.level is None and math.isnan(found.lo) and math.isnan(found.hi)
    assert found.says.startswith("has nothing to lose: at 0.5 x the noise, the lowest level, it is -0.2 (")


def test_an_advantage_that_may_be_chance_is_none():
    found = found_in([[0.5, 0.0], [-0.3, 0.0], [0.2, 0.0]], [0.0, 1.0])
    assert found.level is None and found.says.startswith("has no advantage to lose that these seeds can show: at 0, the lowest level, it")


def test_a_diverged_run_has_no_advantage_left():
    rows = [[1.0, 0.9, 0.9], [1.1, 1.0, math.nan], [0.9, 0.9, math.inf]]
    replaced = [[1.0, 0.9, 0.9], [1.1, 1.0, 0.0], [0.9, 0.9, 0.0]]
    assert found_in(rows, LEVELS[:3]) == found_in(replaced, LEVELS[:3])
    assert found_in(rows, LEVELS[:3]).level == pytest.approx(1.0 + (0.9333333 - 0.5) / (0.9333333 - 0.3))


def test_nor_is_it_better_than_the_worst_that_did_not_diverge():
    rows = [[1.0, -0.4], [1.1, math.nan], [0.9, -0.2]]
    assert found_in(rows, LEVELS[:2]) == found_in([[1.0, -0.4], [1.1, -0.4], [0.9, -0.2]], LEVELS[:2])
    assert found_in([[1.0, NONE], [1.1, NONE], [0.9, NONE]], LEVELS[:2]).level == pytest.approx(0.5)


def test_a_seed_without_a_frozen_network_is_left_out():
    scores, frozen = made_up(5)
    frozen[2, 3] = math.nan
    assert threshold(LEVELS, scores, frozen, True) == threshold(LEVELS, np.delete(scores, 2, 0), np.delete(frozen, 2, 0), True)
    nothing = threshold(LEVELS, scores, np.full_like(scores, math.nan), True)
    assert nothing.level is None and nothing.n == 0 and "no seed" in nothing.says
    assert threshold(LEVELS, [], [], True).n == 0


def test_one_seed_has_a_level_without_an_interval():
    found = found_in([DECAY], of="x the noise")
    assert found.level == pytest.approx(3.0) and math.isnan(found.lo) and math.isnan(found.hi)
    assert found.says == "breaks at 3 x the noise (one seed)"
    assert found_in([[1.0, 0.9]], [0.0, 1.0]).says == "does not break up to 1, the highest level (one seed)"


@pytest.mark.parametrize(("levels", "others", "match"), [
    ([0.0, 1.0, 1.0], {}, "levels = .*increase"), ([1.0], {}, "levels = .*two or more"), ([0.0, math.nan], {}, "levels = "),
    ([0.0, 1.0], {"is_logarithmic": True}, "above 0 for a logarithm"), ([0.0, 1.0], {"keep": 1.0}, "keep = 1.0; must be"),
    ([0.0, 1.0], {"keep": -0.1}, "keep = -0.1; must be")])
def test_what_cannot_be_is_refused(levels, others, match):
    with pytest.raises(InputError, match=match):
        found_in(np.ones((3, len(levels))), levels, **others)


def test_tables_of_another_shape_are_refused():
    with pytest.raises(InputError, match="must both be seeds x 5 levels; there are 2 and 3 seeds"):
        threshold(LEVELS, np.ones((2, 5)), np.ones((3, 5)), True)
    with pytest.raises(InputError, match="must both be seeds x 5 levels"):
        threshold(LEVELS, np.ones((2, 4)), np.ones((2, 4)), True)


def coverage(n, sets):
    """Share of sets of curves whose interval holds the true break at 3."""
    found = [threshold(LEVELS, *made_up(n, seed=seed), True) for seed in range(sets)]
    return sum(one.lo <= 3.0 <= one.hi for one in found) / sets


def test_the_true_break_is_covered():
    assert coverage(5, 300) == pytest.approx(0.95, abs=5 * math.sqrt(0.95 * 0.05 / 300))


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 8, 12])
def test_the_true_break_is_covered_as_often_as_required(n):
    assert 0.93 <= coverage(n, 2000 if n < 9 else 1000) <= 0.97
