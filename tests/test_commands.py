"""Commands about comparisons, as a user types them."""
from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from compare.small_grid import TEXT
from typer.testing import CliRunner

from neurosim import cli
from neurosim.compare import store

# where a shell starts this suite in the background, Ctrl-C is ignored from there on down
LISTENS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from neurosim.cli import main; main()"


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A folder with a file and its comparison, and what the command printed."""
    folder = tmp_path_factory.mktemp("commands")
    (folder / "grid.toml").write_text(TEXT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_PYTHON", "1")
        result = command("compare", str(folder / "grid.toml"), "--workers", "1", "--out", str(folder / "out"))
    return folder, result


def command(*arguments):
    return CliRunner().invoke(cli.app, list(arguments), prog_name="neurosim", env={"COLUMNS": "200"})


def test_a_comparison_is_printed_with_what_must_be_kept_in_mind(done):
    _, result = done
    assert result.exit_code == 0, result.output
    assert "minus frozen" in result.stdout and "note: 2 seeds per combination" in result.stdout
    assert result.stdout.count("trace") >= 2 and "makes a page of them" in result.stdout.replace("\n", " ")


def test_going_on_with_what_is_finished_says_the_same(done):
    folder, _ = done
    result = command("resume", str(folder / "out"), "--workers", "1", "--json")
    record = json.loads(result.stdout)
    assert result.exit_code == 0 and record.pop("folder") == str(folder / "out")
    assert record == json.loads((folder / "out" / store.SUMMARY).read_text())


def test_a_page_and_markdown_are_made_of_it(done):
    folder, _ = done
    assert command("report", str(folder / "out")).exit_code == 0
    assert (folder / "out" / "report.html").read_text().startswith("<!DOCTYPE html>")
    told = command("report", str(folder / "out"), "--format", "md").stdout
    assert told.startswith("# grid") and "| trace" in told
    assert command("report", str(folder / "out"), "--format", "md", "--out", str(folder / "r.md")).exit_code == 0
    assert (folder / "r.md").read_text() == told


@pytest.mark.parametrize(("arguments", "said"), [
    (["report", "OUT", "--format", "pdf"], "--format = pdf; must be html or md"),
    (["report", "FILE"], "must be the folder of a comparison or of a run"),
    (["resume", "."], "holds neither a run nor a comparison that could go on"), (["watch", "nowhere"], "nowhere"),
    (["compare", "FILE", "--chips", "pcm", "--workers", "2"], "--workers = 2; is for the grid of a [compare] table"),
    (["compare", "FILE", "--set", "train.seeds=[]", "--out", "NEW"], "train.seeds")])
def test_wrong_input_ends_with_one_sentence(done, arguments, said):
    folder, _ = done
    places = {"OUT": folder / "out", "FILE": folder / "grid.toml", "NEW": folder / "new"}
    result = command(*(str(places.get(argument, argument)) for argument in arguments))
    assert result.exit_code == 2 and said in result.stderr and result.stderr.count("\n") == 1
    assert not (folder / "new").exists()


def test_quick_is_one_epoch_of_one_seed(done, tmp_path):
    folder, _ = done
    result = command("compare", str(folder / "grid.toml"), "--quick", "--workers", "1", "--out", str(tmp_path / "out"), "--json")
    record = json.loads(result.stdout)
    assert record["seeds"] == [1] and record["budget"] == {"of": "epochs", "amount": 1}


@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])  # the gate has it in a run
def test_stopped_by_hand_it_says_how_to_go_on(tmp_path, how):
    (tmp_path / "grid.toml").write_text(TEXT.replace("epochs = 2", "epochs = 400"))
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENS, "compare", str(tmp_path / "grid.toml"), "--workers", "2", "--out", str(tmp_path / "out")],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ}, start_new_session=True)
    deadline = time.monotonic() + 120
    while not store.finished(tmp_path / "out") and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.1)
    os.killpg(process.pid, how)  # as a terminal does: the workers hear it too
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert told.strip().splitlines()[-1].startswith("neurosim: interrupted; finished runs are in ") and "goes on" in told
    assert "Traceback" not in told
    assert json.loads((tmp_path / "out" / store.SUMMARY).read_text())["status"] == "interrupted"
    assert json.loads((tmp_path / "out" / store.PROGRESS).read_text())["state"] == "interrupted"
    assert pathlib.Path(tmp_path / "out" / store.RECIPE).is_file()
