"""The table of promises; the promises themselves have files of their own."""
from __future__ import annotations

import sys
import types

import pytest

from neurosim.errors import InputError
from neurosim.selftest import command
from neurosim.selftest.promise import Outcome, Promise


@pytest.fixture
def planted(monkeypatch):
    """Put a check in the place of a module of the package; returns its promise."""
    def plant(check, says="water is wet"):
        module = types.ModuleType("neurosim.selftest.planted")
        module.check = check
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return {"planted": Promise(says, "all", "planted")}
    return plant


def lines(promises, told=None):
    return command.check((), "short", 1, (told if told is not None else []).append, promises)


@pytest.mark.parametrize("outcome, word", [
    (Outcome(3, (), "3 of 3"), "kept"), (Outcome(3, ("case 2 was dry",), "2 of 3"), "NOT KEPT"), (Outcome(0, (), "none"), "NOT KEPT")])
def test_a_promise_is_kept_if_something_was_tried_and_held(planted, outcome, word):
    told = []
    found = lines(planted(lambda size, seed, folder: outcome), told)
    assert [row[-1] for row in command.rows_of(found)] == [word] and told == ["checking: water is wet"]
    assert command.as_json(found, "short", 1)["promises"][0]["kept"] is (word == "kept")


def test_a_check_that_breaks_down_is_a_promise_not_kept(planted):
    def check(size, seed, folder):
        raise KeyError("pond")
    found = lines(planted(check))
    assert not found[0].outcome.is_kept and "KeyError: 'pond'" in command.notes_of(found)[0]


def test_a_check_has_an_empty_folder_that_goes_again(planted):
    seen = []

    def check(size, seed, folder):
        seen.append((folder, list(folder.iterdir())))
        (folder / "left").write_text("behind")
        return Outcome(1, (), "1", ("case 2: no tmpfs here",))
    assert command.notes_of(lines(planted(check))) == ["planted, not tried: case 2: no tmpfs here"]
    assert seen[0][1] == [] and not seen[0][0].exists()


def test_only_the_first_failures_are_printed_and_the_rest_counted(planted):
    failures = tuple(f"case {k}" for k in range(9))
    notes = command.notes_of(lines(planted(lambda size, seed, folder: Outcome(9, failures, "0 of 9"))))
    assert len(notes) == command.SHOWN + 1 and notes[-1] == "planted: and 4 more"


def test_an_unknown_promise_is_refused_before_anything_is_checked(planted):
    def check(size, seed, folder):
        raise AssertionError("ran")
    with pytest.raises(InputError, match="'other' is no promise; there are planted"):
        command.check(["planted", "other"], "short", 1, print, planted(check))
