"""The command that checks what neurosim promises."""
from __future__ import annotations

from typing import Annotated

import typer

from ..terminal import output, print_json, show, tell
from .common import AsJson


def selftest(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME ...]", help="Promises to check; all if absent.")] = None,
    full: Annotated[bool, typer.Option("--full", help="The samples that the README's figures are of: about an hour.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is random in it.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Check on this machine what is promised: same bytes, exact resume, nothing lost, nothing executed; exit code 1 if one is not kept."""
    from ..selftest import command

    size: command.Size = "full" if full else "short"
    lines = command.check(names or (), size, seed, tell)
    if as_json:
        print_json(command.as_json(lines, size, seed))
    else:
        show(command.HEADER, command.rows_of(lines))
        for note in command.notes_of(lines):
            output().print(note, markup=False, highlight=False, soft_wrap=True)
    if not all(line.outcome.is_kept for line in lines):
        raise typer.Exit(1)
