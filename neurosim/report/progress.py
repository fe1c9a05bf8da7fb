"""The live progress bar: loss, rate and time left."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Watch = Callable[[str, Any], None]
"""(what is being done, `trainer.Progress` or None): called many times while a run goes on."""


@contextmanager
def live(console: Console) -> Iterator[Watch]:
    """A bar per phase of the run on `console`; silent if it is no terminal.

    Yields
    ------
    watch : to be called with the name of the phase and, while training, the trainer's progress
    """
    if not console.is_terminal:  # rich before 15 ends even a bar that shows nothing with a line
        yield lambda phase, state: None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=None), TaskProgressColumn(),
        TextColumn("{task.fields[numbers]}"), TimeElapsedColumn(), TextColumn("ETA"), TimeRemainingColumn())
    bars: dict[str, Any] = {}
    with Progress(*columns, console=console, refresh_per_second=8) as bar:
        def watch(phase: str, state: Any) -> None:
            if phase not in bars:
                finish(bar, bars)
                bars[phase] = bar.add_task(phase, total=state.steps if state else None, numbers="")
            if state is not None:
                bar.update(bars[phase], completed=state.step, total=state.steps, numbers=numbers(state))

        yield watch
        finish(bar, bars)


def finish(bar: Progress, bars: dict[str, Any]) -> None:
    """Let the bars that have no known end stop."""
    for task in bar.tasks:
        if task.id in bars.values() and task.total is None:
            bar.update(task.id, total=1, completed=1)


def numbers(state: Any) -> str:
    """``epoch 3/20 · loss 0.0123 · 12,345 steps/s``."""
    rate = state.step / state.seconds if state.seconds > 0 else 0.0
    return f"epoch {state.epoch}/{state.epochs} · loss {state.loss:.3g} · {rate:,.0f} steps/s"
