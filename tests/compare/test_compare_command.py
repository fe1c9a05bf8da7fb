"""What ``neurosim compare`` was asked for."""
from __future__ import annotations

import pytest

from neurosim.compare import ablation, chips
from neurosim.compare.command import chosen, compared
from neurosim.errors import InputError


def test_one_of_two_comparisons_is_chosen():
    assert chosen("loihi1,odin", None, "a.toml") == ("chips", "loihi1,odin") and chosen(None, "io", "a.toml") == ("ablate", "io")
    for names, group, has in ((None, None, "none of them"), ("odin", "io", "both")):
        with pytest.raises(InputError, match=f"needs one of a .compare. table in it, --chips or --ablate, and has {has}"):
            chosen(names, group, "a.toml")


def test_names_are_split_and_the_score_stands_in_the_header(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(chips, "compare", lambda experiment, names, *rest: asked.append(names) or {"score": "accuracy", "chips": []})
    record, header, rows, notes = compared(None, "chips", "loihi1, odin", tmp_path, print)
    assert asked == [["loihi1", "odin"]] and header[:3] == ["chip", "kind", "accuracy"] and len(header) == 9 and rows == notes == []


def test_an_ablation_has_its_own_table(monkeypatch, tmp_path):
    monkeypatch.setattr(ablation, "ablate", lambda experiment, group, *rest: {"score": "test_mse", "group": group})
    monkeypatch.setattr(ablation, "rows_of", lambda record: [(record["group"],)])
    assert compared(None, "ablate", "io", tmp_path, print)[1:] == (
        ["chip", "test_mse", "frozen", "cost of the effect", "cost alone"], [("io",)], [])
