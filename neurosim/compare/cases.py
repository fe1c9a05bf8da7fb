"""One case of a comparison: an experiment with one seed, run by itself and kept under the digest of its settings."""
from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import DivergenceError, InputError
from ..experiment import Experiment, digest
from ..report.text import json_text
from ..run_folder import write_text
from ..session import prepare, profile_of

Scores = dict[str, float]


def single(experiment: Experiment, seed: int, without: tuple[str, ...]) -> Experiment:
    """The experiment with one seed and with these effects of the chip off."""
    return experiment.model_copy(update={
        "train": experiment.train.model_copy(update={"seeds": (seed,)}),
        "chip": experiment.chip.model_copy(update={"without": without or None})})


def case_digest(case: Experiment) -> str:
    """SHA-256 of everything that decides the outcome: settings, the numbers of the chip that is left, and the version of this program."""
    plain = case.model_copy(update={"chip": case.chip.model_copy(update={"without": None})})
    numbers = profile_of(case).model_dump_json(exclude={"file", "digest", "sources", "chip", "energy"}, exclude_none=True)
    return hashlib.sha256("\n".join((digest(plain), numbers, __version__)).encode()).hexdigest()


def outcome(case: Experiment) -> Scores:
    """Train one case: its scores, and with ``frozen_`` before their names those of an untrained network with a fitted readout.

    What diverged has the score NaN under ``test_mse`` and no others.  The frozen network is left out where `train.yardsticks` is off.
    """
    from .. import trainer, yardsticks

    seed = case.train.seeds[0]
    parts, chip = prepare(case, profile_of(case), seed)
    try:
        run = trainer.train(
            chip, parts.dataset, parts.rule, epochs=parts.epochs, batch=parts.batch, seed=seed, update=parts.update, regime=parts.regime)
        scores = dict(run.scores)
    except DivergenceError:
        scores = {"test_mse": math.nan}
    if case.train.yardsticks:
        try:
            frozen, _ = yardsticks.frozen_least_squares(parts)
        except DivergenceError:
            frozen = {"mse": math.nan}
        scores |= {f"frozen_{'test_mse' if name == 'mse' else name}": value for name, value in frozen.items()}
    return scores


def kept(case: Experiment, folder: Path, run: Callable[[Experiment], Scores] = outcome) -> tuple[Scores, bool]:
    """Scores of a case, from its file in `folder` if that is there, and whether they were.

    Raises
    ------
    InputError
        If the file is none that was written here.
    """
    path = folder / f"{case_digest(case)}.json"
    if path.exists():
        return read(path), True
    scores = run(case)
    write_text(path, json_text({"seed": case.train.seeds[0], "without": list(case.chip.without or ()), "scores": scores}))
    return scores, False


def read(path: Path) -> Scores:
    """Scores from a file; what is null there is NaN."""
    try:
        scores: Any = json.loads(path.read_text(encoding="utf-8"))["scores"]
        return {str(name): math.nan if value is None else float(value) for name, value in scores.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(str(path), f"is no finished case ({type(error).__name__}); delete it and it is run again") from error
