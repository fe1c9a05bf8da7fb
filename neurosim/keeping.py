"""What a run keeps while it goes on, so that it can be stopped at any moment and gone on with: the folder ``standing`` in its own.

::

    run.json               what must not have changed when the run goes on: experiment, profile, sources, versions
    seed-N.json            what a finished seed gave; first.h5: what the figures show of the first one
    seed-N/state.json      where the training of this seed stands, and which of the folders beside it holds the arrays
    seed-N/yardsticks.json those that are measured

It is gone when the run is over.  A state is written beside the last one, whose name `state.json` holds until the new one is whole.
"""
from __future__ import annotations

import functools
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from . import checkpoint, stopping
from .bounded import read_json
from .epochs import Place
from .errors import InputError
from .health import Verdict
from .report.provenance import PACKAGE, version
from .report.summary import Outcome
from .run_folder import STANDING
from .run_record import Session
from .standing import Standing
from .writing import ensure_folder, held, write_text
from .yardsticks import Yardstick

RUN, STATE, YARDSTICKS, FIRST, LOCK = "run.json", "state.json", "yardsticks.json", "first.h5", ".lock"
EVERY_S = 30.0
MAX_BYTES = 2**28  # of one JSON file
PACKAGES = ("numpy", "numba", "scipy")  # whose versions may decide about a byte
BY_SEED = ("mapping", "counts", "arrays", "costs", "neurobench")  # of a Session


@functools.cache
def sources_digest() -> str:
    """SHA-256 of all Python files of the package."""
    found = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        found.update(f"{path.relative_to(PACKAGE).as_posix()} {path.stat().st_size} ".encode() + path.read_bytes())
    return found.hexdigest()


def fixed(session: Session) -> dict[str, Any]:
    """What decides about the bytes of a run."""
    return {"schema": 1, **session.facts, "neurosim": sources_digest(), **{name: version(name) for name in PACKAGES}}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run for this process; it is let go whatever ends the process.

    Raises
    ------
    InputError
        If another process holds it, its folder cannot be written, or there is nothing to go on with: its run may have ended just now.
    """
    place = folder / STANDING
    ensure_folder(place)
    with held(place / LOCK, folder):
        if not (place / RUN).is_file():
            with suppress(OSError):  # something of it is left
                (place / LOCK).unlink(missing_ok=True)
                place.rmdir()
            raise nothing_left(folder)
        yield


def nothing_left(folder: Path) -> InputError:
    """That there is nothing to go on with."""
    return InputError(str(folder), "its run is over" if (folder / RUN).is_file() else "holds no run that could go on")


def beginning(session: Session, file: str) -> dict[str, str]:
    """The files, by name in the folder of the run, that say what run this is."""
    return {f"{STANDING}/{RUN}": text_of({**fixed(session), "file": file})}


def check(session: Session) -> None:
    """Refuse to go on with a run that something has changed under.

    Raises
    ------
    InputError
        One sentence that says what.
    """
    kept, now = read(session.folder / STANDING / RUN), fixed(session)
    names = {"schema": "another version of neurosim", "experiment": "another experiment, or other data", "profile": "another profile",
             "neurosim": "other sources of neurosim"}
    for name, value in now.items():
        if kept.get(name) != value:
            found = names.get(name) or f"{name} {kept.get(name)}, and here it is {value}"
            raise InputError(str(session.folder), f"was begun with {found}; going on would not give what it was to give, run it anew")


def end(folder: Path) -> None:
    """Nothing is left to go on with."""
    with suppress(OSError):
        (folder / STANDING / RUN).unlink()  # first, so that who gets the lock now does not go on with what is left
    shutil.rmtree(folder / STANDING, ignore_errors=True)


# ---- a seed that is being trained --------------------------------------------------------------------------------------
def keeper(place: Path, every_s: float, elapsed: Callable[[], float]) -> Callable[[Callable[[], Standing | None], bool], None]:
    """What `trainer.train` calls between pieces: writes where it stands every so many seconds, at the end, and when a signal came."""
    due = [time.monotonic() + every_s]

    def keep(take: Callable[[], Standing | None], is_over: bool) -> None:
        if time.monotonic() < due[0] and not is_over and not stopping.is_asked():
            return
        standing = take()
        if standing is not None:
            save(place, standing, elapsed())
        due[0] = time.monotonic() + every_s

    return keep


def save(place: Path, standing: Standing, seconds: float) -> None:
    """Write where a training stands; until all of it is on the disk, what was written last is what counts.

    Parameters
    ----------
    place : folder of the seed
    seconds : of wall time that the run has taken so far
    """
    at = standing.place
    sums = {} if at.sums is None else {"sums": at.sums}
    arrays = {**sums, **{f"arrays/{name}": array for name, array in standing.arrays.items()},
              **{f"kept/{name}": array for name, array in standing.kept.items()}}
    ensure_folder(place)
    before = [entry for entry in place.iterdir() if entry.is_dir()]
    name = f"state-{1 + max((int(entry.name.rpartition('-')[2]) for entry in before), default=0)}"
    ensure_folder(place / name)
    packs = packed(arrays)
    for k, pack in enumerate(packs):
        checkpoint.save(place / name / f"{k}.h5", pack, {"part": k})
    write(place / STATE, {
        "schema": 1, "arrays": name, "parts": len(packs), "epoch": standing.epoch, "place": [at.block, at.trial, at.step],
        "done": standing.done, "shown": standing.shown, "before": standing.before, "losses": standing.losses, "curves": standing.curves,
        "seconds": seconds})
    for entry in before:
        shutil.rmtree(entry, ignore_errors=True)


def packed(arrays: Mapping[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """The arrays in groups that a checkpoint can hold."""
    packs: list[dict[str, np.ndarray]] = [{}]
    for name, array in arrays.items():
        if packs[-1] and sum(other.nbytes for other in packs[-1].values()) + array.nbytes > checkpoint.MAX_BYTES:
            packs.append({})
        packs[-1][name] = array
    return packs


def standing_of(place: Path, real: Any) -> tuple[Standing | None, float]:
    """Where the training of a seed stands, None if nothing is kept of it, and the seconds of its run until then.

    Parameters
    ----------
    real : type of the working precision, which weights of losses have
    """
    if not (place / STATE).is_file():
        return None, 0.0
    found, arrays = read(place / STATE), {}
    with understood(place / STATE):
        for k in range(found["parts"]):
            arrays.update(checkpoint.load(place / Path(found["arrays"]).name / f"{k}.h5")[0])
        inner = {kind: {name.removeprefix(kind): array for name, array in arrays.items() if name.startswith(kind)}
                 for kind in ("arrays/", "kept/")}
        block, trial, step = found["place"]
        losses = [(float(loss), real(weight)) for loss, weight in found["losses"]]
        return Standing(
            found["epoch"], Place(block, trial, step, arrays.get("sums")), found["done"], found["shown"], losses, found["curves"],
            inner["arrays/"], inner["kept/"], found["before"]), float(found["seconds"])


def yardsticks_of(place: Path) -> dict[str, Yardstick]:
    """Those that are measured, by name."""
    path = place / YARDSTICKS
    with understood(path):
        return {one[0]: Yardstick(*one) for one in read(path)["found"]} if path.is_file() else {}


def keep_yardsticks(place: Path, found: list[Yardstick]) -> None:
    """Keep those that are measured."""
    ensure_folder(place)
    write(place / YARDSTICKS, {"found": found})


# ---- a seed that is done ------------------------------------------------------------------------------------------------
def keep_seed(session: Session, seed: int, seconds: float) -> None:
    """Keep what a finished seed gave, in place of where its training stood."""
    place, outcome = session.folder / STANDING, session.outcomes[-1]
    if not (place / FIRST).exists():
        shown = {"targets": session.forecast[0], "outputs": session.forecast[1]}
        before, after, exists = session.recurrent
        checkpoint.save(place / FIRST, {**shown, "before": before, "after": after, "exists": exists}, {"seed": seed})
    write(place / f"seed-{seed}.json", {
        "schema": 1, "rows": [row for row in session.rows if row["seed"] == seed], "outcome": outcome, "verdict": session.verdicts[seed],
        **{name: getattr(session, name)[str(seed)] for name in BY_SEED}, "seconds": seconds})
    shutil.rmtree(place / f"seed-{seed}", ignore_errors=True)


def recall_seed(session: Session, seed: int) -> float | None:
    """Put what a finished seed gave into the session; the seconds of the run until then, None if it is not done."""
    place = session.folder / STANDING
    path = place / f"seed-{seed}.json"
    if not path.is_file():
        return None
    found = read(path)
    with understood(path):
        if not session.forecast:
            shown, _ = checkpoint.load(place / FIRST)
            session.forecast.extend((shown["targets"], shown["outputs"]))
            session.recurrent.extend((shown["before"], shown["after"], shown["exists"]))
        session.rows.extend(found["rows"])
        for name in BY_SEED:
            getattr(session, name)[str(seed)] = found[name]
        number, scores, predictors, yardsticks, about = found["outcome"]
        session.outcomes.append(Outcome(number, scores, predictors, [Yardstick(*one) for one in yardsticks], about))
        session.verdicts[seed] = Verdict(*found["verdict"])
        return float(found["seconds"])


# ---- files ----------------------------------------------------------------------------------------------------------------
def write(path: Path, record: Mapping[str, Any]) -> None:
    """Write JSON."""
    write_text(path, text_of(record))


def text_of(record: Mapping[str, Any]) -> str:
    """JSON in which every number reads back exactly, those included that are not finite."""
    return json.dumps(record, default=plain)


def plain(value: Any) -> Any:
    """A number of NumPy as one of Python."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value).__name__)


def read(path: Path) -> dict[str, Any]:
    """What `write` wrote.

    Raises
    ------
    InputError
        If it is nothing of the kind.
    """
    return read_json(path, "what a run keeps of itself", most=MAX_BYTES)


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """One sentence for whatever is wrong with a file of this folder."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(str(path), f"is not what a run keeps of itself ({type(error).__name__}); run it anew") from error
