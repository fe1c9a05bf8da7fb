"""Costs in a few numbers and as a bill."""
from __future__ import annotations

import pytest

from neurosim.report.cost import BILL, bill_rows, brief, cost_lines, shown, trust_line

LINES = [
    {"operation": "synaptic events", "part": "forward", "count": 1000, "each": 2e-12, "energy_J": 2e-9, "field": "e_synop_J"},
    {"operation": "weight writes", "part": "learning", "count": 40, "each": "unavailable", "energy_J": "unavailable",
     "field": "e_weight_write_J"},
    {"operation": "static power", "part": "power", "count": 3.0, "unit": "s", "each": 0.5, "energy_J": 1.5, "field": "p_static_W"}]


def cost(**learning):
    """Learning as in `LINES`, and four inferences of a tenth of its events."""
    tested = [{**LINES[0], "count": 100, "energy_J": 2e-10}, {**LINES[2], "count": 0.4, "energy_J": 0.2}]
    return {
        "learning": {"lines": LINES, "energy_J": 1.500000002, "unavailable": ["weight writes"], "is_bound": False, "seconds": 3.0,
                     "writes": 40, **learning},
        "inference": {"lines": tested, "inferences": 4, "energy_per_inference_J": 0.05, "seconds_per_inference": 0.1,
                      "latency_s": "unavailable"}}


def test_a_bill_has_learning_and_one_inference_side_by_side():
    rows = bill_rows(cost())
    assert rows == [
        ("synaptic events", "2 pJ", "1e+03", "2 nJ", "25", "50 pJ"),
        ("weight writes", "unavailable", "40", "unavailable", "-", "-"),
        ("static power", "500 mW", "3 s", "1.5 J", "100 ms", "50 mJ"),
        ("sum of what is known", "", "", "1.5 J", "", "50 mJ")]
    assert {len(row) for row in rows} == {len(BILL)}


def test_lines_say_what_a_score_took_and_what_has_no_price():
    two = brief({"1": cost(), "2": cost(energy_J=2.500000002, writes=60)})
    assert list(cost_lines(two, " to test MSE 0.1")) == [
        "learning to test MSE 0.1: energy at least 2 J, time 3 s, writes 50 per seed",
        "inference: energy at least 50 mJ, time 100 ms, latency of a step unavailable",
        "no energy is known of weight writes"]


@pytest.mark.parametrize(("change", "said"), [
    ({"unavailable": []}, "learning: energy 1.5 J, time 3 s, writes 40"),
    ({"is_bound": True}, "learning: energy at most 1.5 J, time 3 s, writes 40"),
    ({"energy_J": "unavailable", "writes": "unavailable"}, "learning: energy unavailable, time 3 s, writes unavailable")])
def test_a_sum_is_as_far_as_it_can_be_trusted(change, said):
    assert next(iter(cost_lines(brief({"1": cost(**change)})))) == said


def test_numbers_that_are_no_fact_are_named_by_status():
    unsure = [{"number": "energy.e_hop_J", "status": "unverified"}, {"number": "weights.range", "status": "assumed"},
              {"number": "chip.node_nm", "status": "unverified"}]
    assert trust_line(unsure) == "rests on numbers that are unverified: energy.e_hop_J, chip.node_nm; assumed: weights.range"


@pytest.mark.parametrize(("value", "unit", "text"), [
    (None, "J", "unavailable"), (0.0, "J", "0 J"), (1.43e-7, "J", "143 nJ"), (0.9996, "J", "1e+03 mJ"), (3e-17, "J", "0.03 fJ"),
    (240.0, "J", "240 J"), (5e12, "J", "5e+03 GJ"), (1234.0, "", "1.23e+03")])
def test_units_have_prefixes(value, unit, text):
    assert shown(value, unit) == text
