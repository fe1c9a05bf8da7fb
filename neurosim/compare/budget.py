"""What a rule may spend in training: forward passes fix the number of epochs, writes and joules stop it when they are spent."""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ..contract import passes
from ..errors import InputError
from ..rules.rule import Parts
from ..trials import Arrays
from ..wiring import sizes_of

PASSES = "forward_passes"
Until = Callable[[dict[str, Any]], bool]


def within(
    case: Any, chip: Any, budget: Mapping[str, float], adapt: Callable[[Parts], Parts] | None = None
) -> tuple[int, Until | None]:
    """Epochs of a run, and when to stop it earlier.

    Parameters
    ----------
    case : yardsticks.Case
    budget : of `settings.Budget`, one amount or none
    adapt : as of `trainer.train`

    Raises
    ------
    InputError
        If one epoch is more than the forward passes, or nobody counts what is limited.
    """
    if PASSES in budget:
        each = passes_of_epoch(case, chip, adapt)
        epochs = int(budget[PASSES] // each)
        if epochs < 1:
            raise InputError("compare.budget.forward_passes", f"= {budget[PASSES]:g}; one epoch takes {each} (steps x samples x passes)")
        return epochs, None
    for name, amount in budget.items():
        return case.epochs, spent(name, amount, case.profile.file)
    return case.epochs, None


def spent(name: str, amount: float, file: str) -> Until:
    """Whether a column of the curve has reached an amount."""
    def until(row: dict[str, Any]) -> bool:
        if not math.isfinite(row[name]):
            raise InputError(f"compare.budget.{name}", f"= {amount:g}; on {file} nobody knows {name}, so that it is no budget")
        return bool(row[name] >= amount)
    return until


def passes_of_epoch(case: Any, chip: Any, adapt: Callable[[Parts], Parts] | None = None) -> int:
    """Network steps of one sample in an epoch, all passes of the rule counted."""
    arrays = Arrays(case.dataset.train(0), chip, case.regime)
    samples, steps = case.batch * case.regime.copies, arrays.weight.shape[1]
    update = case.update or ("sequence" if case.regime.window else case.dataset.update)
    parts = case.rule.build(sizes_of(chip, samples, update, steps, arrays.weight.shape[0], case.regime.optimizer.decay))
    parts = adapt(parts) if adapt else parts
    return int(arrays.weight.size * samples * max(passes(parts.hidden), passes(parts.output)))
