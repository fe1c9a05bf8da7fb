"""Ablation: which effect costs how much, from the experiment to the table."""
from __future__ import annotations

import csv
import json

import pytest
from typer.testing import CliRunner

from neurosim import cli, experiment
from neurosim.compare.ablation import CASES, ablate, rows_of
from neurosim.compare.cases import Found
from neurosim.effects import switches, without
from neurosim.errors import InputError
from neurosim.profile import load

SMALL = """
[task]
name = "copying"
symbols = 2
length = 1
delay = 0
updates_per_epoch = 1
test_sequences = 2
[network]
hidden = 3
[chip]
profile = "gokmen-vlasov"
[rule]
name = "anp"
learning_rate = 1e-2
[train]
epochs = 1
batch = 2
seeds = [1, 2, 3]
yardsticks = false
"""
COSTS = {"io.out_noise": 0.3, "io.adc_bits": 0.1, "io.dac_bits": 0.0, "topology.array_rows": -0.05}


@pytest.fixture
def pretend():
    """A run whose accuracy is known: every effect that is on takes its share, every seed has a level of its own."""
    calls = []

    def run(case):
        calls.append(case)
        on = switches(without(load(case.chip.profile), case.chip.without or ()))
        accuracy = 0.9 - 0.01 * case.train.seeds[0] - sum(COSTS.get(name, 0.0) for name in on)
        return Found({"test_mse": 0.5, "accuracy": accuracy}, {})

    run.calls = calls
    return run


def test_effects_are_ranked_by_what_they_cost(wanted, pretend, tmp_path):
    record = ablate(wanted, "io", tmp_path / "out", run=pretend)
    costs = {row["effect"]: row["cost"] for row in record["effects"]}
    assert list(costs) == list(COSTS) and costs == pytest.approx(COSTS)
    assert all(row["cost_half_width"] == pytest.approx(0, abs=1e-9) and row["n"] == 3 for row in record["effects"])  # seeds are paired


def test_alone_an_effect_costs_what_it_costs_beside_what_it_acts_through(wanted, pretend, tmp_path):
    record = ablate(wanted, "io", tmp_path / "out", run=pretend)
    assert {row["effect"]: row["cost_alone"] for row in record["effects"]} == pytest.approx(COSTS)


def test_all_that_is_written_says_the_same(wanted, pretend, tmp_path):
    record = ablate(wanted, "io", tmp_path / "out", run=pretend)
    assert json.loads((tmp_path / "out" / "ablation.json").read_text()) == json.loads(json.dumps(record).replace("NaN", "null"))
    with open(tmp_path / "out" / "ablation.csv", newline="") as stream:
        assert [row["effect"] for row in csv.DictReader(stream)] == list(COSTS)
    assert len(rows_of(record)) == 2 + len(COSTS)


def test_finished_cases_are_read_back_and_unfinished_ones_are_run(wanted, pretend, tmp_path):
    first = ablate(wanted, "io", tmp_path / "out", run=pretend)
    n = len(pretend.calls)
    next((tmp_path / "out" / CASES).iterdir()).unlink()
    assert json.dumps(ablate(wanted, "io", tmp_path / "out", run=pretend)) == json.dumps(first)
    assert len(pretend.calls) == n + 1


def test_chips_that_are_the_same_are_run_once(wanted, pretend, tmp_path):
    ablate(wanted, "io", tmp_path / "out", run=pretend)
    assert len(pretend.calls) == len(list((tmp_path / "out" / CASES).iterdir()))


def test_a_damaged_case_is_named(wanted, pretend, tmp_path):
    ablate(wanted, "io", tmp_path / "out", run=pretend)
    next((tmp_path / "out" / CASES).iterdir()).write_text("{")
    with pytest.raises(InputError, match="is no finished case"):
        ablate(wanted, "io", tmp_path / "out", run=pretend)


@pytest.mark.parametrize(("group", "said"), [("devices", "did you mean device?"), ("time", "gokmen-vlasov.toml has no such effect")])
def test_a_group_without_effects_is_refused(wanted, pretend, tmp_path, group, said):
    with pytest.raises(InputError, match=said):
        ablate(wanted, group, tmp_path / "out", run=pretend)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_left_alone(wanted, pretend, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="holds no ablation"):
        ablate(wanted, "io", tmp_path / "out", run=pretend)


def test_the_command_runs_from_end_to_end(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    (tmp_path / "small.toml").write_text(SMALL)
    arguments = ["compare", str(tmp_path / "small.toml"), "--ablate", "io", "--quick", "--json", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(cli.app, arguments, prog_name="neurosim")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert {row["effect"] for row in record["effects"]} == set(COSTS) and record["score"] == "accuracy"


def test_an_unknown_effect_in_the_file_ends_with_one_sentence(tmp_path):
    (tmp_path / "small.toml").write_text(SMALL.replace("[rule]", 'without = ["io.out_nois"]\n[rule]'))
    result = CliRunner().invoke(cli.app, ["compare", str(tmp_path / "small.toml"), "--ablate", "io"], prog_name="neurosim")
    assert result.exit_code == 2
    assert 'small.toml: chip.without[0] = "io.out_nois"; is no effect that is on' in result.stderr
    assert "did you mean io.out_noise?" in result.stderr


def test_what_the_experiment_has_switched_off_is_no_part_of_it(tmp_path, pretend):
    (tmp_path / "small.toml").write_text(SMALL)
    wanted = experiment.load(tmp_path / "small.toml", ['chip.without=["io.out_noise", "device.dw_min"]'])
    record = ablate(wanted, "all", tmp_path / "out", run=pretend)
    assert {"io.out_noise", "device.dw_min"}.isdisjoint(row["effect"] for row in record["effects"])
