"""A comparison while it runs: done, running, failed, time left, best so far."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

MOST_SHOWN = 8


@contextmanager
def live(console: Console) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """A table on `console` that follows ``progress.json``; silent if it is no terminal, but for a line whenever a run fails.

    Yields
    ------
    watch : to be called with the state
    """
    told = 0
    with Live(console=console, refresh_per_second=4, transient=True) if console.is_terminal else _Silent() as screen:
        def watch(state: Mapping[str, Any]) -> None:
            nonlocal told
            screen.update(view(state))
            for failure in state["failures"][max(0, len(state["failures"]) - (state["failed"] - told)):]:
                console.print(f"failed: {place(failure)}: {failure['message']}", markup=False, highlight=False, soft_wrap=True)
            told = state["failed"]

        yield watch


class _Silent:
    """No terminal, no table."""

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def update(self, view: RenderableType) -> None:
        """Show nothing."""


def view(state: Mapping[str, Any]) -> RenderableType:
    """The state as it is shown."""
    left = "" if state["eta_s"] is None else f", {clock(state['eta_s'])} left"
    head = (f"{state['done']} of {state['total']} runs done ({state['cached']} were there), {len(state['running'])} running, "
            f"{state['failed']} failed; {clock(state['elapsed_s'])}{left}")
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in state["running"][:MOST_SHOWN]:
        table.add_row(Text("running", style="cyan"), Text(place(one)), Text(clock(one["since_s"])))
    for one in state["best"]:
        table.add_row(Text("best", style="green"), Text(place(one)), Text(f"{one['score']} {one['value']:.4g}"))
    return Group(Text(head), ProgressBar(total=max(state["total"], 1), completed=state["done"], width=60), table)


def place(one: Mapping[str, Any]) -> str:
    """A run in words."""
    kind = "" if one.get("kind", "learn") == "learn" else f" ({one['kind'].replace('_', ' ')})"
    return ", ".join(map(str, one["point"].values())) + f", seed {one['seed']}{kind}"


def clock(seconds: float) -> str:
    """``1:02:03`` or ``2:03``."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
