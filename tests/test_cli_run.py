"""The command line from end to end: real chips, real training, small networks."""
from __future__ import annotations

import csv
import json
import os

import numpy as np
import pytest
from typer.testing import CliRunner

from neurosim import checkpoint, cli
from neurosim.synapses.layout import FEW

SMALL = """
[task]
name = "{task}"
{settings}
[network]
hidden = {hidden}
[chip]
profile = "{profile}"
[rule]
name = "{rule}"
learning_rate = 1e-3
[train]
epochs = 2
batch = 4
"""
SETTINGS = {
    "mackey-glass": "steps = 80\ntest_steps = 40", "copying": "symbols = 2\nlength = 2\ndelay = 1\nupdates_per_epoch = 5\n"
    "test_sequences = 4", "weather": "test_rows = 400\ndata = \"table.csv\"\ntarget = \"b\"\nhorizon_h = 1"}

HIDDEN = 8 if os.environ.get("NEUROSIM_PYTHON") == "1" else FEW  # as few as have the layout, and so the compiled loop, of the examples
SHORT = ("--set", "train.epochs=1", "--set", "task.steps=20", "--set", "task.test_steps=20")


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Run the command line on a small experiment; returns the result and the folder."""
    monkeypatch.chdir(tmp_path)
    steps = np.arange(900)
    (tmp_path / "table.csv").write_text("a,b\n" + "".join(f"{np.sin(k / 9):.6f},{np.cos(k / 7):.6f}\n" for k in steps))

    def run(*arguments, task="mackey-glass", rule="anp", profile="ideal", out="out"):
        text = SMALL.format(hidden=HIDDEN, task=task, rule=rule, profile=profile, settings=SETTINGS[task])
        (tmp_path / "small.toml").write_text(text)
        result = CliRunner().invoke(cli.app, ["run", "small.toml", "--out", out, *arguments], prog_name="neurosim")
        return result, tmp_path / out

    return run


@pytest.mark.parametrize("task", list(SETTINGS))
def test_every_task_runs_from_its_file(start, task):
    result, folder = start("--quick", task=task)
    assert result.exit_code == 0, result.output
    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "complete" and np.isfinite(record["scores"]["test_mse"]["mean"])
    assert len(record["yardsticks"]) == 4 and record["predictors"]


@pytest.mark.parametrize("rule", ["anp", "np", "wp", "readout"])
def test_every_rule_runs_from_its_file(start, rule):
    result, folder = start("--set", "train.yardsticks=false", rule=rule)
    assert result.exit_code == 0, result.output
    with open(folder / "curves.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"] and all(float(row["test_mse"]) > 0 for row in rows)


@pytest.mark.parametrize("profile", ["fixed8", "reram-es", "reram-sb"])
def test_every_profile_runs_from_its_name(start, profile):
    """The ReRAM of the weather example as it has it, so that the gate compiles that once."""
    weather = ["network.neuron=leaky", "network.tau_steps=3.0", "chip.readout=digital", "rule.loss=sample"] if profile == "reram-sb" else []
    more = [word for setting in ("train.yardsticks=false", *weather) for word in ("--set", setting)]
    result, folder = start("--quick", *more, profile=profile)
    assert result.exit_code == 0, result.output
    assert json.loads((folder / "mapping.json").read_text())["1"]["profile"] == f"{profile}.toml"


def test_a_run_and_its_rerun_from_the_resolved_file_give_the_same_bytes(start, tmp_path):
    learning = "--set", "rule.learning_rate=0.1", "--set", "train.seeds=[1, 2]"  # so that some pulses are sent in so few steps
    start(*SHORT, *learning, "--set", "train.yardsticks=false", profile="reram-es")
    again = CliRunner().invoke(cli.app, ["run", "out/experiment.toml", "--out", "again"])
    assert again.exit_code == 0, again.output
    for folder, _, names in os.walk("out"):
        for name in set(names) - {"run.json"}:
            path = os.path.join(folder, name)
            with open(path, "rb") as first, open(path.replace("out", "again", 1), "rb") as second:
                assert first.read() == second.read(), path


def test_the_kept_weights_are_those_of_the_trained_chip(start):
    _, folder = start("--set", "train.yardsticks=false")
    weights, facts = checkpoint.load(folder / "seed-1" / "weights.h5")
    state, _ = checkpoint.load(folder / "seed-1" / "checkpoint.h5")
    assert facts["epoch"] == 2 and facts["step"] == 160
    assert weights["recurrent"].shape == (HIDDEN, HIDDEN) and np.isfinite(weights["recurrent"]).all()
    assert np.isin(weights["recurrent"], state["recurrent/conductance"]).all()


def test_a_network_that_diverges_stops_with_its_last_good_state(start):
    result, folder = start("--set", "rule.learning_rate=1e30")
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert "neurosim: diverged at step " in result.stderr and "is not finite; last good state: " in result.stderr
    arrays, _ = checkpoint.load(folder / "seed-1" / "checkpoint.h5")
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert "nan" not in (folder / "curves.csv").read_text().lower()
    assert not (folder / "curves.png").exists()


def test_a_network_over_the_capacity_of_the_chip_leaves_no_folder(start):
    result, folder = start("--set", "network.hidden=60000", profile="fixed8")
    assert result.exit_code == 2 and "fixed8.toml has 4096 (topology.max_fan_in: " in result.stderr
    assert not folder.exists()
