"""What several commands share."""
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import permission
from ..terminal import output, print_json, show_bill

if TYPE_CHECKING:
    from pathlib import Path

    from ..experiment import Experiment

OwnCode = Annotated[bool, typer.Option(
    permission.OPTION, help="Run rules and tasks that the file names as module:Class: code of somebody's own, which can do anything.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]


def permit(own_code: bool) -> None:
    """Let the command run what its files name."""
    permission.allow([permission.EVERYTHING] if own_code else ())


def shortened(experiment: Experiment) -> Experiment:
    """One epoch of the first seed."""
    train = experiment.train.model_copy(update={"epochs": 1, "seeds": experiment.train.seeds[:1], "bptt_epochs": 1})
    return experiment.model_copy(update={"train": train})


def show_run(folder: Path, record: dict[str, Any], as_json: bool) -> None:
    """What came out of a run, and where it is."""
    if as_json:
        print_json({"folder": str(folder), **record})
        return
    from ..report.table import result_table

    console = output()
    console.print(result_table(record))
    show_bill(folder)
    place = str(folder).encode("utf-8", "backslashreplace").decode()
    console.print(f"results in {place}", markup=False, highlight=False, soft_wrap=True)
