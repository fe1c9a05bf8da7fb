"""What a run keeps while it goes on: stopped anywhere and gone on with, it leaves the bytes of a run that was not stopped."""
from __future__ import annotations

import json
import os
import shutil
import signal

import numpy as np
import pytest
from typer.testing import CliRunner

from neurosim import checkpoint, cli, experiment, keeping, session, trainer
from neurosim.epochs import Place
from neurosim.errors import InputError
from neurosim.standing import Standing

TEXT = """
[task]
name = "mackey-glass"
steps = 16
test_steps = 16
[network]
hidden = 4
[chip]
profile = "fixed8"
[rule]
name = "anp"
learning_rate = 0.1
[train]
epochs = 2
batch = 1
seeds = [1, 4]
checkpoint_s = 1e-9
bptt_epochs = 1
"""


class Stop(KeyboardInterrupt):
    """After which no figures are drawn."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    (tmp_path / "small.toml").write_text(TEXT)
    return tmp_path


def perform(folder, name="out", *overrides):
    return session.perform(experiment.load(folder / "small.toml", overrides), folder / name, "small.toml")


def contents(folder):
    """The bytes of every file; of run.json what is neither time nor provenance."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    record = json.loads(found.pop("run.json"))
    origin = record.pop("provenance")
    assert origin["wall_s"] > 0
    return found, record, {name: origin[name] for name in ("seeds", "experiment_digest", "profile_digest")}


def stopping_at(monkeypatch, saves, module=keeping, name="save"):
    """Let the call of this number raise, once it is done."""
    calls, before = [], getattr(module, name)

    def counted(*given):
        result = before(*given)
        calls.append(given)
        if len(calls) in saves:
            raise Stop
        return result

    monkeypatch.setattr(module, name, counted)
    return calls


def test_a_run_stopped_again_and_again_leaves_the_same_bytes(folder, monkeypatch):
    monkeypatch.setattr(trainer, "BLOCKS", 3)
    calls = stopping_at(monkeypatch, ())
    perform(folder)
    n = len(calls)
    assert n > 8
    stopping_at(monkeypatch, (3, n // 2 + 2, n - 2))
    stopping_at(monkeypatch, (2,), keeping, "keep_yardsticks")
    stopping_at(monkeypatch, (1,), keeping, "keep_seed")
    with pytest.raises(KeyboardInterrupt, match="what was reached is in .*again; neurosim resume .*again goes on"):
        perform(folder, "again")
    stops = 1
    while True:
        try:
            session.resume(folder / "again", "neurosim resume again")
            break
        except KeyboardInterrupt:
            stops += 1
            record = json.loads((folder / "again" / "run.json").read_text())
            assert record["status"] == "interrupted" and (folder / "again" / "standing").is_dir()
    assert stops == 5 and contents(folder / "again") == contents(folder / "out")
    with pytest.raises(InputError, match="again: its run is over"):
        session.resume(folder / "again")


FEW = ("train.checkpoint_s=1e9", "train.yardsticks=false", "train.seeds=[1]", "train.epochs=1")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a short run leaves that nobody stopped."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "small.toml").write_text(TEXT)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NEUROSIM_PYTHON", "1")
        perform(folder, "out", *FEW)
    return folder / "out"


def test_a_run_killed_before_it_kept_anything_begins_anew(folder, whole):
    (folder / "killed" / "standing").mkdir(parents=True)
    shutil.copy(whole / "experiment.toml", folder / "killed")
    wanted = experiment.load(folder / "killed" / "experiment.toml")
    begun = session.session_of(wanted, folder / "killed", session.profile_of(wanted), "", 0.0)
    for name, text in keeping.beginning(begun, "small.toml").items():
        (folder / "killed" / name).write_text(text)
    session.resume(folder / "killed")
    assert contents(folder / "killed") == contents(whole)


@pytest.fixture(scope="module")
def stopped_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopped")
    (folder / "small.toml").write_text(TEXT)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NEUROSIM_PYTHON", "1")
        stopping_at(patched, (3,))
        with pytest.raises(KeyboardInterrupt):
            perform(folder, "out", "train.yardsticks=false")
    return folder


@pytest.fixture
def stopped(folder, stopped_once):
    """A run in "out" that was stopped, to be done with as one likes."""
    shutil.copytree(stopped_once / "out", folder / "out")
    return folder


def test_the_same_command_names_the_one_that_goes_on(stopped):
    with pytest.raises(InputError, match="out: already exists and holds a run that was stopped; neurosim resume .*out goes on with it"):
        perform(stopped)


@pytest.mark.parametrize(("what", "said"), [
    ("experiment", "another experiment, or other data"), ("sources", "other sources of neurosim"), ("numpy", "numpy 0.1, and here it is "),
    ("profile", "another profile")])
def test_what_changed_under_a_run_is_refused(stopped, monkeypatch, what, said):
    file, kept = stopped / "out" / "experiment.toml", stopped / "out" / "standing" / "run.json"
    if what == "experiment":
        file.write_text(file.read_text().replace("learning_rate = 0.1", "learning_rate = 0.2"))
    elif what == "sources":
        monkeypatch.setattr(keeping, "sources_digest", lambda: "0")
    else:
        kept.write_text(json.dumps({**json.loads(kept.read_text()), what: "0.1"}))
    with pytest.raises(InputError, match=f"out: was begun with {said}.*run it anew$"):
        session.resume(stopped / "out")


def test_how_often_a_run_is_kept_decides_about_no_result(folder):
    digests = {experiment.digest(experiment.load(folder / "small.toml", [f"train.checkpoint_s={seconds}"])) for seconds in (1, 60.5)}
    (folder / "none.toml").write_text(TEXT.replace("checkpoint_s = 1e-9\n", ""))
    assert {experiment.digest(experiment.load(folder / "none.toml"))} == digests


def test_one_process_at_a_time(stopped):
    with keeping.locked(stopped / "out"), pytest.raises(InputError, match="another process is at work on it"):
        session.resume(stopped / "out")


def test_a_run_that_ends_while_another_waits_for_its_lock_is_over(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(InputError, match="its run is over"), keeping.locked(tmp_path):
        pass
    assert os.listdir(tmp_path) == ["run.json"]
    (tmp_path / "run.json").unlink()
    with pytest.raises(InputError, match="holds no run that could go on"), keeping.locked(tmp_path):
        pass


@pytest.mark.parametrize("name", ["state.json", "0.h5", "run.json"])
@pytest.mark.parametrize("content", [b"", b"[1]", b'{"parts": 1}', b"\xff\xfe"])
def test_a_damaged_file_is_refused_in_one_sentence(stopped, name, content):
    path = next((stopped / "out" / "standing").rglob(name))
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        session.resume(stopped / "out")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_first_epoch_keeps_a_checkpoint_and_ends_with_130(folder, whole, monkeypatch, how):
    monkeypatch.chdir(folder)
    calls, made = [], keeping.keeper

    def keeper(place, every_s, elapsed):
        keep = made(place, every_s, elapsed)

        def interrupted(take, is_over):
            calls.append(is_over)
            if len(calls) == 2:
                os.kill(os.getpid(), how)
            keep(take, is_over)
        return interrupted

    monkeypatch.setattr(keeping, "keeper", keeper)
    result = CliRunner().invoke(cli.app, ["run", "small.toml", "--out", "out", *(word for text in FEW for word in ("--set", text))])
    assert result.exit_code == 130 and result.stderr == (
        "neurosim: interrupted; what was reached is in out; neurosim resume out goes on\n")
    state = json.loads((folder / "out" / "standing" / "seed-1" / "state.json").read_text())
    assert len(calls) == 2 and state["epoch"] == 1 and 0 < state["done"] < 16
    assert signal.getsignal(how) in (signal.default_int_handler, signal.SIG_DFL)
    refused = CliRunner().invoke(cli.app, ["resume", "out", "--workers", "2"])
    assert refused.exit_code == 2 and "--workers = 2; is for comparisons, and out holds a run" in refused.stderr
    assert CliRunner().invoke(cli.app, ["resume", "out"]).stdout.rstrip().endswith("results in out")
    assert contents(folder / "out") == contents(whole)


# ---- states ---------------------------------------------------------------------------------------------------------------
def standing(value):
    return Standing(2, Place(3, 1, 5, np.full((2, 3), value, np.float32)), 7, 8, [(0.1, np.float32(value))], [{"a": float("nan")}],
                    {"x/y": np.full(2, value)}, {"inputs/conductance": np.full((2, 2), value)}, 4)


def test_a_state_reads_back_exactly(tmp_path):
    keeping.save(tmp_path, standing(0.3), 12.5)
    found, seconds = keeping.standing_of(tmp_path, np.float32)
    wanted = standing(0.3)
    assert seconds == 12.5 and repr(found) == repr(wanted) and found.losses[0][1].dtype == np.float32


def test_a_state_that_was_not_written_to_its_end_leaves_the_last_one(tmp_path, monkeypatch):
    keeping.save(tmp_path, standing(1), 1.0)
    for broken in ("checkpoint.save", "write"):
        with monkeypatch.context() as patched:
            where, name = (checkpoint, "save") if broken == "checkpoint.save" else (keeping, "write")
            patched.setattr(where, name, lambda *given: (_ for _ in ()).throw(Stop()))
            with pytest.raises(Stop):
                keeping.save(tmp_path, standing(2), 2.0)
        assert keeping.standing_of(tmp_path, np.float32)[0].arrays["x/y"][0] == 1
    keeping.save(tmp_path, standing(3), 3.0)
    assert keeping.standing_of(tmp_path, np.float32)[0].arrays["x/y"][0] == 3
    assert sorted(os.listdir(tmp_path))[1:] == ["state.json"]


def test_arrays_are_shared_out_among_files_that_can_hold_them(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "MAX_BYTES", 39)
    keeping.save(tmp_path, standing(1), 1.0)
    assert len(list(tmp_path.rglob("*.h5"))) == 3 and repr(keeping.standing_of(tmp_path, np.float32)[0]) == repr(standing(1))


@pytest.mark.parametrize(("now", "is_over", "is_asked", "wanted"), [(4.0, False, False, 0), (6.0, False, False, 1), (4.0, True, False, 1),
                                                                   (4.0, False, True, 1)])
def test_a_state_is_kept_when_it_is_time(tmp_path, monkeypatch, now, is_over, is_asked, wanted):
    times, saved = [0.0], []
    monkeypatch.setattr(keeping.time, "monotonic", lambda: times[0])
    monkeypatch.setattr(keeping.stopping, "is_asked", lambda: is_asked)
    monkeypatch.setattr(keeping, "save", lambda *given: saved.append(given))
    keep = keeping.keeper(tmp_path, 5.0, lambda: 1.0)
    times[0] = now
    keep(lambda: standing(1), is_over)
    assert len(saved) == wanted
    times[0] = 100.0
    keep(lambda: None, True)  # is nowhere good
    assert len(saved) == wanted


