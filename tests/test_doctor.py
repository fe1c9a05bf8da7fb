"""The doctor finds what is there, and does not fall over what is not."""
from __future__ import annotations

import os

import pytest

from neurosim import doctor, profile
from neurosim.errors import InputError


def found(name):
    return next(check for check in doctor.examine() if check.name == name)


def test_a_complete_installation_has_no_failure():
    checks = doctor.examine()
    assert {check.status for check in checks} <= {"ok", "missing"}
    assert {"neurosim", "python", "numpy", "numba", "compiler cache", "threads", "brian2", "profiles"} <= {c.name for c in checks}


def test_a_needed_part_that_is_missing_is_a_failure(monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: None if name == "h5py" else "1")
    assert found("h5py") == doctor.Check("h5py", "failed", "not installed")


def test_an_optional_part_that_is_missing_is_none(monkeypatch):
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    assert found("brian2").status == "missing"


def test_the_cache_folder_is_named_and_was_tried(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "cache_folder", lambda: tmp_path / "cache")
    assert found("compiler cache") == doctor.Check("compiler cache", "ok", str(tmp_path / "cache"))
    assert not os.listdir(tmp_path / "cache")


def test_a_cache_folder_that_cannot_be_written_is_a_failure(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(doctor, "cache_folder", lambda: tmp_path / "file")
    check = found("compiler cache")
    assert check.status == "failed" and "set NUMBA_CACHE_DIR" in check.detail


def test_a_compiler_that_cannot_cache_is_a_failure(monkeypatch):
    def none():
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(doctor, "cache_folder", none)
    assert found("compiler cache").status == "failed"


@pytest.mark.parametrize("names", [[], ["ideal", "broken"]])
def test_profiles_that_are_missing_or_broken_are_a_failure(monkeypatch, names):
    def load(name):
        if name == "broken":
            raise InputError("broken.toml: chip.id", "= 3; must be text in quotes")

    monkeypatch.setattr(profile, "names", lambda: names)
    monkeypatch.setattr(profile, "load", load)
    failed = [check for check in doctor.examine() if check.status == "failed"]
    assert len(failed) == 1
    assert not names or failed[0].detail == "broken.toml: chip.id = 3; must be text in quotes"


def test_a_check_that_fails_itself_is_reported(monkeypatch):
    def broken():
        raise OSError("boom")

    monkeypatch.setattr(profile, "names", broken)
    assert found("profiles") == doctor.Check("profiles", "failed", "OSError: boom")
