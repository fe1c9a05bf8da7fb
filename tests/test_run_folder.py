"""The run folder as files: made once, taken away without a trace, the same bytes for the same numbers."""
from __future__ import annotations

import os

import pytest
from stub_run import GOOD

from neurosim import experiment, run_folder
from neurosim.errors import InputError, NeurosimError
from neurosim.run_folder import claim, default_folder, release, write_folder, write_text


def test_a_folder_is_made_with_its_parents(tmp_path):
    made = claim(tmp_path / "a" / "b" / "c")
    assert made == [tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "c"]
    assert (tmp_path / "a" / "b" / "c").is_dir()


def test_release_takes_away_what_claim_made_and_nothing_else(tmp_path):
    (tmp_path / "old").mkdir()
    made = claim(tmp_path / "old" / "new" / "run")
    (made[-1] / "file").write_text("x")
    release(made)
    assert os.listdir(tmp_path) == ["old"] and not os.listdir(tmp_path / "old")


def test_release_leaves_a_parent_that_somebody_else_uses_by_now(tmp_path):
    made = claim(tmp_path / "runs" / "one")
    (tmp_path / "runs" / "two").mkdir()
    release(made)
    assert os.listdir(tmp_path / "runs") == ["two"]


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_what_exists_is_refused_and_left_alone(tmp_path, kind):
    place = tmp_path / "out"
    if kind == "folder":
        place.mkdir()
    elif kind == "file":
        place.write_text("x")
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="out: already exists; name another folder with --out"):
        claim(place)
    assert os.path.lexists(place)


@pytest.mark.parametrize("name", ["file/run", "file/deep/run", "bad\0name", "x" * 300])
def test_a_folder_that_cannot_be_made_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("x")
    with pytest.raises((InputError, ValueError)) as caught:
        claim(tmp_path / name)
    assert isinstance(caught.value, InputError) and "cannot be made" in str(caught.value)
    assert os.listdir(tmp_path) == ["file"]


def test_parents_are_not_left_behind_if_the_folder_cannot_be_made(tmp_path):
    with pytest.raises(InputError):
        claim(tmp_path / "a" / "b" / ("x" * 300))
    assert not os.listdir(tmp_path)


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    write_text(tmp_path / "a.txt", "grün\n")
    assert (tmp_path / "a.txt").read_bytes() == "grün\n".encode()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_folder.os, "fsync", full)
    with pytest.raises(NeurosimError, match="a.txt: cannot be written .No space left on device."):
        write_text(tmp_path / "a.txt", "other")
    assert os.listdir(tmp_path) == ["a.txt"] and (tmp_path / "a.txt").read_bytes() == "grün\n".encode()


def test_the_default_folder_is_named_after_the_experiment_and_its_digest(tmp_path):
    file = tmp_path / "mackey.toml"
    file.write_text(GOOD)
    wanted = experiment.load(file)
    assert str(default_folder(wanted, str(file))) == os.path.join("runs", f"mackey-{experiment.digest(wanted)[:8]}")


def test_a_folder_is_written_whole(tmp_path):
    write_folder(tmp_path / "a" / "b", {"one.txt": "x", "two.bin": b"\x00"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "a" / "b").iterdir()} == {"one.txt": b"x", "two.bin": b"\x00"}
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


@pytest.mark.parametrize(("error", "raised"), [
    (OSError(28, "No space left on device"), InputError), (KeyboardInterrupt(), KeyboardInterrupt)])
def test_a_folder_that_cannot_be_written_whole_is_not_there(tmp_path, monkeypatch, error, raised):
    def stop(self, content):
        raise error
    monkeypatch.setattr("pathlib.Path.write_bytes", stop)
    with pytest.raises(raised):
        write_folder(tmp_path / "a" / "b", {"one.txt": "x"})
    assert not [*tmp_path.iterdir()]
