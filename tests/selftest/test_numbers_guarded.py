"""Numbers are guarded here, and one that nobody looks at is found."""
from __future__ import annotations

from neurosim import trainer, trials
from neurosim.errors import DivergenceError, InputError
from neurosim.selftest import numbers_guarded
from neurosim.selftest.numbers_guarded import Point, check, tried


def test_numbers_are_guarded(tmp_path):
    outcome = check("short", 1, tmp_path)
    assert outcome.is_kept, outcome.failures


def test_what_nobody_looks_at_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "unfit", lambda *given: None)
    monkeypatch.setattr(trainer, "astray", lambda *given: None)
    outcome = check("short", 1, tmp_path)
    told = " ".join(outcome.failures)
    assert "input of epoch 1, spikes, nan: nobody noticed" in told and "conductance, spikes, delays, nan: nobody noticed" in told


def test_a_message_that_names_nothing_is_found():
    def diverge(value):
        raise DivergenceError(3, "loss", "")

    def refuse(value):
        raise InputError("", "")

    assert tried(Point("", diverge, lambda: b""), 1.0).startswith("the message names no unit, last_good")
    assert tried(Point("", refuse, lambda: b""), 1.0).startswith("the message names nothing")
    assert tried(Point("", lambda value: b"1", lambda: b"1"), 1.0) == "harmless"
    assert len(numbers_guarded.PROFILE) == 12
