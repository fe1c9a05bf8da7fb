"""`neurosim run --backend brian2`."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from neurosim import experiment
from neurosim.cli import app
from neurosim.errors import InputError
from neurosim.interop.forward import forward, run

EXAMPLES = Path(__file__).parents[2] / "examples"
SMALL = ["network.hidden=20", "task.updates_per_epoch=1", "task.test_sequences=32"]


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    import brian2
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    brian2.prefs.codegen.target = "numpy"


def wanted(*changes):
    return experiment.load(EXAMPLES / "match_spikes.toml", [*SMALL, *changes])


RECEPTORS = ("network.membrane.inhibitory_s=8e-3", "network.input_scale=9.0")
CONDUCTANCES = (
    "network.membrane.inhibitory_s=8e-3", "network.membrane.reversal_e=5.0", "network.membrane.reversal_i=-1.0",
    "network.membrane.reset='zero'", "network.input_scale=3.0", "network.delay_steps=[0, 3]")


@pytest.mark.parametrize("changes", [
    (), ("chip.profile='reram-sb'", "network.delay_steps=[0, 3]", "network.bias=true"), RECEPTORS, CONDUCTANCES,
    ("chip.profile='reram-sb'", "network.bias=true", *RECEPTORS)], ids=str)
def test_both_programs_give_the_same_spikes(tmp_path, changes):
    """On noisy devices the weights are those that they hold, whatever was asked for."""
    record = forward(wanted(*changes), tmp_path / "out")
    assert record["spikes"] == record["spikes_brian2"] > 10 and record["spikes_that_differ"] == 0
    assert record["largest_membrane_difference"] < 1e-9
    assert record["rate_Hz"] == pytest.approx(record["spikes"] / record["steps"] / record["neurons"] / record["step_s"])
    kept = np.load(tmp_path / "out" / "spikes.npz")
    assert kept["neurosim"].sum() == record["spikes"] and (kept["neurosim"] == kept["brian2"]).all()
    assert json.loads((tmp_path / "out" / "forward.json").read_text()) == record
    assert (tmp_path / "out" / "raster.png").stat().st_size > 1000


def test_the_command_line_says_what_came_out(tmp_path):
    out = tmp_path / "out"
    settings = [part for change in SMALL for part in ("--set", change)]
    done = CliRunner().invoke(app, [
        "run", str(EXAMPLES / "match_spikes.toml"), "--backend", "brian2", *settings, "--out", str(out), "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["spikes_that_differ"] == 0


def test_what_cannot_be_run_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="must be 'brian2'"):
        run("nest", wanted(), tmp_path / "out")
    with pytest.raises(InputError, match="network.neuron = 'tanh' does not spike"):
        forward(experiment.load(EXAMPLES / "copying_reram.toml", ()), tmp_path / "out")
    with pytest.raises(InputError, match="--backend = 'brian2'; it has no integer neurons as xylo-audio.toml has"):
        forward(wanted("chip.profile=xylo-audio", "network.membrane.spread={}"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="already exists"):
        forward(wanted(), tmp_path / "out")
