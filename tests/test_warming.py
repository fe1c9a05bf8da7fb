"""What a run needs is compiled beforehand."""
from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from neurosim import compiled, doctor, warming
from neurosim.cli import app

TINY = """
task = { name = "mackey-glass", kind = "recall", steps = 40, test_steps = 40 }
network = { hidden = 2 }
chip = { profile = "ideal" }
rule = { name = "anp", learning_rate = 1e-3 }
train = { epochs = 2 }
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_every_loop_of_a_run_is_called_once_with_its_types(monkeypatch, tmp_path):
    """The loops of the test, of learning and of the readout alone; nothing is learned beyond the first block."""
    calls = []
    run = compiled.loop.run

    def counted(*arguments):
        calls.append((type(arguments[0].hidden_rule).__name__, type(arguments[2]).__name__))
        return run(*arguments)

    monkeypatch.setattr("neurosim.trainer.compiled", lambda: counted)
    monkeypatch.setattr("neurosim.trials.compiled", lambda: counted)
    (tmp_path / "tiny.toml").write_text(TINY)
    found = warming.warm(str(tmp_path / "tiny.toml"))
    assert [line.name for line in found] == ["tiny.toml"] and found[0].wall_s > 0
    assert [recorder for _, recorder in calls] == ["Recording", "Forgetful"] * 2
    assert calls[1][0] == "ActivityPerturbation" and calls[3][0] != "ActivityPerturbation"


def test_yardsticks_that_are_not_wanted_are_not_compiled(monkeypatch):
    adapted = []
    monkeypatch.setattr(warming, "one_block", lambda case, chip, adapt=None: adapted.append(adapt is not None))
    plain = warming.experiments(None)["ANP at every step"]
    warming.compile_loops(plain)
    warming.compile_loops(plain.model_copy(update={"train": plain.train.model_copy(update={"yardsticks": False})}))
    assert adapted == [False, True, False]


def test_plain_experiments_write_both_ways():
    found = warming.experiments(None)
    assert [wanted.train.update for wanted in found.values()] == [None, "sequence"]


def test_doctor_says_what_was_compiled_and_where(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(warming, "warm", lambda file: [warming.Warmed(file or "plain", 12.25, 13.0)])
    shown = CliRunner().invoke(app, ["doctor", "--warm", "--json"])
    assert shown.exit_code == 0 and [line["detail"] for line in json.loads(shown.stdout)] == [
        str(tmp_path), "12.2 s of CPU time, 13.0 s"]
    shown = CliRunner().invoke(app, ["doctor", "--warm", "mine.toml"])
    assert shown.exit_code == 0 and "compiled: mine.toml" in shown.stdout
    shown = CliRunner().invoke(app, ["doctor", "mine.toml"])
    assert shown.exit_code == 2 and "is for --warm" in shown.stderr


def test_nothing_is_compiled_into_a_cache_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(doctor, "cache_folder", lambda: tmp_path / "file")
    monkeypatch.setattr(warming, "warm", lambda file: pytest.fail("compiled"))
    assert CliRunner().invoke(app, ["doctor", "--warm"]).exit_code == 1


def test_an_experiment_that_cannot_be_run_is_one_sentence(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY.replace("anp", "no_rule"))
    shown = CliRunner().invoke(app, ["doctor", "--warm", str(tmp_path / "tiny.toml")])
    assert shown.exit_code == 2 and "no_rule" in shown.stderr and "Traceback" not in shown.stderr
