"""Whether a data set fits a chip."""
from __future__ import annotations

from ..chip import Chip
from ..errors import InputError
from ..refusals import check_shown
from .task import Dataset, Trials


def check_fit(chip: Chip, dataset: Dataset, trials: Trials, batch: int, update: str) -> None:
    """Refuse what does not fit together before anything runs."""
    network, shown, tested = chip.network, trials.inputs.shape, dataset.test.inputs.shape
    check_shown(chip, float(min(trials.inputs.min(), dataset.test.inputs.min())))
    for field, value, needed in (("inputs", network.inputs, shown[3]), ("outputs", network.outputs, trials.targets.shape[3])):
        if value != needed:
            raise InputError(f"network.{field}", f"= {value}; the task has {needed}")
    if update not in ("step", "sequence"):
        raise InputError("train.update", f"= {update!r}; must be 'step' or 'sequence'")
    if shown[2] != batch or (dataset.carries_state and tested[2] != batch):
        raise InputError("train.batch", f"= {batch}; the data has {shown[2]} samples side by side, {tested[2]} in the test")
