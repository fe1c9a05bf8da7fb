"""The progress bar."""
from __future__ import annotations

import io

import pytest
from rich.console import Console

from neurosim.report.progress import live, numbers
from neurosim.trainer import Progress


def drawn(is_terminal) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=is_terminal, width=120, color_system=None, _environ={})
    with live(console) as watch:
        watch("seed 1", Progress(1, 2, 50, 200, 0.25, 0.5))
        watch("seed 1", Progress(2, 2, 200, 200, 0.125, 2.0))
        watch("seed 1: true BPTT", None)
    return stream.getvalue()


def test_epoch_loss_and_rate_are_shown():
    assert numbers(Progress(3, 20, 5000, 10_000, 0.012345, 2.0)) == "epoch 3/20 · loss 0.0123 · 2,500 steps/s"
    assert numbers(Progress(1, 1, 0, 1, 0.5, 0.0)).endswith("0 steps/s")


def test_a_terminal_sees_phases_loss_rate_and_time_left():
    text = drawn(True)
    for part in ("seed 1", "loss 0.125", "100 steps/s", "ETA", "100%", "seed 1: true BPTT"):
        assert part in text


def test_what_is_no_terminal_sees_nothing():
    assert drawn(False) == ""


def test_an_error_passes_through():
    with pytest.raises(KeyboardInterrupt), live(Console(file=io.StringIO())) as watch:
        watch("seed 1", None)
        raise KeyboardInterrupt
