"""What a newcomer gets wrong ends with one sentence that helps."""
from __future__ import annotations

import pytest
from newcomer import MISTAKES, said

LONGEST = 320


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.what for mistake in MISTAKES])
def test_a_mistake_ends_with_one_sentence_that_names_file_and_field(tmp_path, mistake):
    code, text = said(mistake, tmp_path)
    line = text.replace(f"{tmp_path}/", "")
    assert code == 2 and line.startswith("neurosim: ") and line.endswith("\n") and line.count("\n") == 1, text
    assert "Traceback" not in line and len(line) <= LONGEST
    assert [word for word in mistake.words if word not in line] == [], text
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(mistake.files)


def test_there_are_enough_of_them_and_none_twice():
    tried = {(mistake.command, *sorted((name, str(text)) for name, text in mistake.files.items())) for mistake in MISTAKES}
    assert len(tried) == len({mistake.what for mistake in MISTAKES}) == len(MISTAKES) >= 40
