"""One network on several chips: from the command to the table."""
from __future__ import annotations

import json
import math

import pytest
from typer.testing import CliRunner

from neurosim import cli
from neurosim.compare.cases import Found
from neurosim.compare.chips import CASES, compare, notes_of, rows_of
from neurosim.errors import InputError

SMALL = """
[task]
name = "delayed_match"
lines = 2
updates_per_epoch = 1
test_sequences = 2
[network]
hidden = 70
neuron = "spiking"
[network.membrane]
model = "lif"
reset = "zero"
threshold = 0.2
[chip]
profile = "ideal"
[rule]
name = "anp"
learning_rate = 1e-2
[train]
epochs = 1
batch = 2
seeds = [1, 2]
yardsticks = false
"""
LEVEL = {"ideal": 0.9, "loihi1": 0.8, "odin": 0.85, "reram-sb": math.nan}
COST = {"learning_J": 2e-3, "learning_s": 4.0, "writes": 1000, "inference_J": "unavailable", "inference_s": 1e-3, "latency_s": 2e-6,
        "is_bound": False, "unavailable": ["static power"]}


def pretend(case):
    """A run whose accuracy is known; every seed has a level of its own, and one chip diverges."""
    level = LEVEL[case.chip.profile]
    seed = case.train.seeds[0]
    if math.isnan(level):
        return Found({"test_mse": math.nan}, {})
    return Found({"test_mse": 0.5, "accuracy": level + 0.01 * seed, "frozen_accuracy": 0.5}, {**COST, "writes": 1000 * seed})


def test_chips_stand_beside_the_ideal_one_best_first(wanted, tmp_path):
    record = compare(wanted, ["loihi1", "odin", "texel", "reram-sb"], tmp_path / "out", run=pretend)
    assert [row["chip"] for row in record["chips"]] == ["ideal", "odin", "loihi1", "texel", "reram-sb"]
    by_name = {row["chip"]: row for row in record["chips"]}
    assert by_name["odin"]["score"] == pytest.approx(0.865) and by_name["odin"]["minus_ideal"] == pytest.approx(-0.05)
    assert "58 (topology.max_fan_in" in by_name["texel"]["refused"] and "score" not in by_name["texel"]
    rows = {row[0]: row for row in rows_of(record)}
    assert rows["loihi1"] == (
        "loihi1", "digital", "0.815 ± 0.064", "0.5", "at least 2 mJ", "unavailable", "2 us", "1.5e+03", "1")
    assert rows["reram-sb"][2:] == ("diverged", "-", "unavailable", "unavailable", "unavailable", "unavailable", "-")
    assert rows["texel"][2] == "refused"
    notes = notes_of(record)
    assert "loihi1: no energy is known of static power" in notes and any(note.startswith("texel: network.hidden = 70") for note in notes)


def test_a_chip_that_lacks_the_neurons_says_so(wanted, tmp_path):
    small = wanted.model_copy(update={"network": wanted.network.model_copy(update={"hidden": 40})})
    row = compare(small, ["loihi1", "xylo-audio"], tmp_path / "out", run=pretend)["chips"][-1]
    assert row["chip"] == "xylo-audio" and "reset = 'zero'; must be 'subtract'" in row["refused"]


def test_finished_cases_are_kept_with_their_costs(wanted, tmp_path):
    first = compare(wanted, ["loihi1"], tmp_path / "out", run=pretend)

    def never(case):
        raise AssertionError("a finished case was run again")
    assert json.dumps(compare(wanted, ["loihi1"], tmp_path / "out", run=never)) == json.dumps(first)
    assert len(list((tmp_path / "out" / CASES).iterdir())) == 4


@pytest.mark.parametrize(("names", "said"), [
    (["loihi1", "loihi1"], "names 'loihi1' twice"), (["loihi"], "did you mean loihi"), (["texel"], "none of them can take the network")])
def test_what_cannot_be_compared_is_refused_before_anything_runs(wanted, tmp_path, names, said):
    with pytest.raises(InputError, match=said):
        compare(wanted, names, tmp_path / "out", run=pretend)
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_left_alone(wanted, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="holds no comparison"):
        compare(wanted, ["loihi1"], tmp_path / "out", run=pretend)


def test_the_command_runs_from_end_to_end(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    (tmp_path / "small.toml").write_text(SMALL.replace("hidden = 70", "hidden = 20"))
    arguments = ["compare", str(tmp_path / "small.toml"), "--chips", "loihi1, hermes64", "--quick", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(cli.app, [*arguments, "--json"], prog_name="neurosim")
    assert result.exit_code == 0, result.output
    rows = {row["chip"]: row for row in json.loads(result.stdout)["chips"]}
    cost = rows["loihi1"]["cost"]["1"]
    assert cost["learning_J"] > cost["inference_J"] > 0.104 * cost["inference_s"] and cost["writes"] > 0
    assert rows["hermes64"]["cost"]["1"]["latency_s"] == pytest.approx(2 * 133e-9)
    assert rows["ideal"]["cost"]["1"]["learning_J"] == "unavailable"
    told = CliRunner().invoke(cli.app, arguments, prog_name="neurosim").stdout
    assert "hermes64: no energy is known of" in told and "loihi1: no energy is known of weight writes, perturbations drawn" in told


@pytest.mark.parametrize("options", [[], ["--chips", "loihi1", "--ablate", "io"]])
def test_one_kind_of_comparison_is_asked_for(tmp_path, options):
    (tmp_path / "small.toml").write_text(SMALL)
    result = CliRunner().invoke(cli.app, ["compare", str(tmp_path / "small.toml"), *options], prog_name="neurosim")
    assert result.exit_code == 2 and "small.toml: needs one of a [compare] table in it, --chips or --ablate" in result.stderr
