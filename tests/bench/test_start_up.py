"""Start-up is measured in processes of their own; no time is asserted."""
from __future__ import annotations

import pytest

from neurosim.bench import first, start
from neurosim.bench.peers import Unavailable


def test_a_process_is_measured_or_says_why_not(tmp_path):
    assert start.used_by(["-c", "sum(range(10**6))"], tmp_path) > 0
    assert start.process(["-c", "print('said')"], None)[1] == "said\n"
    with pytest.raises(Unavailable, match="ValueError: boom"):
        start.process(["-c", "raise ValueError('boom')"], None)


def test_a_run_that_begins_gets_as_far_as_its_first_block(monkeypatch, tmp_path):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    (tmp_path / "tiny.toml").write_text(start.TINY.replace("hidden = 20", "hidden = 2"))
    found = first.begin(str(tmp_path / "tiny.toml"))
    assert 0 < found["test_s"] <= found["block_s"]


def test_there_is_a_line_for_every_start(monkeypatch):
    monkeypatch.setattr(start, "process", lambda arguments, cache: (
        2.0, '{"test_s": 3.0, "block_s": 4.0}') if cache is None else (1.0, '{"test_s": 1.5, "block_s": 2.5}'))
    lines = start.start(1, 1)
    assert [line.ours for line in lines] == [
        "import neurosim, warm", "neurosim run to the first loop, warm", "neurosim run to the first block, warm",
        "neurosim run, whole, warm", "neurosim run to the first loop, cold", "neurosim run to the first block, cold"]
    assert lines[0].note == "at most 0.1 s" and [line.ours_time.median for line in lines] == [1.0, 1.5, 2.5, 1.0, 3.0, 4.0]
    assert lines[-1].peer_time.median == 2.0
