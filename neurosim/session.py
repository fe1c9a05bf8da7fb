"""A run from beginning to end: learn once per seed, measure the yardsticks, keep what came of it; and the same from where it stopped."""
from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from . import checkpoint, keeping, permission, stopping
from . import experiment as experiments
from .accounts import cost_of, counted, spent_of
from .errors import DivergenceError, IdleError, NeurosimError
from .experiment import Experiment, digest, named, resolved
from .own_code import explained
from .preparing import prepare, profile_of
from .report.summary import Outcome
from .run_folder import STANDING, refuse_existing, release, write_folder
from .run_record import EXPERIMENT, Session, finish, sentences, status_of
from .writing import ensure_folder

Watch = Callable[[str, Any], None]
"""(what is being done, `trainer.Progress` or None): called many times while a run goes on."""


def perform(
    experiment: Experiment, folder: str | os.PathLike[str], file: str = "experiment", command: str = "",
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Run an experiment for every seed and write its folder.

    Parameters
    ----------
    folder : must not exist
    file : name of the experiment file, for messages
    command : for the provenance

    Returns
    -------
    What ``run.json`` holds.

    Raises
    ------
    InputError
        Before anything is written.
    DivergenceError
        The folder then holds the last good state, and the message says where.
    IdleError
        Training ended, but nothing was learned, or nothing perturbed; the folder is complete, and the message says where.
    KeyboardInterrupt
        The folder then holds where the run stands, and `resume` goes on with it; it is gone if there was nothing to keep.
    """
    folder, began = Path(folder), time.perf_counter()
    refuse_existing(folder)
    with one_thread(), named(file), explained(type(experiment.rule), type(experiment.task)):
        profile = profile_of(experiment)
        first = prepare(experiment, profile, experiment.train.seeds[0])
    session = session_of(experiment, folder, profile, command, began)
    made = write_folder(folder, {EXPERIMENT: resolved(experiment), **keeping.beginning(session, file)})  # an empty folder is nobody's
    with keeping.locked(folder):
        return carry_on(session, file, watch, made, first)


def resume(folder: str | os.PathLike[str], command: str = "", watch: Watch | None = None) -> dict[str, Any]:
    """Go on with a run that was stopped, to the same bytes as if it had not been; times and provenance aside.

    Raises
    ------
    InputError
        If nothing in the folder can be gone on with, or the experiment, its data, the profile or the sources are not what they were.
    DivergenceError, IdleError, KeyboardInterrupt
        As `perform`.
    """
    folder, began = Path(folder), time.perf_counter()
    if not (folder / STANDING).is_dir():
        raise keeping.nothing_left(folder)
    with keeping.locked(folder):
        file = str(keeping.read(folder / STANDING / keeping.RUN).get("file"))
        experiment = experiments.load(folder / EXPERIMENT)
        with named(file):
            profile = profile_of(experiment)
        session = session_of(experiment, folder, profile, command, began)
        keeping.check(session)
        return carry_on(session, file, watch)


def session_of(experiment: Experiment, folder: Path, profile: Any, command: str, began: float) -> Session:
    """Nothing is reached yet."""
    return Session(experiment, folder, profile, command, began, {"experiment": digest(experiment), "profile": str(profile.digest)})


@contextmanager
def one_thread() -> Iterator[None]:
    """Let linear algebra run on one thread: how sums are split decides about their last digit."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def carry_on(
    session: Session, file: str, watch: Watch | None, made: list[Path] | None = None, first: tuple[Any, Any] | None = None,
) -> dict[str, Any]:
    """Learn what is not learned yet, and finish.

    Parameters
    ----------
    made : what `write_folder` made, to be taken away if nothing is worth keeping; None if the run was begun before
    first : case and chip of the first seed, if they are there already
    """
    experiment, folder, watch = session.experiment, session.folder, watch or (lambda phase, state: None)
    again = f"what was reached is in {folder}; neurosim resume {folder}{permission.option()} goes on"
    stopping.note(again)
    try:
        with one_thread(), named(file), explained(type(experiment.rule), type(experiment.task)):
            for k, seed in enumerate(experiment.train.seeds):
                seconds = keeping.recall_seed(session, seed)
                if seconds is None:
                    learn(session, *(first if first and k == 0 else prepare(experiment, session.profile, seed)), watch)
                    keeping.keep_seed(session, seed, elapsed(session))
                elif seconds > elapsed(session):
                    session.earlier[0] += seconds - elapsed(session)
    except BaseException as error:
        if made is not None and not reached(session):
            release(made)
            raise
        try:
            finish(session, status_of(error), str(error))
        except NeurosimError as full:
            if isinstance(error, Exception):  # which says more than that its record cannot be written either
                raise error from full
            raise
        if isinstance(error, DivergenceError):
            keeping.end(folder)  # it would diverge again
        if isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt(again) from error
        raise
    problems = sentences(session, "errors")
    record = finish(session, "nothing happened" if problems else "complete", "; ".join(problems))
    keeping.end(folder)
    if problems:
        raise IdleError(f"nothing happened: {'; '.join(problems)} (results in {folder})")
    return record


def elapsed(session: Session) -> float:
    """Seconds of wall time that the run has taken, those before it was stopped included."""
    return session.earlier[0] + time.perf_counter() - session.began


def reached(session: Session) -> bool:
    """Whether anything is there that is worth keeping."""
    folder, seeds = session.folder, session.experiment.train.seeds
    return any((folder / f"seed-{seed}").exists() or (folder / STANDING / f"seed-{seed}").exists() for seed in seeds)


def learn(session: Session, case: Any, chip: Any, watch: Watch) -> None:
    """Train one seed and measure its yardsticks; what is reached is in `session` and on disk whatever happens."""
    from . import health, neurobench, trainer, yardsticks
    from .store import with_stores
    from .tiles import exists

    train, seed, folder = session.experiment.train, case.seed, session.folder / f"seed-{case.seed}"
    phase = f"seed {seed}, {train.seeds.index(seed) + 1} of {len(train.seeds)}" if len(train.seeds) > 1 else "training"
    session.mapping[str(seed)] = chip.mapping
    good: dict[str, Any] = {"state": copied(chip.state()), "epoch": 0, "step": 0}
    latest, before, start = {"step": 0}, chip.arrays["recurrent"].weights(), good["state"]
    place = session.folder / STANDING / f"seed-{seed}"
    standing, seconds = keeping.standing_of(place, chip.dtype)
    if standing is not None:
        session.earlier[0] += max(seconds - elapsed(session), 0.0)
        session.rows.extend({"seed": seed, **row} for row in standing.curves)
        good.update(state=standing.kept, epoch=standing.epoch - 1, step=standing.before)
        latest["step"] = standing.done

    def on_progress(state: Any) -> None:
        latest["step"] = state.step
        watch(phase, state)

    def on_epoch(row: Mapping[str, float]) -> None:
        session.rows.append({"seed": seed, **row})
        good.update(state=copied(chip.state()), epoch=int(row["epoch"]), step=latest["step"])

    def keep() -> Path:
        return save(folder / "checkpoint.h5", good["state"], {"epoch": good["epoch"], "step": good["step"]})

    def save(path: Path, arrays: Mapping[str, np.ndarray], where: dict[str, int]) -> Path:
        ensure_folder(folder)
        checkpoint.save(path, arrays, {**session.facts, "seed": seed, **where})
        return path

    try:
        run = trainer.train(
            chip, case.dataset, case.rule, epochs=case.epochs, batch=case.batch, seed=seed, update=case.update,
            regime=case.regime, progress=on_progress, on_epoch=on_epoch, account=spent_of, start=standing,
            keep=keeping.keeper(place, train.checkpoint_s or keeping.EVERY_S, lambda: elapsed(session)))
    except DivergenceError as error:
        raise DivergenceError(error.step, error.quantity, f"{error.last_good}, kept in {keep()}", error.unit) from error
    except BaseException:
        if good["epoch"] > 0:
            keep()
        raise
    save(folder / "checkpoint.h5", chip.state(), {"epoch": case.epochs, "step": run.step})
    save(folder / "weights.h5", chip.weights(), {"epoch": case.epochs, "step": run.step})
    session.counts[str(seed)] = run.counts
    arrays = counted(chip, run.counts)
    session.arrays[str(seed)], session.costs[str(seed)] = {**arrays, **run.stores}, cost_of(run, arrays)
    session.mapping[str(seed)] = with_stores(chip.mapping, run.stores)
    watch(f"{phase}: did anything happen?", None)
    session.verdicts[seed] = health.idle(case, chip, start, run)
    session.neurobench[str(seed)] = neurobench.measure(run, case.dataset.test.active)
    if not session.forecast:
        session.forecast.extend((run.targets, run.outputs))
        session.recurrent.extend((before, chip.arrays["recurrent"].weights(), exists(chip.arrays["recurrent"])))
    found: list[Any] = []
    try:
        if train.yardsticks:
            found = yardsticks.measure(
                case, lambda name: watch(f"{phase}: {name}", None), keeping.yardsticks_of(place),
                lambda some: keeping.keep_yardsticks(place, some))
    finally:
        session.outcomes.append(
            Outcome(seed, run.scores, case.dataset.predictors, found, case.dataset.about))


def copied(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays as they are now."""
    return {name: np.array(array) for name, array in arrays.items()}
