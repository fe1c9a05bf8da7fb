"""Malformed files: the promise, and that what would break it is found."""
from __future__ import annotations

import os
import re
import signal

import numpy as np
import pytest

from neurosim import checkpoint, permission
from neurosim.errors import InputError
from neurosim.selftest import hostile, malformed, oracles
from neurosim.selftest.readers import Reader, readers

GOOD = b"good file, of thirty-one bytes\n"


def test_every_reader_refuses_or_reads_what_is_there(tmp_path):
    outcome = malformed.check("short", 1, tmp_path)
    assert outcome.is_kept, outcome.failures
    names = [reader.name for reader in readers(tmp_path)]
    assert len(names) == 12 and all(name in outcome.figure for name in names)
    assert outcome.checked == 11 * 157 + 27


def fake(read, differs=lambda path, payload: "", mutators=hostile.DAMAGES, has_checksum=False):
    return Reader("fake", "case.bin", [GOOD], read, differs, mutators, has_checksum)


def faults(tmp_path, read, cases=12, **options):
    """What is found of a reader that does this with whatever is not the good file."""
    def reads(path):
        content = path.read_bytes() if path.is_file() and path.stat().st_size < 1000 else None
        if content == GOOD:
            return {"text": content.decode()}
        return read(path, content)
    return malformed.checked(fake(reads, **options), cases, 1, 9, tmp_path)


def refuse(path, content):
    raise InputError(path.name, "is not good")


def fall(path, content):
    os.kill(os.getpid(), signal.SIGKILL)


def hang(path, content):
    while True:
        pass


def hog(path, content):
    np.zeros(2**28)


def hog_in_secret(path, content):
    try:
        hog(path, content)
    except MemoryError as error:
        raise InputError(path.name, "is too large") from error


def leave(path, content):
    raise SystemExit(0)


def spoil(path, content):
    return {"text": "something else"}


def test_a_reader_in_order_has_no_fault(tmp_path):
    found = faults(tmp_path, refuse)
    assert found.failures == () and found.tried == 12 + len(hostile.PLACES) and found.refused == found.tried


@pytest.mark.parametrize("read, words", [
    (fall, r"the process fell \(SIGKILL\)"), (hang, "took more than 0.1 s of CPU time"), (hog, "MemoryError"),
    (hog_in_secret, "asked for more than 1 GiB"), (lambda path, content: content[10**9], "IndexError|TypeError"),
    (lambda path, content: os._exit(3), "the process ended with status 3"), (leave, "SystemExit")])
def test_a_fault_of_a_reader_is_found_in_every_case_and_the_rest_still_run(tmp_path, monkeypatch, read, words):
    monkeypatch.setattr(malformed, "CPU_S", 0.1)
    monkeypatch.setattr(hostile, "PLACES", (hostile.nothing_there, hostile.a_folder))
    found = faults(tmp_path, read, 3)
    assert found.tried == len(found.failures) == 3 + len(hostile.PLACES)
    assert all(re.search(words, line) for line in found.failures), found.failures


@pytest.mark.parametrize("error, words", [
    (InputError("elsewhere", "is wrong"), "does not name the file"), (InputError("case.bin", "is\nwrong"), "no printable sentence"),
    (InputError("case.bin", "x" * 700), "no printable sentence"), (InputError("case.bin", " "), "does not name the file and the reason")])
def test_a_refusal_that_says_too_little_or_too_much_is_found(tmp_path, error, words):
    def read(path, content):
        raise error
    assert all(words in line for line in faults(tmp_path, read, 2).failures)


def test_damage_that_is_not_noticed_is_found(tmp_path):
    found = faults(tmp_path, spoil, has_checksum=True)
    assert len(found.failures) == found.tried and "damage was not noticed" in found.failures[-1]


def test_what_an_independent_reader_finds_otherwise_is_found(tmp_path):
    def differs(path, payload):
        return "" if path.read_bytes() == payload["text"].encode() else "text differs"
    found = faults(tmp_path, lambda path, content: spoil(path, content) if content else refuse(path, content), differs=differs)
    assert found.failures and all("text differs" in line for line in found.failures)


def test_a_checkpoint_whose_digests_nobody_checks_is_found(tmp_path, monkeypatch):
    """The real reader with its checks taken out."""
    reader = next(reader for reader in readers(tmp_path) if reader.name == "checkpoint")._replace(mutators=(hostile.flipped,))
    assert malformed.checked(reader, 60, 1, 9, tmp_path).failures == ()
    monkeypatch.setattr(checkpoint, "digest_of", lambda path, name, dataset: "")
    monkeypatch.setattr(checkpoint, "array_digest", lambda array: "")
    monkeypatch.setattr(checkpoint, "contents_digest", lambda facts, digests: checkpoint.facts_digest({"x": 1}))
    checkpoint.save(tmp_path / "c.h5", {"a": np.arange(400.0)}, {"x": 1})
    open_reader = reader._replace(good=[(tmp_path / "c.h5").read_bytes()])
    assert any("damage was not noticed" in line for line in malformed.checked(open_reader, 60, 1, 9, tmp_path).failures)


def test_own_code_is_not_allowed_while_files_are_read(tmp_path):
    def read(path, content):
        refuse(path, content) if not permission.is_allowed("a:B") else os._exit(9)
    assert faults(tmp_path, read, 2).failures == ()


@pytest.mark.parametrize("said, kept, words", [
    ({"a": {"b": 1}}, {"a": {"b": {"v": 1.0}}}, ""), ({"a": [1, 2]}, {"a": [1, 2]}, ""), ({"a": 1}, {"a": 2}, "a was 1 and became 2"),
    ({"a": [1, 2]}, {"a": [1]}, "a was a list"), ({"a": {"b": 1}}, {"a": 3}, "a was a table"), ({"a": True}, {"a": 1}, "a was True"),
    ({"a": "1"}, {"a": 1}, "a was '1'"), ({"a": 1}, {}, "a was 1 and became None")])
def test_the_first_value_that_was_changed_is_named(said, kept, words):
    assert oracles.told(said, kept).startswith(words) and bool(oracles.told(said, kept)) == bool(words)


def test_cases_follow_from_the_seed_alone(tmp_path):
    reader = readers(tmp_path)[0]
    made = [[reader.mutators[k % len(reader.mutators)](malformed.generator(1, 5, k), reader.good) for k in range(40)] for _ in range(2)]
    assert made[0] == made[1] and len({case.content for case in made[0]}) > 35
