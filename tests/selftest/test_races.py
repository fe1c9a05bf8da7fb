"""The promise about two writers in one place: kept by those there are, and not by such as do not look."""
from __future__ import annotations

import contextlib
import re

import pytest

from neurosim import keeping, writing
from neurosim.errors import InputError
from neurosim.selftest import races
from neurosim.selftest.races import Race


def test_nothing_is_corrupt_after_two_wrote_in_one_place(tmp_path):
    found = races.check("short", 1, tmp_path)
    assert found.is_kept and found.checked == 8, found.failures


def held(folder):
    if (folder / "a").read_text() not in ("1" * 9000, "2" * 9000):
        raise ValueError("a mixture")


def in_turns(version):
    """Both write the same file, piece by piece."""
    def write(folder):
        with open(folder / "a", "a") as stream:
            for _ in range(9):
                stream.write(version * 1000)
    return write


def looked_before(folder):
    """Looks first and makes later, so that both find nothing."""
    if (folder / "a").exists():
        raise InputError("a", "already exists")
    races.time.sleep(0.5)
    writing.write_text(folder / "a", "1" * 9000)


def stumbling(folder):
    (folder / "out").mkdir()


def leaving(folder):
    writing.write_text(folder / "a", "1" * 9000)
    writing.write_text(folder / ".b.part", "")


def refused(folder):
    raise InputError("a", "is not to my taste")


@pytest.mark.parametrize("first, second, winners, says", [
    (in_turns("1"), in_turns("2"), (2,), "not whole .ValueError: a mixture"), (looked_before, looked_before, (1,), "2 of two ended well"),
    (stumbling, stumbling, (1,), "ended with .FileExistsError"), (leaving, leaving, (2,), "left .b.part"),
    (leaving, refused, (1,), "ended with 'a: is not to my taste'")])
def test_a_race_that_does_harm_is_found(tmp_path, monkeypatch, first, second, winners, says):
    monkeypatch.setitem(races.PAIRS, "short", 2)
    found = races.check("short", 1, tmp_path, [Race("planted", first, second, winners, held, is_light=True)])
    assert len(found.failures) == 2 and re.search(says, found.failures[0]), found.failures


@pytest.mark.slow  # the full size of the promise has this race
def test_of_two_that_go_on_with_one_run_one_is_refused_and_that_both_do_is_found(tmp_path, monkeypatch):
    monkeypatch.setitem(races.PAIRS, "short", 1)
    race = next(race for race in races.RACES if race.name == "resume and resume of a run")._replace(is_light=True)
    (tmp_path / "locked").mkdir()
    found = races.check("short", 1, tmp_path / "locked", [race])
    assert found.is_kept, found.failures
    monkeypatch.setattr(keeping, "locked", lambda folder: contextlib.nullcontext())
    assert not races.check("short", 1, tmp_path, [race]).is_kept
