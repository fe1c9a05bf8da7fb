"""The command that exports a run, as a user types it."""
from __future__ import annotations

import json

import numpy as np
import pytest
from export.small_run import TEXT, command, made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made(tmp_path_factory.mktemp("exports"))


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_a_run_is_exported_with_its_report(folder, tmp_path):
    result = command("export", str(folder), "--to", "npz", "--out", str(tmp_path / "out"), "--vectors", "20")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["expected.npz", "manifest.json", "network.npz"]
    for words in ("recurrent", "12 x 12", "on the chip", "exported", "not in the files: plasticity", "network.npz in"):
        assert words in result.output
    record = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert record["source"]["seed"] == 3 and record["source"]["epoch"] == 1 and record["shapes"]["hidden"] == 12
    assert "accuracy" in record["fidelity"]["before"] and record["fidelity"]["after"] == record["fidelity"]["exact"]


def test_the_scores_before_are_those_of_the_run(folder, tmp_path):
    command("export", str(folder), "--to", "npz", "--out", str(tmp_path / "out"), "--seed", "4")
    record = json.loads((tmp_path / "out" / "manifest.json").read_text())
    rows = (folder / "curves.csv").read_text().splitlines()
    last = dict(zip(rows[0].split(","), rows[-1].split(",")))
    assert last["seed"] == "4" and record["source"]["seed"] == 4
    assert record["fidelity"]["before"]["accuracy"] == pytest.approx(float(last["accuracy"]))


def test_the_same_run_gives_the_same_bytes(folder, tmp_path):
    for name in ("a", "b"):
        command("export", str(folder), "--to", "npz", "--out", str(tmp_path / name), "--vectors", "8")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_what_is_exported_is_what_the_run_has_kept(folder, tmp_path):
    from neurosim import checkpoint

    command("export", str(folder), "--to", "npz", "--out", str(tmp_path / "out"))
    kept, _ = checkpoint.load(folder / "seed-3" / "weights.h5")
    with np.load(tmp_path / "out" / "network.npz") as found:
        np.testing.assert_array_equal(found["recurrent"], kept["recurrent"])
        np.testing.assert_array_equal(np.column_stack([found["inputs"], found["bias"]]), kept["inputs"])


def test_formats_are_listed():
    result = command("export", "nowhere", "--to", "list", "--json")
    assert "npz" in [row["format"] for row in json.loads(result.output)]
    assert "npz" in command("export", "nowhere", "--to", "list").output


@pytest.mark.parametrize("arguments, words", [
    (("export", "nowhere", "--to", "npz"), "nowhere: is no run folder"),
    (("export", "{run}", "--to", "floppy"), "--to = 'floppy'; must be one of"),
    (("export", "{run}", "--to", "npz", "--seed", "5"), "--seed = 5; this run has 3, 4"),
    (("export", "{run}", "--to", "npz", "--vectors", "100000"), "--vectors = 100000; the test of the task has"),
    (("export", "{run}", "--to", "npz", "--out", "{run}"), "already exists"),
])
def test_what_is_wrong_is_one_sentence(folder, arguments, words):
    result = command(*(text.format(run=folder) for text in arguments))
    assert result.exit_code == 2 and words in result.output and "Traceback" not in result.output
    assert not (folder / "export-npz").exists()


def test_a_checkpoint_of_another_run_is_refused(folder, tmp_path):
    import shutil

    shutil.copytree(folder, tmp_path / "run")
    shutil.copy(folder / "seed-4" / "checkpoint.h5", tmp_path / "run" / "seed-3" / "checkpoint.h5")
    result = command("export", str(tmp_path / "run"), "--to", "npz")
    assert result.exit_code == 2 and "seed-3/checkpoint.h5: seed = 4; must be 3, that of this run" in result.output


def test_a_chip_exports_itself(tmp_path):
    from neurosim import Network, compile_chip

    chip = compile_chip("ideal", Network(inputs=2, hidden=5, outputs=1), 1, "float64")
    record = chip.export("npz", tmp_path / "out")
    assert record["format"] == "npz" and "before" not in record["fidelity"]
    with np.load(tmp_path / "out" / "network.npz") as found:
        np.testing.assert_array_equal(found["recurrent"], chip.weights()["recurrent"])


# ---- and back again -------------------------------------------------------------------------------------------------------
def test_an_experiment_goes_on_from_an_export(folder, tmp_path):
    """The chip that starts from the file holds the weights that were exported, and is frozen as the run was."""
    from neurosim import checkpoint

    command("export", str(folder), "--to", "npz", "--out", str(tmp_path / "out"))
    result = command("import", str(tmp_path / "out" / "network.npz"), "--out", str(tmp_path / "start"))
    assert result.exit_code == 0 and "network.npz and network.toml in" in result.output, result.output
    table = (tmp_path / "start" / "network.toml").read_text()
    text = TEXT.replace("[network]\nhidden = 12\nbias = true\n", table).replace('name = "trace"', 'name = "readout"')
    (tmp_path / "start" / "again.toml").write_text(text.replace("seeds = [3, 4]", "seeds = [3]"))
    done = command("run", str(tmp_path / "start" / "again.toml"), "--out", str(tmp_path / "again"))
    assert done.exit_code == 0, done.output
    before, _ = checkpoint.load(folder / "seed-3" / "weights.h5")
    after, _ = checkpoint.load(tmp_path / "again" / "seed-3" / "weights.h5")
    np.testing.assert_array_equal(after["recurrent"], before["recurrent"])
    np.testing.assert_array_equal(after["inputs"], before["inputs"])
    assert (after["readout"] != before["readout"]).any()


def test_json_of_an_import(folder, tmp_path):
    command("export", str(folder), "--to", "npz", "--out", str(tmp_path / "out"))
    result = command("import", str(tmp_path / "out" / "network.npz"), "--out", str(tmp_path / "start"), "--json")
    found = json.loads(result.output)
    assert (found["inputs"], found["hidden"], found["outputs"], found["neuron"], found["bias"]) == (6, 12, 6, "tanh", True)


@pytest.mark.parametrize("content, words", [
    (b"hello", "is neither a NIR file"), (b"PK\x03\x04", "is not a complete .npz"), (None, "no such file")])
def test_what_cannot_be_imported_leaves_nothing(tmp_path, content, words):
    if content is not None:
        (tmp_path / "a.npz").write_bytes(content)
    result = command("import", str(tmp_path / "a.npz"), "--out", str(tmp_path / "start"))
    assert result.exit_code == 2 and words in result.output and not (tmp_path / "start").exists()
