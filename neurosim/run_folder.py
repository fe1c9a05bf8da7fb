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
"""
from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import InputError, NeurosimError
from .experiment import Experiment, digest


def default_folder(experiment: Experiment, file: str) -> Path:
    """``runs/<name of the experiment file>-<start of its digest>``."""
    return Path("runs") / f"{Path(file).stem}-{digest(experiment)[:8]}"


def refuse_existing(folder: Path) -> None:
    """Refuse to write into what is there."""
    if os.path.lexists(folder):
        raise InputError(str(folder), "already exists; name another folder with --out, or move this one away")


def claim(folder: Path) -> list[Path]:
    """Make the folder, which must not exist, and return what has been made, outermost first.

    Raises
    ------
    InputError
        If it exists or cannot be made.
    """
    refuse_existing(folder)
    made: list[Path] = []
    try:
        for place in (*reversed(folder.parents), folder):
            if place == folder or not place.exists():
                place.mkdir()
                made.append(place)
    except (OSError, ValueError) as error:
        release(made)
        raise InputError(str(folder), f"cannot be made ({getattr(error, 'strerror', None) or error})") from error
    return made


def release(made: Sequence[Path]) -> None:
    """Take away what `claim` made: the run folder with what is in it, its parents if they are empty."""
    for depth, place in enumerate(reversed(made)):
        if depth == 0:
            shutil.rmtree(place, ignore_errors=True)
        elif not any(place.iterdir()):
            place.rmdir()


def write_folder(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Make a folder with these files, all of them or nothing.

    Raises
    ------
    InputError
        If it exists or cannot be made.
    """
    made = claim(folder)
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        unfinished.mkdir()
        for name, content in files.items():
            (unfinished / name).parent.mkdir(parents=True, exist_ok=True)
            (unfinished / name).write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(unfinished, folder)  # which is empty
    except BaseException as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        release(made)
        if isinstance(error, OSError):
            raise InputError(str(folder), f"cannot be written ({error.strerror})") from error
        raise


def write_text(path: Path, text: str) -> None:
    """Write a file, all of it or nothing."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(unfinished, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise NeurosimError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        unfinished.unlink(missing_ok=True)
