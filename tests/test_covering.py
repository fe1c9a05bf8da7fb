"""The combinations that the suite compiles: all short lists occur whole, in every part of them."""
from __future__ import annotations

import itertools

import test_bits
from components import NEEDS_SEQUENCE, SHAKING
from covering import balanced, covering

SMALL = {"a": list("abcdef"), "b": list("xyz"), "c": [0, 1]}


def as_it_is(row, name, choice):
    return choice


def test_every_pair_occurs():
    rows = covering(SMALL)
    for (one, first), (other, second) in itertools.combinations(SMALL.items(), 2):
        assert {(row[one], row[other]) for row in rows} == set(itertools.product(first, second))


def test_choices_are_used_evenly_and_the_longest_list_once():
    lists = balanced(SMALL, "a", 2, as_it_is)
    assert sorted(row["a"] for rows in lists for row in rows) == list("abcdef")
    for rows in lists:
        assert sorted(row["b"] for row in rows) == list("xyz") and {row["c"] for row in rows} == {0, 1}
    assert len({(row["b"], row["c"]) for rows in lists for row in rows}) == 6


def test_what_is_impossible_is_not_chosen():
    def no_ones_with_x(row, name, choice):
        return 0 if name == "c" and row["b"] == "x" else choice
    assert all((row["b"], row["c"]) != ("x", 1) for rows in balanced(SMALL, "a", 2, no_ones_with_x) for row in rows)


def test_both_thirds_of_the_gate_have_every_updater_gatherer_channel_and_kind_of_update(monkeypatch):
    """The first as it is, the second with bounds checks; every scheme writes step by step in one of them."""
    together = []
    for third in (0, 1):
        monkeypatch.setattr(test_bits, "THIRD", third)
        rows = test_bits.combinations(0)
        together += rows
        for name in ("channel", "decorrelation", "synapses", "update", "updater", "scheme", "readout", "dtype", "batch"):
            assert {row[name] for row in rows} == set(test_bits.FACTORS[name]), name
        assert not any(row["update"] == "step" and row["rule"] in NEEDS_SEQUENCE for row in rows)
    assert {row["gatherer"] for row in together} == set(test_bits.FACTORS["gatherer"])
    assert {row["scheme"] for row in together if row["update"] == "step"} == set(test_bits.FACTORS["scheme"])
    for strength in (0, 1):
        rows = test_bits.combinations(strength)
        assert not any(row["neuron"] in test_bits.TWO_PORTS and row["rule"] in SHAKING for row in rows)
