"""The lock of the development environment, the licences and the limits of versions agree with each other and with what is installed."""
from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def script(name, monkeypatch):
    """A file of .ci as a module."""
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    found = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def lock(monkeypatch):
    return script("lock", monkeypatch)


@pytest.fixture
def versions(lock):
    return lock.locked(lock.LOCK.read_text())


def wanted():
    """Requirements of who develops."""
    return [Requirement(text) for text in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"])]


def test_every_package_has_one_version_and_one_digest(lock):
    lines = lock.LOCK.read_text().splitlines()[2:]
    assert all(re.fullmatch(r"[a-z0-9-]+==[A-Za-z0-9.+]+ --hash=sha256:[0-9a-f]{64}", line) for line in lines)
    assert len({line.partition("==")[0] for line in lines}) == len(lines) > 50 and lines == sorted(lines)


def test_it_holds_what_pyproject_asks_for(lock, versions):
    for one in (*wanted(), *map(Requirement, lock.BUILD)):
        assert one.specifier.contains(versions[lock.normal(one.name)]), one


def test_it_holds_what_these_need_in_turn(lock, versions):
    if lock.made_for(lock.LOCK.read_text()) != lock.kind() or os.environ.get("NEUROSIM_VERSIONS"):
        pytest.skip("another interpreter, machine or set of versions")
    for name, version in versions.items():
        if not is_installed(name) or importlib.metadata.version(name) != version:
            continue
        for one in map(Requirement, importlib.metadata.requires(name) or []):
            if one.marker is None or one.marker.evaluate({"extra": ""}):
                assert one.specifier.contains(versions[lock.normal(one.name)], prereleases=True), f"{name} needs {one}"


def is_installed(name):
    """Whether there is a package of this name."""
    return importlib.util.find_spec(name) is not None or bool(list(importlib.metadata.distributions(name=name)))


def test_what_is_installed_is_what_is_locked(lock, versions):
    if os.environ.get("NEUROSIM_VERSIONS") or lock.made_for(lock.LOCK.read_text()) != lock.kind():
        pytest.skip("another interpreter, machine or set of versions: .ci/versions")
    found = {name: importlib.metadata.version(name) for name in versions if list(importlib.metadata.distributions(name=name))}
    other = {name: (version, versions[name]) for name, version in found.items() if version != versions[name]}
    missing = sorted(set(versions) - set(found))
    if (other or missing) and not os.environ.get("CI"):
        pytest.skip(f"not installed from the lock: {other} {missing}")
    assert (other, missing) == ({}, [])


REPORT = {"install": [
    {"metadata": {"name": "B_x.Y", "version": "2.0"}, "download_info": {"url": "u", "archive_info": {"hashes": {"sha256": "b" * 64}}}},
    {"metadata": {"name": "neurosim-chip", "version": "0"}, "download_info": {"url": "file:///x", "dir_info": {}}},
    {"metadata": {"name": "a", "version": "1"}, "download_info": {"url": "u", "archive_info": {"hashes": {"sha256": "a" * 64}}}}]}


def test_a_report_of_pip_becomes_a_lock(lock):
    text = lock.text_of(REPORT, "CPython 9.9, somewhere")
    assert lock.made_for(text) == "CPython 9.9, somewhere" and lock.locked(text) == {"a": "1", "b-x-y": "2.0"}
    assert text.splitlines()[2:] == [f"a==1 --hash=sha256:{'a' * 64}", f"b-x-y==2.0 --hash=sha256:{'b' * 64}"]


def test_a_lock_for_something_else_says_so(lock, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lock, "LOCK", tmp_path / "requirements-dev.lock")
    lock.LOCK.write_text(lock.text_of(REPORT, lock.kind()))
    assert lock.main(["fits"]) == 0 and capsys.readouterr().out == ""
    lock.LOCK.write_text(lock.text_of(REPORT, "CPython 9.9, somewhere"))
    assert lock.main(["fits"]) == 1
    assert capsys.readouterr().out.startswith("requirements-dev.lock is for CPython 9.9, somewhere, this is ")


def listed():
    """Packages of LICENCES.md: name -> (licence, what for)."""
    rows = [line.strip("| \n").split(" | ") for line in (ROOT / "LICENCES.md").read_text().splitlines() if line.startswith("| ")]
    return {name: (stated, what) for name, stated, what in rows[1:]}


def test_every_locked_package_has_its_licence_listed(lock, versions):
    assert {lock.normal(name) for name in listed()} == set(versions)
    assert not [name for name, (stated, _) in listed().items() if stated in ("", "?") or len(stated) > 120]


def test_licences_are_those_that_packages_state(lock, versions, monkeypatch):
    licences = script("licences", monkeypatch)
    checked = 0
    for name, (stated, _) in listed().items():
        if list(importlib.metadata.distributions(name=name)) and importlib.metadata.version(name) == versions.get(lock.normal(name)):
            checked += 1
            assert licences.licence(name) == stated, name
    assert checked or os.environ.get("NEUROSIM_VERSIONS")


def test_what_has_a_strict_licence_is_named_and_nothing_is_under_the_gpl_alone(monkeypatch):
    licences = script("licences", monkeypatch)
    strict = [name for name, (stated, _) in listed().items() if licences.is_copyleft(stated)]
    said = next(line for line in (ROOT / "LICENCES.md").read_text().splitlines() if line.startswith("**Copyleft.**"))
    assert strict and all(f"{name} (" in said for name in strict)
    assert not [name for name in strict if re.search(r"\bA?GPL", listed()[name][0])]


def test_the_oldest_versions_are_the_lowest_that_are_allowed():
    lines = (ROOT / "tests" / "constraints" / "oldest.txt").read_text().splitlines()
    oldest = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    extras = PROJECT["optional-dependencies"]
    for one in map(Requirement, (*PROJECT["dependencies"], *extras["tables"], *extras["onnx"])):
        (lowest,) = (Version(part.version) for part in one.specifier if part.operator == ">=")
        assert Version(oldest.pop(one.name)) == lowest, f"{one}: the constraint must be its lowest"
    assert oldest == {}


def test_what_is_installed_is_allowed():
    for one in map(Requirement, PROJECT["dependencies"]):
        assert one.specifier.contains(importlib.metadata.version(one.name)), one


def test_versions_to_install_are_listed_and_other_words_refused():
    def ask(*words):
        return subprocess.run([sys.executable, ROOT / ".ci" / "requirements.py", *words], capture_output=True, text=True)

    assert {"numpy>=1.26,<2.4", "pandas>=2.2", "pytest>=8"} <= set(ask("oldest").stdout.split())
    assert ask().returncode == 2 and ask("older").returncode == 2
