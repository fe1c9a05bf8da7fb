"""One case of a comparison: an experiment with one seed, run by itself and kept under the digest of its settings."""
from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from .. import __version__
from ..accounts import cost_of
from ..bounded import read_json
from ..errors import DivergenceError, InputError
from ..experiment import Experiment, digest
from ..report.cost import brief
from ..report.text import json_text
from ..run_folder import write_folder
from ..session import prepare, profile_of
from ..writing import write_text

CASES = "cases"  # the folder of them
Scores = dict[str, float]


class Found(NamedTuple):
    """What a case gave: scores by name, and what it cost (`report.cost.brief`, of the one seed; empty for what diverged)."""

    scores: Scores
    cost: dict[str, Any]


def begin(folder: Path) -> None:
    """Make a folder for cases, or go on with the one that is there.

    Raises
    ------
    InputError
        If it is the folder of something else, or cannot be made.
    """
    if not (folder / CASES).is_dir():
        try:
            write_folder(folder, {f"{CASES}/": ""})
        except InputError:
            if not (folder / CASES).is_dir():  # otherwise another process began just now, and both find the same
                raise


def single(experiment: Experiment, seed: int, without: tuple[str, ...]) -> Experiment:
    """The experiment with one seed and with these effects of the chip off."""
    return experiment.model_copy(update={
        "train": experiment.train.model_copy(update={"seeds": (seed,)}),
        "chip": experiment.chip.model_copy(update={"without": without or None})})


def case_digest(case: Experiment) -> str:
    """SHA-256 of everything that decides the outcome: settings, the numbers of the chip that is left, and the version of this program."""
    bare = {"without": None, "numbers": None, "noise_scale": None, "weight_bits": None}  # what they do is in the numbers
    plain = case.model_copy(update={"chip": case.chip.model_copy(update=bare)})
    profile = profile_of(case)
    numbers = profile.model_dump_json(exclude={"file", "digest", "sources", "chip"}, exclude_none=True)
    return hashlib.sha256("\n".join((digest(plain), profile.chip.kind, numbers, __version__)).encode()).hexdigest()


def outcome(case: Experiment) -> Found:
    """Train one case: its scores, and with ``frozen_`` before their names those of an untrained network with a fitted readout; its cost.

    What diverged has the score NaN under ``test_mse`` and no others.  The frozen network is left out where `train.yardsticks` is off.
    """
    from .. import trainer, yardsticks

    seed, cost = case.train.seeds[0], {}
    parts, chip = prepare(case, profile_of(case), seed)
    try:
        run = trainer.train(
            chip, parts.dataset, parts.rule, epochs=parts.epochs, batch=parts.batch, seed=seed, update=parts.update, regime=parts.regime)
        scores = dict(run.scores)
        cost = brief({str(seed): cost_of(run)})[str(seed)]
    except DivergenceError:
        scores = {"test_mse": math.nan}
    if case.train.yardsticks:
        try:
            frozen, _ = yardsticks.frozen_least_squares(parts)
        except DivergenceError:
            frozen = {"mse": math.nan}
        scores |= {f"frozen_{'test_mse' if name == 'mse' else name}": value for name, value in frozen.items()}
    return Found(scores, cost)


def kept(case: Experiment, folder: Path, run: Callable[[Experiment], Found] = outcome) -> tuple[Found, bool]:
    """What a case gave, from its file in `folder` if that is there, and whether it was.

    Raises
    ------
    InputError
        If the file is none that was written here.
    """
    path = folder / f"{case_digest(case)}.json"
    if path.exists():
        return read(path), True
    found = run(case)
    write_text(path, json_text({
        "seed": case.train.seeds[0], "profile": case.chip.profile, "without": list(case.chip.without or ()), **found._asdict()}))
    return found, False


def read(path: Path) -> Found:
    """What a case gave, from its file; a score that is null there is NaN."""
    try:
        kept = read_json(path, "a finished case")
        scores = {str(name): math.nan if value is None else float(value) for name, value in kept["scores"].items()}
        return Found(scores, dict(kept["cost"]))
    except (InputError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = error.problem if isinstance(error, InputError) else type(error).__name__
        raise InputError(str(path), f"is no finished case ({reason}); delete it and it is run again") from error
