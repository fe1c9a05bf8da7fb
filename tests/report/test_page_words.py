"""Numbers, names and judgements in the words of the report."""
from __future__ import annotations

import math

import pytest

from neurosim.report.page.curves import MOST, columns_of, rounded
from neurosim.report.page.drawing import axis_of, padded, safe
from neurosim.report.page.folder import Found, checked
from neurosim.report.page.groups import gap, judged, predictors_of, status, yardsticks_of
from neurosim.report.page.maps import age_text
from neurosim.report.page.prose import findings
from neurosim.report.page.words import amount, chance, figure, interval, label, listed, phrase, whole


@pytest.mark.parametrize(("value", "text"), [
    (0.03123, "0.0312"), (0, "0"), (None, "–"), (math.nan, "–"), ("unavailable", "–"), (True, "–"), (1234.5, "1234"), (-0.5, "−0.500"),
    (1.234e-6, "1.23×10⁻⁶"), (2.5e9, "2.50×10⁹"), (0.9999, "1.00")])
def test_a_number_has_three_digits(value, text):
    assert figure(value) == text


@pytest.mark.parametrize(("values", "text"), [
    ((0.9312, 0.912, 0.951), "0.931 [0.912, 0.951]"), ((0.93, None, None), "0.930"), ((None, 0, 1), "–"),
    ((0.93, 0.88, 0.98), "0.93 [0.88, 0.98]"), ((3.21e-5, 3.1e-5, 3.32e-5), "3.21 [3.10, 3.32] ×10⁻⁵"), ((5, 5, 5), "5.000 [5.000, 5.000]"),
    ((0.0, -0.01, 0.01), "0.000 [−0.010, 0.010]")])
def test_an_interval_has_the_digits_that_it_supports(values, text):
    assert interval(*values) == text


def test_a_difference_that_is_positive_says_so():
    assert interval(0.1, 0.08, 0.12, is_signed=True) == "+0.100 [0.080, 0.120]"
    assert interval(-0.1, -0.12, -0.08, is_signed=True) == "−0.100 [−0.120, −0.080]"


@pytest.mark.parametrize(("cost", "text"), [
    ({"learning_J": 3.2e-6}, "3.2 µJ"), ({"learning_J": "unavailable"}, "unavailable"), ({}, "unavailable"),
    ({"learning_J": 1.0, "is_bound": True}, "at most 1 J"), ({"learning_J": 1.0, "unavailable": ["pulses"]}, "at least 1 J"),
    ({"learning_J": 0.0}, "0 J")])
def test_an_energy_says_how_far_it_is_known(cost, text):
    assert amount(cost, "learning_J", "J") == text


def test_points_are_named_as_people_would():
    assert phrase({"rule": "trace", "chip": "reram-sb", "noise": 2.0}) == "trace on reram-sb at noise 2"
    assert phrase({"noise": 0.5}) == "noise 0.5"
    assert phrase({}) == "this run"
    assert label({"rule": "trace", "noise": 2.0, "is_on": True}) == "trace · noise 2 · is_on true"
    assert listed(["a", "b", "c"]) == "a, b and c" and listed(["a, b", "c"]) == "a, b and c"
    assert listed(["a, b", "c", "d"]) == "a, b; c and d"
    assert listed([str(k) for k in range(12)]).endswith("7 and 4 more")
    assert whole(2e6) == "2,000,000" and whole(0.5) == "0.500"
    assert chance(1e-7) == "p < 0.0001" and chance(0.034) == "p = 0.034" and chance(None) == ""


def group(mean, lo, hi, p=None, is_higher_better=True, **more):
    """A group beside a frozen network."""
    difference = {"mean": mean, "lo": lo, "hi": hi, **({} if p is None else {"p": p / 2, "p_corrected": p})}
    return {"point": {"rule": "trace", "chip": "x"}, "kind": "learn", "score": "accuracy" if is_higher_better else "test_mse", "mean": 0.5,
            "is_higher_better": is_higher_better, "against": {"frozen, same readout rule": {"mean": 9.0, "lo": 9.0, "hi": 9.0},
                                                              "frozen, least-squares readout": difference},
            "seeds": {}, "cost": {}, "predictors": {}, "n": 5, **more}


@pytest.mark.parametrize(("lo", "hi", "p", "verdict"), [
    (0.1, 0.3, 0.01, "learns"), (0.1, 0.3, None, "learns"), (0.1, 0.3, 0.2, "hint"), (-0.1, 0.3, 0.01, "unclear"),
    (-0.3, -0.1, 0.01, "worse"), (None, None, 0.01, "unknown")])
def test_learning_is_judged_by_interval_and_corrected_p(lo, hi, p, verdict):
    assert judged(group(0.2, lo, hi, p)) == verdict


def test_where_less_is_better_the_judgement_turns_and_the_difference_does_not():
    better = group(-0.2, -0.3, -0.1, 0.01, is_higher_better=False)
    assert judged(better) == "learns" and judged(group(0.2, 0.1, 0.3, 0.01, is_higher_better=False)) == "worse"
    found = gap(better, "frozen")
    assert (found.name, found.mean, found.gain, found.worst, found.best) == ("frozen, least-squares readout", -0.2, 0.2, 0.1, 0.3)


def said(groups, **more):
    """Findings by title."""
    record = checked({"groups": groups, **more}, "comparison.json")
    return {one.title: " ".join(one.sentences) for one in findings(Found(None, record))}


def test_sentences_say_what_the_numbers_say():
    other = {**group(0.0, -0.1, 0.1, 0.9), "point": {"rule": "trace", "chip": "y"}}
    frozen = {**group(0.5, 0.4, 0.6, 0.01), "point": {"rule": "frozen", "chip": "x"}}
    found = said([group(0.2, 0.1, 0.3, 0.01), other, frozen])
    assert found["What learns where"] == "trace learns on x (1 of 2); it is not shown to learn on y (1 of 2)."
    assert "Largest gain: trace on x" in found["How much better than not learning"] and "frozen on" not in found["What learns where"]
    assert "trace on y may need more seeds" in found["What must not be concluded"]


def test_few_seeds_an_unfinished_comparison_and_guessed_numbers_are_cautioned():
    found = said([group(0.2, 0.1, 0.3, 0.01, n=2)], status="interrupted", unverified=[{"number": "a"}], caveats=["Mine."])
    cautions = found["What must not be concluded"]
    assert cautions.startswith("The comparison is interrupted: what is missing is not in any number here.") and "Mine." in cautions
    assert "Fewer than three seeds stand behind trace on x" in cautions and "1 number that nobody has verified" in cautions


def test_distance_to_bptt_says_which_side_and_whether_it_is_told_apart():
    near, far = group(0.2, 0.1, 0.3, 0.01), group(0.2, 0.1, 0.3, 0.01, point={"rule": "ANP", "chip": "x"})
    near["against"]["true BPTT"] = {"mean": -0.01, "lo": -0.03, "hi": 0.01}
    far["against"]["true BPTT"] = {"mean": -0.2, "lo": -0.25, "hi": -0.15}
    text = said([near, far])["How far from true backpropagation through time"]
    assert "trace on x is behind it by 0.0100, which its interval cannot tell from zero." in text
    assert "Farthest: ANP on x is behind it by 0.20 [0.15, 0.25]." in text


def test_nothing_that_happened_and_energies_that_are_unknown_are_said():
    idle = group(0.0, -0.1, 0.1, seeds={"1": {"status": "nothing happened"}}, cost={"learning_J": "unavailable", "unavailable": ["pulses"]})
    found = said([idle])
    assert "Nothing happened (no weight changed) with trace on x." in found["What breaks it"]
    assert found["What it costs"] == "The energy of learning is unavailable for x, because no number is known of pulses."


def test_a_group_stands_beside_the_yardsticks_of_its_own_chip():
    yardsticks = [{"point": {}, "kind": "true_bptt"}, {"point": {"chip": "x"}, "kind": "a"}, {"point": {"chip": "y"}, "kind": "b"}]
    assert [one["kind"] for one in yardsticks_of(group(0, 0, 0), yardsticks)] == ["true_bptt", "a"]


def test_predictors_in_another_score_are_not_drawn_beside_it():
    ours = group(0, 0, 0, predictors={"constant": {"mean": 0.1}, "chance": {"mean": 0.25, "score": "accuracy"}})
    assert predictors_of(ours) == {"chance": 0.25}


def test_the_status_of_a_group_counts_what_is_not_complete():
    seeds = {"1": {"status": "complete"}, "2": {"status": "diverged"}, "3": {"status": "diverged"}}
    assert status({"seeds": seeds}) == "2 of 3 diverged" and status({"seeds": {}}) == "no run"
    assert status({"seeds": {"1": seeds["1"]}}) == "complete" and status({"seeds": {"2": seeds["2"]}}) == "diverged"


def test_long_curves_are_thinned_and_keep_their_ends():
    rows = [{"epoch": float(k), "accuracy": k / 7, "energy_J": None} for k in range(1001)]
    columns = columns_of(rows)
    assert set(columns) == {"epoch", "accuracy"}
    assert len(columns["epoch"]) == MOST and columns["epoch"][0] == 0 and columns["epoch"][-1] == 1000
    assert columns["accuracy"][-1] == 142.857 and rounded(None) is None and rounded(3.0) == 3


def test_text_for_plotly_has_neither_tags_nor_formulas():
    assert safe("<b>$x$</b> & %{y}\n z") == "&lt;b&gt;&#36;x&#36;&lt;/b&gt; &amp; %{y} z"


def test_axes_are_logarithmic_where_values_are_far_apart_and_positive():
    assert axis_of("x", [1e-6, 1e-2])["type"] == "log" and "type" not in axis_of("x", [0, 1e-2, 1]) and "type" not in axis_of("x", [1, 2])
    assert padded([0.0, 1.0]) == pytest.approx([-0.03, 1.03]) and padded([]) is None
    assert padded([1e-4, 1.0]) == pytest.approx([-4.12, 0.12])


@pytest.mark.parametrize(("seconds", "text"), [(0, "at once"), (30, "30 s"), (3600, "1 h"), (2592000, "30 days"), (None, "None")])
def test_ages_are_said_in_the_largest_unit(seconds, text):
    assert age_text(seconds) == text
