"""`neurosim bench` prints ratios, or JSON."""
from __future__ import annotations

import json

from typer.testing import CliRunner

from neurosim.bench import command, spiking
from neurosim.bench.timing import Ratio
from neurosim.cli import app


def test_the_command_prints_ratios_or_json(monkeypatch):
    line = Ratio("core", "ours", "peer", "us", 2.0, 5.0, 2.0)
    monkeypatch.setitem(command.KERNELS, "core", lambda repeats: [line])
    agreement = spiking.Agreement("cuba", "cv", (0.5, 0.01), (0.6, 0.02), 5)
    monkeypatch.setattr(command, "_network", lambda model, is_quick: ([], [agreement]))
    shown = CliRunner().invoke(app, ["bench", "core", "--json"])
    assert shown.exit_code == 0 and json.loads(shown.stdout)["speed"][0]["ratio"] == 2.5
    shown = CliRunner().invoke(app, ["bench", "core", "cuba", "--quick"])
    assert "2.50" in shown.stdout and "NO" in shown.stdout
    shown = CliRunner().invoke(app, ["bench", "speed"])
    assert shown.exit_code == 2 and "must be one of cuba, brunel, event_rate, core" in shown.stderr
