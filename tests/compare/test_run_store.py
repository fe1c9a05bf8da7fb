"""The folder of a comparison: whole or absent, and held by one process."""
from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from neurosim.compare import store
from neurosim.errors import InputError, NeurosimError

RECORD = json.dumps({"run": "abc", "status": "complete", "scores": {"accuracy": 0.5}})
HOLD = """
import pathlib, sys, time
from neurosim.compare.store import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_run_is_kept_whole(tmp_path):
    store.keep(tmp_path, "abc", {"run.json": RECORD, "curves.csv": "epoch\n"})
    assert store.finished(tmp_path) == {"abc"} and store.record_of(tmp_path, "abc")["scores"] == {"accuracy": 0.5}
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["abc"]


def test_what_was_not_finished_is_not_there(tmp_path):
    left = tmp_path / "runs" / ".abc.part"
    left.mkdir(parents=True)
    (left / "run.json").write_text("half")
    assert store.finished(tmp_path) == set()
    store.keep(tmp_path, "abc", {"run.json": RECORD})
    assert store.finished(tmp_path) == {"abc"}


def test_a_run_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(NeurosimError, match="cannot be written"):
        store.keep(tmp_path, "abc", {"run.json": RECORD})


@pytest.mark.parametrize("text", ["{", "[]", '{"run": "other", "status": "complete", "scores": {}}'])
def test_a_damaged_run_is_named(tmp_path, text):
    store.keep(tmp_path, "abc", {"run.json": text})
    with pytest.raises(InputError, match="is no finished run .*delete its folder"):
        store.record_of(tmp_path, "abc")


def test_a_second_process_is_refused_and_the_lock_dies_with_the_first(tmp_path):
    folder = tmp_path / "out"
    first = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert first.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another process is at work on it"), store.locked(folder):
            pass
    finally:
        first.kill()
        first.wait()
    with store.locked(folder):
        assert folder.is_dir()


def test_a_folder_that_becomes_something_else_before_it_is_locked_is_left_alone(tmp_path, monkeypatch):
    ensure = store.ensure_folder

    def raced(folder):
        ensure(folder)
        (folder / "experiment.toml").write_text("of a run")
    monkeypatch.setattr(store, "ensure_folder", raced)
    with pytest.raises(InputError, match="holds no such comparison"), store.locked(tmp_path / "out"):
        pass


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(InputError, match="holds no such comparison"), store.locked(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("content, words", [
    (None, "no such file"), (b"\xff\xfe", "is no CSV"), (b"epoch,mse\n1,x\n", "could not convert"),
    (b"a" * (2**24 + 1), "larger than 16 MiB")])
def test_a_curve_that_is_none_is_refused_in_one_sentence(tmp_path, content, words):
    place = store.place(tmp_path, "abc")
    place.mkdir(parents=True)
    if content is not None:
        (place / "curves.csv").write_bytes(content)
    with pytest.raises(InputError, match=f"holds no curve of a run .*{words}.*delete its folder"):
        store.curve_of(tmp_path, "abc", "epoch", "mse")
