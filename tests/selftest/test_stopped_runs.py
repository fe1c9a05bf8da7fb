"""Exact resume and signals: kept here, and not kept by programs that go on wrongly or do not listen."""
from __future__ import annotations

import sys

import pytest

from neurosim.selftest import resume, signals
from neurosim.selftest.stopped_runs import difference

FAKE = """
import json, pathlib, shutil, signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *given: {handler})
verb, place = sys.argv[1], pathlib.Path(sys.argv[-1])
(place / "standing" / "seed-1").mkdir(parents=True, exist_ok=True)
(place / "standing" / "run.json").write_text("{{}}")
(place / "standing" / "seed-1" / "state.json").write_text('{{"done": 0}}')
time.sleep(1.0)
(place / "weights").write_text("right" if verb == "run" else {gone_on!r})
(place / "run.json").write_text(json.dumps({{"provenance": time.time(), "status": "complete"}}))
shutil.rmtree(place / "standing")
"""


def fake(gone_on="right", handler="sys.exit(130)"):
    return sys.executable, "-c", FAKE.format(gone_on=gone_on, handler=handler)


@pytest.fixture
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_runs_that_are_killed_go_on_to_the_same_bytes(plain, tmp_path):
    outcome = resume.check("short", 1, tmp_path)
    assert outcome.is_kept and outcome.checked == 1 and "1 kills, gone on 1 times" in outcome.figure, outcome.failures


def test_a_run_that_goes_on_to_other_bytes_is_found(tmp_path):
    for name in ("right", "wrong"):
        (tmp_path / name).mkdir()
    assert resume.check("short", 1, tmp_path / "right", fake()).is_kept
    outcome = resume.check("short", 1, tmp_path / "wrong", fake("wrong"))
    assert not outcome.is_kept and outcome.failures[0].endswith("what differs from a run that was left alone: weights")


def test_a_run_that_cannot_be_killed_in_time_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "MOST_RUNS", 2)
    monkeypatch.setattr(resume, "ends_before", lambda process, seconds: True)
    outcome = resume.check("short", 1, tmp_path, fake())
    assert outcome.failures == ("eligibility traces, stochastic rounding: 0 of 1 kills came before the end of a run, in 2 runs",)


def test_signals_end_runs_in_time_with_a_checkpoint(plain, tmp_path, monkeypatch):
    monkeypatch.setattr(signals, "WITHIN_S", 8.0)  # other tests are at work
    outcome = signals.check("short", 1, tmp_path)
    assert outcome.is_kept, outcome.failures


@pytest.mark.parametrize(("options", "said"), [
    ({}, ""), ({"handler": "sys.exit(1)"}, "exit code 1"), ({"handler": "(time.sleep(0.8), sys.exit(130))"}, "s to end"),
    ({"gone_on": "wrong"}, "what differs after going on: weights")])
def test_a_program_that_ends_wrongly_is_found(tmp_path, monkeypatch, options, said):
    monkeypatch.setattr(signals, "WITHIN_S", 0.7)
    outcome = signals.check("short", 1, tmp_path, fake(**options))
    assert outcome.is_kept == (not said) and said in " ".join(outcome.failures)


def test_differences_are_named_by_file(tmp_path):
    for name, content in (("one", "1"), ("two", "1"), ("three", "2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text(content)
        (tmp_path / name / "run.json").write_text(f'{{"provenance": "{name}", "x": 1}}')
    assert difference(tmp_path / "one", tmp_path / "two") == "" and difference(tmp_path / "one", tmp_path / "three") == "a.csv"
    (tmp_path / "two" / "left").write_text("")
    assert difference(tmp_path / "one", tmp_path / "two") == "left" and "Error" in difference(tmp_path / "one", tmp_path / "four")
