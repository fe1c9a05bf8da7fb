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

import errno
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .errors import InputError, NeurosimError
from .experiment import Experiment, digest
from .writing import is_name, put_folder

FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # of the disk: another name would not help
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


def write_folder(folder: Path, files: Mapping[str, str | bytes], attempts: int = ATTEMPTS) -> list[Path]:
    """Make a folder, which must not exist, with these files in it from its first moment on, and return what has been made, outermost first.

    All of the files or nothing (`writing.put_folder`).  Others may make the same parents at the same time, or take theirs away.

    Raises
    ------
    InputError
        If it exists or cannot be made; of two that make it at once one is refused.
    NeurosimError
        If its files cannot be written.
    """
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
        put_folder(folder, files)
    except BaseException as error:
        _take_away(parents)
        cause = error.__cause__ if isinstance(error, NeurosimError) else error
        if isinstance(cause, FileNotFoundError) and attempts > 1:
            return write_folder(folder, files, attempts - 1)
        if isinstance(cause, OSError) and not isinstance(error, InputError) and cause.errno not in FAULTS:
            raise InputError(str(folder), f"cannot be made ({cause.strerror or cause})") from cause
        raise
    return [*parents, folder]


def release(made: Sequence[Path]) -> None:
    """Take away what `write_folder` made: the run folder with what is in it, its parents if they are empty."""
    shutil.rmtree(made[-1], ignore_errors=True)
    _take_away(made[:-1])


def _take_away(parents: Sequence[Path]) -> None:
    """Those that are empty."""
    for place in reversed(parents):
        with suppress(OSError):
            place.rmdir()
