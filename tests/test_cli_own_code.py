"""The command line with a rule and a task of a user's own: what is kept, what is left, and with which exit code."""
from __future__ import annotations

import json
import os
import re

import numpy as np
import pytest
from own_files import RULE, TASK, changed, forgotten, write  # noqa: F401
from typer.testing import CliRunner

from neurosim import checkpoint, cli

pytestmark = pytest.mark.usefixtures("forgotten")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, file="small.toml", out="out"):
    return CliRunner().invoke(cli.app, ["run", file, "--out", out, "--own-code", *arguments], prog_name="neurosim")


def test_a_run_is_complete_and_runs_again_from_what_it_kept(folder):
    write(folder)
    result = run()
    assert result.exit_code == 0, result.output
    record = json.loads((folder / "out" / "run.json").read_text())
    assert record["status"] == "complete" and record["task"] == "echo" and list(record["predictors"]) == ["zero"]
    assert record["provenance"]["rule_file"] == f"{folder}/my_rule.py" and len(record["provenance"]["task_digest"]) == 64
    assert f'name = "{folder}/my_rule.py:MyRule"' in (folder / "out" / "experiment.toml").read_text()
    again = run(file="out/experiment.toml", out="again")
    assert again.exit_code == 0, again.output
    for name in ("experiment.toml", "curves.csv", "ledger.json", "seed-1/checkpoint.h5"):
        assert (folder / "out" / name).read_bytes() == (folder / "again" / name).read_bytes(), name
    assert sorted(os.listdir(folder)) == ["again", "my_rule.py", "my_task.py", "out", "small.toml"]


@pytest.mark.parametrize(("old", "new", "problem"), [
    ("class MyRule", "class YourRule", "my_rule.py has no class MyRule; the rules in it are YourRule"),
    ("passes.set(2, Sign)", "passes.set(2, Sign", "my_rule.py, line 7: is not Python ('(' was never closed)"),
    ("broadcast, post, signal):", "broadcast, post):", "my_rule.py, line 8: TypeError: _credit(rule, local, broadcast, post) does not fit"),
    ("@credit.fill(Sign)\n", "", "Sign (Parts.hidden) fills neither the slot credit nor close, so it would learn nothing"),
    ("return Parts", "Parts", "build returned NoneType; must return Parts"),
    ("gaussian(self.sigma, sizes)", "lambda name, n: Sign(1.0)", "Sign does not fill the slot inject(source, key, t, out)"),
    ("post[b, i] =", "post[b, 99] =", "my_rule.py, line 13, _credit: IndexError: index 99 is out of bounds for axis 1 with size 64"),
])
def test_a_rule_that_does_not_serve_ends_with_one_sentence_and_no_folder(folder, old, new, problem):
    write(folder, changed(old, new))
    result = run()
    assert result.exit_code == 2 and result.stdout == "" and "Traceback" not in result.stderr
    assert result.stderr.count("\n") == 1 and problem in result.stderr
    assert result.stderr.startswith('neurosim: small.toml: rule.name = "my_rule')
    assert sorted(os.listdir(folder)) == ["my_rule.py", "my_task.py", "small.toml"]


def test_a_rule_from_the_command_line_is_blamed_on_it(folder):
    write(folder, changed("return Parts", "Parts"), name="readout")
    result = run("--set", "rule.name=my_rule:MyRule")
    assert result.exit_code == 2
    assert result.stderr == 'neurosim: --set rule.name = "my_rule.py:MyRule"; build returned NoneType; must return Parts\n'


def test_a_task_that_fails_while_it_learns_ends_with_one_sentence(folder):
    write(folder)
    (folder / "my_task.py").write_text(changed("lambda epoch: trials", "lambda epoch: trials if epoch < 1 else 1 / 0", TASK))
    result = run("--set", "train.epochs=2")
    assert result.exit_code == 2 and "Traceback" not in result.stderr
    assert result.stderr.endswith('task.name = "my_task.py:Echo"; my_task.py, line 11, <lambda>: ZeroDivisionError: division by zero\n')
    record = json.loads((folder / "out" / "run.json").read_text())  # an epoch was learned, and is kept
    assert record["status"] == "failed" and checkpoint.load(folder / "out" / "seed-1" / "checkpoint.h5")[1]["epoch"] == 1


@pytest.mark.parametrize(("update", "where"), [
    ("step", r"step [1-6]: (training loss|second factor of a request inputs/request/post \(weight units per activity\))"),
    ("sequence", r"step 6: weight inputs/conductance \(weight units\)")])
def test_a_rule_that_writes_nan_stops_with_the_step_the_quantity_and_the_last_good_state(folder, update, where):
    write(folder, changed("np.sign(", "np.nan * np.sign("))
    result = run("--set", "train.epochs=3", "--set", f"train.update={update}")
    assert result.exit_code == 1 and "Traceback" not in result.stderr
    assert re.fullmatch(
        rf"neurosim: diverged at {where} is not finite; last good state: start of training, kept in out/seed-1/checkpoint.h5\n",
        result.stderr), result.stderr
    arrays, facts = checkpoint.load(folder / "out" / "seed-1" / "checkpoint.h5")
    assert all(np.isfinite(array).all() for array in arrays.values()) and facts["step"] == 0
    assert json.loads((folder / "out" / "run.json").read_text())["status"] == "diverged"


def test_an_error_that_is_not_of_the_users_code_is_not_blamed_on_it(folder, monkeypatch):
    from neurosim import trials

    write(folder, RULE)
    monkeypatch.setattr(trials, "observe", lambda *_: {}["ours"])
    result = run()
    assert isinstance(result.exception, KeyError) and "my_rule" not in result.stderr
