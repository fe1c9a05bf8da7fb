"""The promise about writing: kept by the writers there are, and not by such as write in place."""
from __future__ import annotations

import contextlib
import re
import shutil
import subprocess

import pytest

from neurosim import writing
from neurosim.selftest import all_writers, writers
from neurosim.selftest.all_writers import Writer
from neurosim.writing import NeurosimError


def test_whatever_happens_the_old_or_the_new_version_is_there(tmp_path):
    found = writers.check("short", 1, tmp_path)
    assert found.is_kept and found.checked >= 21, found.failures


def in_place(folder, version):
    (folder / "a").write_bytes(b"x" * 9000 * version)


def told(folder, version):
    try:
        in_place(folder, version)
    except OSError as error:
        raise NeurosimError("a: cannot be written") from error


def untold(folder, version):
    """Atomic, but a full disk is another error."""
    part = folder / ".a.part"
    part.write_bytes(b"x" * 9000 * version)
    part.replace(folder / "a")


def hindered(folder, version):
    """Atomic and told, until a death leaves what the next one cannot pass."""
    part = folder / ".a.part"
    try:
        with open(part, "xb") as stream:
            stream.write(b"x" * 9000 * version)
    except FileExistsError as error:
        raise NeurosimError("a: cannot be written") from error
    except OSError as error:
        part.unlink()
        raise NeurosimError("a: cannot be written") from error
    part.replace(folder / "a")


def silent(folder, version):
    """Says nothing of what it could not write."""
    with contextlib.suppress(NeurosimError):
        writing.write_text(folder / "a", "x" * 9000 * version)


def halves(folder, version):
    """A folder in the making."""
    (folder / "out").mkdir()
    for name in "abc":
        writing.write_text(folder / "out" / name, "x" * 3000)


def forgetful(folder, version):
    """Takes the last state of a run away before the next one is there."""
    shutil.rmtree(folder / "seed-1", ignore_errors=True)
    all_writers._standing(folder, version)


def unreadable(folder):
    raise ValueError("no checkpoint")


@pytest.mark.parametrize("write, options, says", [
    (in_place, {}, "ended with|neither old nor new"), (told, {}, "neither old nor new"), (untold, {}, "ended with 'OSError"),
    (hindered, {}, "the next write ended with"), (silent, {}, "neither old nor new"),
    (halves, {"replaces": False, "whole": "out"}, "missing in a folder|the next write ended"),
    (forgetful, {"load": all_writers._standing_loads, "seen": all_writers._that_counts}, "is gone|cannot be read"),
    (lambda folder, version: writing.write_text(folder / "a", "x" * version), {"load": unreadable}, "cannot be read")])
def test_a_writer_that_breaks_it_is_found(tmp_path, monkeypatch, write, options, says):
    monkeypatch.setitem(writers.CASES, "short", 6)
    found = writers.check("short", 1, tmp_path, [Writer("planted", write, **options)])
    assert not found.is_kept
    assert re.search(says, "; ".join(found.failures))


@pytest.mark.parametrize("start, says", [
    (FileNotFoundError(2, "No such file or directory"), "unshare cannot be started"), (1, "not permitted here .unshare: no")])
def test_what_cannot_be_tried_here_is_said(tmp_path, monkeypatch, start, says):
    def run(command, **options):
        if isinstance(start, OSError):
            raise start
        return subprocess.CompletedProcess(command, start, "", "unshare: no\n")
    monkeypatch.setattr(writers.subprocess, "run", run)
    done, failures, skipped = writers.confined(tmp_path / "disk", "short", 1, ["checkpoint"])
    assert (done, failures, len(skipped)) == (0, [], 1) and re.search(says, skipped[0])


def test_a_disk_that_breaks_down_is_a_failure(tmp_path, monkeypatch):
    broken = subprocess.CompletedProcess("", 1, "", "KeyError: 'x'\n")
    monkeypatch.setattr(writers.subprocess, "run", lambda command, **options: broken)
    assert writers.confined(tmp_path / "disk", "short", 1, ["checkpoint"])[1] == ["a full or read-only disk of its own: KeyError: 'x'"]
