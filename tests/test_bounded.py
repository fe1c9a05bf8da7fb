"""Files that are read whole: bounded, regular, or refused in one sentence."""
from __future__ import annotations

import os

import pytest

from neurosim import bounded
from neurosim.errors import InputError


def refusal(read, *arguments):
    with pytest.raises(InputError) as refused:
        read(*arguments)
    text = str(refused.value)
    assert "\n" not in text and len(text) < 400
    return text


def test_a_file_within_its_bounds_is_read(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert bounded.read_bytes(tmp_path / "a", 3, "text") == b"abc"
    assert refusal(bounded.read_bytes, tmp_path / "a", 2, "text") == "a: is larger than 0 KiB; must be text"


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "circle").symlink_to("circle")
    for name in ("pipe", "device"):
        assert refusal(bounded.read_bytes, tmp_path / name, 9, "text").endswith("is not a regular file; must be text")
    assert "is a directory" in refusal(bounded.read_bytes, tmp_path, 9, "text")
    assert "no such file" in refusal(bounded.read_bytes, tmp_path / "none", 9, "text")
    assert "cannot be read" in refusal(bounded.read_bytes, tmp_path / "circle", 9, "text")
    assert "cannot be read" in refusal(bounded.read_bytes, tmp_path / "a\0b", 9, "text")


@pytest.mark.parametrize("content, words", [
    (b"", "is no JSON"), (b"[1]", "must hold a table"), (b"\xff\xfe", "is no JSON"), (b"[" * 100_000, "is no JSON"),
    (b'{"a": ' + b"9" * 5000 + b"}", "is no JSON"), (b" " * (2**24 + 1), "is larger than 16 MiB"), (b"null", "must hold a table")])
def test_json_that_is_no_table_is_refused(tmp_path, content, words):
    (tmp_path / "a.json").write_bytes(content)
    text = refusal(bounded.read_json, tmp_path / "a.json", "a record")
    assert words in text and text.endswith("must be a record")


def test_rows_are_read_as_far_as_they_have_names(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3\n4,5,6\n")
    assert list(bounded.read_rows(tmp_path / "a.csv")) == [{"x": "1", "y": "2"}, {"x": "3"}, {"x": "4", "y": "5"}]


@pytest.mark.parametrize("content, words", [
    (b"x\n\xff\n", "is no CSV"), (b"x\n" + b'"' + b"a" * 200_000 + b'"\n', "is no CSV"), (b"x" * (2**24 + 1), "is larger than 16 MiB")])
def test_rows_that_are_none_are_refused(tmp_path, content, words):
    (tmp_path / "a.csv").write_bytes(content)
    assert words in refusal(lambda: list(bounded.read_rows(tmp_path / "a.csv")))


def test_more_rows_than_any_run_has_are_refused(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("x\n" + "1\n" * 9)
    monkeypatch.setattr(bounded, "MOST_ROWS", 8)
    assert "has more than 8 rows" in refusal(lambda: list(bounded.read_rows(tmp_path / "a.csv")))


def test_links_inside_a_strangers_folder_are_not_followed(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside / "deep", outside):
        folder.mkdir(parents=True)
        (folder / "a").write_bytes(b"abc")
    (inside / "link").symlink_to(outside / "a")
    (inside / "folder").symlink_to(outside)
    (inside / "own").symlink_to("deep")
    os.mkfifo(inside / "pipe")
    (tmp_path / "mine").symlink_to(inside)  # the folder itself is the user's choice
    assert bounded.read_bytes(tmp_path / "mine" / "deep" / "a", 3, "text", tmp_path / "mine") == b"abc"
    for place in ("link", "folder/a", "own/a", "../outside/a", "pipe", "deep", "none"):
        refusal(bounded.read_bytes, inside / place, 3, "text", inside)
    assert "not a regular file" in refusal(bounded.read_bytes, inside / "pipe", 3, "text", inside)
    assert "cannot be read" in refusal(bounded.read_bytes, outside / "a", 3, "text", inside)
