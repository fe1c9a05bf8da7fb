"""`neurosim bench` prints ratios, or JSON."""
from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from neurosim.bench import command
from neurosim.bench.limits import Limit
from neurosim.bench.spiking import Agreement
from neurosim.bench.timing import Ratio, Spread, missing
from neurosim.cli import app

LINES = [
    Limit("read", "L1", "GB/s", Spread(200.0, 190.0, 210.0)),
    Ratio("core", "ours", "peer", "us", Spread(2.0, 1.0, 3.0), Spread(5.0, 4.0, 6.0), 2.0),
    missing("core", "ours", "other", "not here"),
    Agreement("cuba", "cv", (0.5, 0.01), (0.6, 0.02), 5)]


@pytest.fixture(autouse=True)
def measured(monkeypatch):
    for name in command.BENCHMARKS:
        monkeypatch.setitem(command.BENCHMARKS, name, lambda is_quick, name=name: [
            line for line in LINES if ("limits" if isinstance(line, Limit) else line.benchmark) == name])


def test_the_command_prints_json_with_the_machine_and_every_spread():
    shown = CliRunner().invoke(app, ["bench", "core", "--json"])
    found = json.loads(shown.stdout)
    assert shown.exit_code == 0 and found["machine"]["processor"] and found["machine"]["caches"]
    assert found["limits"][0]["rate"] == {"median": 200.0, "low": 190.0, "high": 210.0}
    assert found["speed"][0]["ratio"] == 2.5 and found["speed"][0]["ours_time"] == {"median": 2.0, "low": 1.0, "high": 3.0}
    assert found["speed"][1]["ratio"] is None and found["speed"][1]["note"] == "unavailable: not here"


def test_the_command_prints_tables():
    shown = CliRunner().invoke(app, ["bench", "core", "cuba", "--quick"], env={"COLUMNS": "200"})
    assert "2 (1 - 3)" in shown.stdout and "2.50" in shown.stdout and "unavailable: not here" in shown.stdout and "NO" in shown.stdout
    assert "200 (190 - 210)" in shown.stdout


def test_all_benchmarks_run_if_none_is_named():
    assert command.measure(None, True) == LINES
    assert command.measure(["core"], True) == LINES[:3]


def test_an_unknown_benchmark_is_refused():
    shown = CliRunner().invoke(app, ["bench", "speed"])
    assert shown.exit_code == 2 and "must be one of limits, step, sequence, read, threads" in shown.stderr
