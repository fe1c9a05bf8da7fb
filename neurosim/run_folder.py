"""The run folder: made only for what is worth keeping, the same bytes for the same run.

::

    experiment.toml   resolved: every default written out
    run.json          status, verdict, scores, predictors, yardsticks, NeuroBench metrics, provenance; the only file that holds times
    curves.csv        one row per seed and epoch
    curves.png        the same as a figure, and the forecast of the first seed
    chip.png          of the first seed: what is where on the chip, recurrent weights before and after, energy of learning and inference
    ledger.json       operations by seed, array, store and tile; what they cost; what is not known is "unavailable", never 0
    mapping.json      what was used of what the chip has, by seed
    seed-N/           checkpoint.h5: every array that learning changes; weights.h5: effective weights (post, pre)
    standing/         only of a run that is not over: with what it goes on, see keeping.py
"""
from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .errors import InputError
from .experiment import Experiment, digest
from .writing import is_name, put_folder, write_text  # noqa: F401  # callers have the second from here

ATTEMPTS = 100  # at parents that others make and take away

STANDING = "standing"  # in the folder of a run that is not over


def default_folder(experiment: Experiment, file: str) -> Path:
    """``runs/<name of the experiment file>-<start of its digest>``."""
    return Path("runs") / f"{Path(file).stem}-{digest(experiment)[:8]}"


def refuse_existing(folder: Path) -> None:
    """Refuse to write into what is there."""
    if os.path.isdir(folder / STANDING):
        raise InputError(str(folder), f"already exists and holds a run that was stopped; neurosim resume {folder} goes on with it")
    if os.path.lexists(folder):
        raise InputError(str(folder), "already exists; name another folder with --out, or move this one away")


def claim(folder: Path) -> list[Path]:
    """Make the folder, which must not exist, and return what has been made, outermost first.

    Raises
    ------
    InputError
        If it exists or cannot be made; of two that claim it at once one is refused.
    """
    return _made(folder, Path.mkdir)


def write_folder(folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """`claim` a folder that has these files from its first moment on; all of them or nothing (`writing.put_folder`).

    Raises
    ------
    InputError
        If it exists or cannot be made.
    NeurosimError
        If its files cannot be written.
    """
    return _made(folder, lambda place: put_folder(place, files))


def _made(folder: Path, make: Callable[[Path], None], attempts: int = ATTEMPTS) -> list[Path]:
    """Parents and folder; others may make the same parents at the same time, or take theirs away."""
    refuse_existing(folder)
    if not is_name(folder):
        raise InputError(str(folder), "cannot be made (no folder can have that name)")
    parents: list[Path] = []
    try:
        for parent in reversed(folder.parents):
            if not parent.is_dir():
                with suppress(FileExistsError):  # made by others just now; if it is no folder, the next step fails
                    parent.mkdir()
                    parents.append(parent)
        make(folder)
    except BaseException as error:
        _take_away(parents)
        if FileNotFoundError in (type(error), type(error.__cause__)) and attempts > 1:
            return _made(folder, make, attempts - 1)
        if isinstance(error, FileExistsError):
            refuse_existing(folder)
        if isinstance(error, OSError):
            raise InputError(str(folder), f"cannot be made ({error.strerror or error})") from error
        raise
    return [*parents, folder]


def release(made: Sequence[Path]) -> None:
    """Take away what `claim` made: the run folder with what is in it, its parents if they are empty."""
    shutil.rmtree(made[-1], ignore_errors=True)
    _take_away(made[:-1])


def _take_away(parents: Sequence[Path]) -> None:
    """Those that are empty."""
    for place in reversed(parents):
        with suppress(OSError):
            place.rmdir()
