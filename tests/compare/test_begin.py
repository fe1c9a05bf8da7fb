"""The folder of an ablation or of a comparison of chips: begun once, by whoever comes first."""
from __future__ import annotations

import os

import pytest

from neurosim.compare import cases
from neurosim.errors import InputError


def test_a_folder_for_cases_is_made_or_gone_on_with(tmp_path):
    cases.begin(tmp_path / "out")
    (tmp_path / "out" / cases.CASES / "a.json").write_text("x")
    cases.begin(tmp_path / "out")
    assert os.listdir(tmp_path / "out" / cases.CASES) == ["a.json"]


@pytest.mark.parametrize("theirs", [f"{cases.CASES}/a.json", "run.json"])
def test_a_folder_that_comes_between_is_joined_if_it_is_for_cases(tmp_path, monkeypatch, theirs):
    write = cases.write_folder

    def raced(folder, files):
        write(folder, {theirs: "x"})
        write(folder, files)
    monkeypatch.setattr(cases, "write_folder", raced)
    if theirs == "run.json":
        with pytest.raises(InputError, match="already exists"):
            cases.begin(tmp_path / "out")
    else:
        cases.begin(tmp_path / "out")
    assert (tmp_path / "out" / theirs).read_text() == "x"
