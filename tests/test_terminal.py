"""What commands print."""
from __future__ import annotations

import json

from neurosim.terminal import print_json, show, tell


def test_a_sentence_goes_to_stderr_without_control_characters(capsys):
    tell("file \x1b[31mred\n.toml: no")
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err == "neurosim: file  [31mred .toml: no\n"


def test_json_is_all_that_stands_on_stdout(capsys):
    print_json({"ü": [1.5, None]})
    assert json.loads(capsys.readouterr().out) == {"ü": [1.5, None]}


def test_a_table_has_its_header_and_takes_markup_as_it_is(capsys):
    show(["name", "value"], [("[bold]x[/bold]", "3")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "value"] and lines[1].split() == ["[bold]x[/bold]", "3"]


def test_lines_are_whole_in_a_pipe_unless_told_how_long_they_may_be(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    show(["name"], [("long " * 100,)])
    assert len(capsys.readouterr().out.splitlines()) == 2
    monkeypatch.setenv("COLUMNS", "40")
    show(["name"], [("long " * 100,)])
    assert len(capsys.readouterr().out.splitlines()) > 10
