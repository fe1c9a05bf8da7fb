"""Commands run code that a file names only if their user says so; nothing of it is imported before."""
from __future__ import annotations

import shutil
import sys

import pytest
from own_files import RULE, forgotten, write  # noqa: F401
from typer.testing import CliRunner

from neurosim import cli, permission
from neurosim.experiment import load
from neurosim.plugins import PREFIX

pytestmark = pytest.mark.usefixtures("forgotten")
MARK = "\nfrom pathlib import Path\n(Path(__file__).parent / 'ran').touch()\n"
REFUSED = "is code of somebody's own, which can do anything; --own-code runs it"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An experiment whose rule leaves a mark when it is imported, alone, in a grid, and in the folder of a run."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, RULE + MARK, task="mackey-glass")
    text = (tmp_path / "small.toml").read_text()
    (tmp_path / "grid.toml").write_text(text.replace("my_rule:MyRule", "readout") + "\n[compare]\n\"rule.name\" = [\"my_rule:MyRule\"]\n")
    for name, kept in (("run", "experiment.toml"), ("grid", "comparison.toml")):
        (tmp_path / name).mkdir()
        source = "small.toml" if name == "run" else "grid.toml"
        shutil.copy(tmp_path / source, tmp_path / name / kept)
        shutil.copy(tmp_path / "my_rule.py", tmp_path / name)
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(cli.app, list(arguments), prog_name="neurosim")


def marks(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("ran"))


@pytest.mark.parametrize("command", [
    "run small.toml --out out", "run small.toml --out out --quick", "run small.toml --out out --backend brian2",
    "compare small.toml --chips ideal --out out", "compare small.toml --ablate all --out out", "compare grid.toml --workers 1 --out out",
    "resume grid --workers 1", "export run --to npz", "doctor --warm small.toml", "run small.toml --out out --set rule.sigma=1e-2"])
def test_no_command_runs_what_a_file_names(folder, command):
    before = sorted(sys.modules)
    result = invoke(*command.split())
    assert result.exit_code == 2 and REFUSED in result.stderr and result.stderr.count("\n") == 1, result.output
    assert 'rule.name = "my_rule:MyRule"' in result.stderr and marks(folder) == [] and not (folder / "out").exists()
    assert not [name for name in set(sys.modules) - set(before) if name.startswith(PREFIX)]


@pytest.mark.parametrize("option", ["--own-code", "--set rule.name=my_rule:MyRule"])
def test_it_runs_if_the_user_says_so(folder, option):
    result = invoke(*f"run small.toml --out out --set task.steps=40 --set task.test_steps=20 {option}".split())
    assert result.exit_code == 0, result.output
    assert marks(folder) == ["ran"]


def test_a_name_that_the_user_wrote_allows_no_other(folder):
    (folder / "other.py").write_text(RULE + MARK)
    text = (folder / "small.toml").read_text().replace('name = "mackey-glass"', 'name = "other:Echo"')
    (folder / "small.toml").write_text(text)
    result = invoke(*"run small.toml --out out --set rule.name=my_rule:MyRule".split())
    assert result.exit_code == 2 and f'task.name = "other:Echo"; {REFUSED}' in result.stderr and marks(folder) == []


def test_a_command_leaves_no_permission_behind(folder):
    invoke("run", "small.toml", "--out", "out", "--own-code", "--set", "task.steps=40", "--set", "task.test_steps=20")
    assert invoke("run", "small.toml", "--out", "again").exit_code == 2
    assert load(folder / "small.toml").rule.sigma == 1e-3  # Python asks nobody


def test_names_in_lists_and_tables_of_a_setting_are_the_users_too():
    with permission.within_a_command():
        permission.allow_said([{"name": "a:B"}, 3, "c:D", "plain"])
        assert permission.is_allowed("a:B") and permission.is_allowed("c:D") and not permission.is_allowed("plain")
        assert permission.option() == " --own-code"
        with permission.within_a_command():
            assert not permission.is_allowed("a:B") and permission.option() == ""
    assert permission.is_allowed("x:Y") and permission.option() == ""
