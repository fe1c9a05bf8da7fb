"""An export on disk: all of it or nothing, its manifest, its vectors."""
from __future__ import annotations

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from export.networks import awkward, rate

from neurosim import __version__
from neurosim.errors import InputError, NeurosimError
from neurosim.export import Options, export_chip, export_network
from neurosim.export.formats import npz
from neurosim.export.parcel import Parcel

STEPS = 30


@pytest.fixture
def trained():
    return awkward(rate("ideal", hidden=10, epochs=1))


def with_parcel(monkeypatch, **fields):
    """Let the format npz make another parcel."""
    made = npz.export
    monkeypatch.setattr(npz, "export", lambda trained, options: replace(made(trained, options), **fields))


def test_the_manifest_says_everything(trained, tmp_path):
    record = export_network(trained, "npz", tmp_path / "out", STEPS)
    assert record == json.loads((tmp_path / "out" / "manifest.json").read_text()) | {
        "tensors": record["tensors"], "fidelity": record["fidelity"]}
    assert record["schema"] == 1 and record["format"] == "npz" and record["format_version"] == "1" and record["neurosim"] == __version__
    assert record["shapes"] == {"inputs": 6, "hidden": 10, "outputs": 5} and record["files"] == ["network.npz"]
    assert record["source"] == {"seed": 1, "profile": str(trained.profile.digest)} and record["profile"] == "ideal.toml"
    assert [tensor["name"] for tensor in record["tensors"]] == ["inputs", "recurrent", "readout", "bias"]
    assert record["dt_s"] is None and record["tolerance"] == 1e-12 and "does not learn" in record["fidelity"]["lost"][-1]


def test_vectors_are_what_the_parcel_runs_on_the_inputs_of_the_task(trained, tmp_path):
    export_network(trained, "npz", tmp_path / "out", STEPS)
    parcel = npz.export(trained, Options())
    with np.load(tmp_path / "out" / "expected.npz", allow_pickle=False) as found:
        assert np.array_equal(found["inputs"], trained.shown(STEPS)) and found["tol"] == 1e-12 and "dt" not in found
        wanted = parcel.run(found["inputs"])
        assert all(np.array_equal(found[name], array) for name, array in wanted.items()) and wanted["h"].std() > 0.05


def test_without_vectors_there_is_no_such_file(trained, tmp_path):
    export_network(trained, "npz", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["manifest.json", "network.npz"]


def test_edges_come_after_the_inputs_of_the_task(trained, tmp_path, monkeypatch):
    with_parcel(monkeypatch, edges=np.full((3, 6), 9.0))
    export_network(trained, "npz", tmp_path / "out", STEPS)
    with np.load(tmp_path / "out" / "expected.npz", allow_pickle=False) as found:
        assert found["inputs"].shape == (STEPS + 3, 6) and (found["inputs"][STEPS:] == 9).all()


def test_files_may_lie_in_folders_and_vectors_have_files_of_their_own(trained, tmp_path, monkeypatch):
    with_parcel(monkeypatch, files={"a/b.txt": "text\n"}, vectors=lambda inputs: {"part0.npz": {"inputs": inputs[:2]}})
    export_network(trained, "npz", tmp_path / "deep" / "out", STEPS)
    assert (tmp_path / "deep" / "out" / "a" / "b.txt").read_bytes() == b"text\n"
    with np.load(tmp_path / "deep" / "out" / "part0.npz", allow_pickle=False) as found:
        assert found["inputs"].shape == (2, 6) and found["tol"] == 1e-12


def test_the_same_network_gives_the_same_bytes(trained, tmp_path):
    for name in ("a", "b"):
        export_network(trained, "npz", tmp_path / name, STEPS)
    assert all(path.read_bytes() == (tmp_path / "b" / path.name).read_bytes() for path in (tmp_path / "a").iterdir())


def test_a_loop_that_the_format_does_not_know_is_refused(trained, tmp_path):
    with pytest.raises(InputError, match="--loop-identity: is for --to nir; 'npz' has no such loop"):
        export_network(trained, "npz", tmp_path / "out", options=Options(loop_identity=True))
    assert not list(tmp_path.iterdir())


# ---- all or nothing --------------------------------------------------------------------------------------------------------
def test_a_folder_that_exists_is_refused_and_left_alone(trained, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="already exists"):
        export_network(trained, "npz", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("a fault")])
def test_nothing_is_left_half_written(trained, tmp_path, monkeypatch, error):
    written, fsync = [], os.fsync

    def flush(descriptor):
        written.append(descriptor)
        if len(written) == 2:
            raise error
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", flush)
    with pytest.raises(NeurosimError if isinstance(error, OSError) else type(error)) as refused:
        export_network(trained, "npz", tmp_path / "new" / "out", STEPS)
    assert len(written) == 2 and list(tmp_path.iterdir()) == []
    if isinstance(error, OSError):
        assert "cannot be written (No space left on device)" in str(refused.value)


@pytest.mark.parametrize("vectors, said", [
    (100_000, "--vectors = 100000; the test of the task has"), (-1, "--vectors = -1; must be at least 0")])
def test_vectors_that_there_are_not_are_refused_before_anything_is_written(trained, tmp_path, vectors, said):
    with pytest.raises(InputError, match=said):
        export_network(trained, "npz", tmp_path / "out", vectors)
    assert not (tmp_path / "out").exists()


def test_what_a_format_refuses_is_not_written(trained, tmp_path):
    recurrent = trained.recurrent.copy()
    recurrent[0, 1] = np.inf
    with pytest.raises(InputError, match=r"recurrent\[0, 1\] = inf; must be a finite number"):
        export_network(replace(trained, recurrent=recurrent), "npz", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_a_task_there_are_no_vectors_but_an_export(trained, tmp_path):
    record = export_network(replace(trained, dataset=None), "npz", tmp_path / "out")
    assert "after" not in record["fidelity"]
    with pytest.raises(InputError, match="the test of the task has 0 steps"):
        export_network(replace(trained, dataset=None), "npz", tmp_path / "other", STEPS)


def test_options_of_a_chip_are_those_of_the_format(monkeypatch, tmp_path):
    seen = []

    def made(trained, options):
        seen.append(options)
        return Parcel("1", "none", {}, (), lambda inputs: {}, np.asarray, None)

    monkeypatch.setattr(npz, "export", made)
    chip = rate("ideal", hidden=10, epochs=1).chip
    export_chip(chip, "npz", tmp_path / "a")
    export_chip(chip, "npz", tmp_path / "b", clip=True)
    assert seen == [Options(), Options(clip=True)]
