"""Where a result comes from."""
from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from neurosim.report import provenance as module
from neurosim.report.provenance import command_line, cpu, git, git_commit, provenance, version


def test_versions_and_machine_are_named():
    found = provenance()
    assert found["numpy"] == np.__version__ and found["python"].count(".") == 2 and found["cpu"] and found["platform"]
    json.dumps(found)


def test_a_package_that_is_not_installed_has_no_version():
    assert version("surely-not-installed-anywhere") is None and version("numpy") == np.__version__


def test_the_command_can_be_pasted_into_a_shell(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/x/neurosim", "run", "a b.toml", "--set", "x.y=1"])
    assert command_line() == "neurosim run 'a b.toml' --set x.y=1"


@pytest.fixture
def repository(tmp_path):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}  # a hook sets GIT_DIR

    def run(*arguments):
        subprocess.run(["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments],
                       check=True, capture_output=True, env=environment)

    (tmp_path / "errors.py").write_text("1\n")
    run("init", "-q")
    run("add", "errors.py")
    run("commit", "-q", "-m", "one")
    return tmp_path


def test_the_commit_is_named_and_changes_are_marked(repository):
    commit = git_commit(repository)
    assert commit is not None and len(commit) == 40
    (repository / "errors.py").write_text("2\n")
    assert git_commit(repository) == commit + "+changes"


def test_a_hook_of_another_repository_does_not_mislead(repository, monkeypatch):
    expected = git_commit(repository)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert expected is not None and git_commit(repository) == expected


def test_a_folder_inside_somebody_elses_repository_has_no_commit(repository):
    inside = repository / "site-packages"
    inside.mkdir()
    (inside / "errors.py").write_text("1\n")
    assert git_commit(inside) is None


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    assert git_commit(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert git(tmp_path, "--version") is None


def test_without_proc_there_is_still_a_processor(monkeypatch):
    def no(*arguments, **options):
        raise FileNotFoundError

    monkeypatch.setattr(module.Path, "read_text", no)
    assert cpu()
