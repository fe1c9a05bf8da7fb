"""Files of every version that was ever written stay readable, and of one to come it is said that it is."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from neurosim import checkpoint, experiment, profile
from neurosim.bounded import read_json
from neurosim.compare import study
from neurosim.errors import InputError

STORED = Path(__file__).parent / "stored"
READ = {"profile": profile.SCHEMA, "experiment": experiment.SCHEMA, "comparison": experiment.SCHEMA, "checkpoint": checkpoint.SCHEMA}
LOAD = {"profile": profile.load, "experiment": experiment.load, "comparison": study.read, "checkpoint": checkpoint.load}
BEFORE = {"checkpoint": [1]}  # versions that are read and no longer written


def refusal(read, *arguments):
    with pytest.raises(InputError) as refused:
        read(*arguments)
    text = str(refused.value)
    assert "\n" not in text and len(text) <= 320
    return text


@pytest.mark.parametrize("file", sorted(STORED.iterdir()), ids=lambda file: file.name)
def test_a_file_of_every_version_is_read(file):
    kind, version = file.stem.split("-")
    assert int(version) in (READ[kind], *BEFORE.get(kind, ())) and LOAD[kind](file)


def test_there_is_one_of_every_kind():
    assert {file.stem for file in STORED.iterdir()} >= {"profile-1", "experiment-1", "comparison-1", "checkpoint-1"}


def test_the_profile_means_what_it_meant():
    found = profile.load(STORED / "profile-1.toml")
    assert (found.chip.id, found.device.update_model, found.device.dw_min.v) == ("reram-sb", "soft_bounds", 0.002)


def test_the_experiment_means_what_it_meant():
    found = experiment.load(STORED / "experiment-1.toml")
    assert (found.task.delay, found.network.hidden, found.rule.learning_rate, found.train.seeds) == (2, 12, 1e-2, (3, 4))
    assert found.chip.profile == str(STORED / "profile-1.toml") and found.chip.numbers == {"io": {"dac_bits": 8}}
    assert found.train.optimizer.hidden == "adam" and found.chip.without == ("out_noise",)


def test_a_schema_changes_neither_the_experiment_nor_its_digest(tmp_path):
    text = (STORED / "experiment-1.toml").read_text().replace('"profile-1.toml"', '"reram-sb"')
    (tmp_path / "a.toml").write_text(text)
    (tmp_path / "b.toml").write_text(text.replace("schema = 1\n", ""))
    one, other = experiment.load(tmp_path / "a.toml"), experiment.load(tmp_path / "b.toml")
    assert one == other and experiment.digest(one) == experiment.digest(other)
    assert experiment.resolved(one).startswith("schema = 1\n")


@pytest.mark.parametrize("kind", ["profile", "experiment", "comparison"])
@pytest.mark.parametrize("version", ["2", "0", "1.0", "true", '"1"', "[1]"])
def test_another_version_is_refused_by_name(tmp_path, kind, version):
    text = (STORED / f"{kind}-1.toml").read_text()
    (tmp_path / "a.toml").write_text(text.replace("schema = 1", f"schema = {version}"))
    said = refusal(LOAD[kind], tmp_path / "a.toml")
    assert said.startswith("a.toml: schema = ") and said.endswith("must be 1, the version that this program reads")


@pytest.mark.parametrize("name", ["run.json", "comparison.json"])
@pytest.mark.parametrize("version", [2, True, "1", None, [1]])
def test_a_record_of_another_version_is_refused_by_name(tmp_path, name, version):
    (tmp_path / name).write_text(json.dumps({"schema": version, "status": "complete"}))
    said = refusal(read_json, tmp_path / name, "a record")
    assert f"{name}: schema = " in said and said.endswith("must be 1, the version that this program reads")


def test_the_report_of_a_folder_to_come_is_refused(tmp_path):
    from neurosim.report.page.folder import load

    (tmp_path / "comparison.json").write_text('{"schema": 2, "groups": []}')
    assert "comparison.json: schema = 2; must be 1" in refusal(load, tmp_path)
