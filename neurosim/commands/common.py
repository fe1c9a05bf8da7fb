"""What several commands share."""
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..experiment import Experiment

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]


def shortened(experiment: Experiment) -> Experiment:
    """One epoch of the first seed."""
    train = experiment.train.model_copy(update={"epochs": 1, "seeds": experiment.train.seeds[:1], "bptt_epochs": 1})
    return experiment.model_copy(update={"train": train})
