"""The run folder as files: made once, taken away without a trace, the same bytes for the same numbers."""
from __future__ import annotations

import os
from pathlib import Path

import pytest
from stub_run import GOOD

from neurosim import experiment, run_folder
from neurosim.errors import InputError, NeurosimError
from neurosim.run_folder import default_folder, release, write_folder


def claim(place):
    """Make a folder with a file in it."""
    return write_folder(place, {"ours": "x"})


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


def test_parents_that_another_run_makes_at_the_same_time_are_shared(tmp_path, monkeypatch):
    mkdir = Path.mkdir

    def raced(place, *arguments, **named):
        mkdir(place, *arguments, **named)
        if place.name == "runs":
            raise FileExistsError(17, "File exists")
    monkeypatch.setattr(Path, "mkdir", raced)
    assert claim(tmp_path / "runs" / "one") == [tmp_path / "runs" / "one"]


def test_parents_that_another_run_takes_away_again_are_made_anew(tmp_path, monkeypatch):
    mkdir, taken = Path.mkdir, []
    (tmp_path / "runs").mkdir()

    def raced(place, *arguments, **named):
        if place.parent.name == "runs" and not taken:
            taken.append((tmp_path / "runs").rmdir())
        mkdir(place, *arguments, **named)
    monkeypatch.setattr(Path, "mkdir", raced)
    assert claim(tmp_path / "runs" / "one") == [tmp_path / "runs", tmp_path / "runs" / "one"]


def test_of_two_that_make_the_same_folder_one_is_refused_and_takes_nothing_away(tmp_path, monkeypatch):
    check = run_folder.refuse_existing

    def late(folder):
        check(folder)
        monkeypatch.undo()
        write_folder(folder, {"theirs": "x"})
    monkeypatch.setattr(run_folder, "refuse_existing", late)
    with pytest.raises(InputError, match="already exists"):
        claim(tmp_path / "runs" / "out")
    assert os.listdir(tmp_path / "runs" / "out") == ["theirs"] and os.listdir(tmp_path / "runs") == ["out"]


def test_a_parent_that_never_comes_to_be_is_refused_at_last(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be made .No such file"):
        claim(tmp_path / "link" / "out")


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
    (OSError(28, "No space left on device"), NeurosimError), (KeyboardInterrupt(), KeyboardInterrupt)])
def test_a_folder_that_cannot_be_written_whole_is_not_there(tmp_path, monkeypatch, error, raised):
    def stop(descriptor):
        raise error
    monkeypatch.setattr("os.fsync", stop)
    with pytest.raises(raised):
        write_folder(tmp_path / "a" / "b", {"one.txt": "x"})
    assert not [*tmp_path.iterdir()]
