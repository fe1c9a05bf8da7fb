"""A run from beginning to end: learn once per seed, measure the yardsticks, keep what came of it."""
from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import checkpoint
from .accounts import cost_of, counted, spent_of, used_of, wear_of
from .errors import DivergenceError, IdleError, InputError, NeurosimError
from .experiment import Experiment, digest, file_digest, named, resolved
from .explanation import unsure
from .ledger import energies_of
from .own_code import explained
from .plugins import sources
from .report.cost import brief
from .report.provenance import provenance
from .report.summary import Outcome, summarise
from .report.text import curves_text, json_text
from .run_folder import refuse_existing, release, write_folder, write_text
from .writing import ensure_folder

EXPERIMENT = "experiment.toml"
Watch = Callable[[str, Any], None]
"""(what is being done, `trainer.Progress` or None): called many times while a run goes on."""


@dataclass(frozen=True)
class Session:
    """What a run has reached.

    Attributes
    ----------
    facts : of every checkpoint
    rows : of ``curves.csv``
    mapping, counts : by seed, as text
    arrays, costs : by seed, what every array of the chip did, and every store, and what all of it cost
    neurobench : by seed, see `neurobench.measure`
    outcomes : of the seeds that are trained
    verdicts : by seed, what did nothing, see `health.idle`
    forecast : targets and outputs of the first seed
    recurrent : its recurrent weights before and after, and which of them exist, (post, pre)
    """

    experiment: Experiment
    folder: Path
    profile: Any
    command: str
    began: float
    facts: dict[str, int | float | str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    mapping: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, Any] = field(default_factory=dict)
    costs: dict[str, Any] = field(default_factory=dict)
    neurobench: dict[str, Any] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    verdicts: dict[int, Any] = field(default_factory=dict)
    forecast: list[np.ndarray] = field(default_factory=list)
    recurrent: list[np.ndarray] = field(default_factory=list)


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
        The folder then holds the state at the end of the last epoch, or is gone if there was none.
    """
    folder, watch = Path(folder), watch or (lambda phase, state: None)
    began = time.perf_counter()
    refuse_existing(folder)
    seeds = experiment.train.seeds
    own = (type(experiment.rule), type(experiment.task))
    with named(file), explained(*own):
        profile = profile_of(experiment)
        case, chip = prepare(experiment, profile, seeds[0])
    facts: dict[str, int | float | str] = {"experiment": digest(experiment), "profile": str(profile.digest)}
    session = Session(experiment, folder, profile, command, began, facts)
    made = write_folder(folder, {EXPERIMENT: resolved(experiment)})  # never empty: an empty folder is nobody's
    try:
        with named(file), explained(*own):
            for k, seed in enumerate(seeds):
                if k > 0:
                    case, chip = prepare(experiment, profile, seed)
                learn(session, case, chip, watch)
    except BaseException as error:
        if any(entry.name != EXPERIMENT for entry in folder.iterdir()):
            try:
                finish(session, status_of(error), str(error))
            except NeurosimError as full:
                if isinstance(error, Exception):  # which says more than that its record cannot be written either
                    raise error from full
                raise
            if isinstance(error, KeyboardInterrupt):
                raise KeyboardInterrupt(f"what was reached is in {folder}") from error
        else:
            release(made)
        raise
    problems = sentences(session, "errors")
    if problems:
        finish(session, "nothing happened", "; ".join(problems))
        raise IdleError(f"nothing happened: {'; '.join(problems)} (results in {folder})")
    return finish(session, "complete")


def sentences(session: Session, kind: str) -> list[str]:
    """The "errors" or "warnings" of all seeds, each said once, and of which seeds unless it is all of them."""
    by_text: dict[str, list[int]] = {}
    for seed, verdict in session.verdicts.items():
        for text in getattr(verdict, kind):
            by_text.setdefault(text, []).append(seed)
    everybody = list(session.verdicts)
    return [text if found == everybody else f"seed {', '.join(map(str, found))}: {text}" for text, found in by_text.items()]


def profile_of(experiment: Experiment) -> Any:
    """The profile of the experiment: with the bits, numbers and noise that it asks for, without what it switches off."""
    from . import profile as profiles
    from .effects import without
    from .numbers import with_noise, with_numbers
    from .widths import with_bits

    wanted = experiment.chip
    asked = with_numbers(with_bits(profiles.load(wanted.profile), wanted.weight_bits), wanted.numbers)
    return with_noise(without(asked, wanted.without or (), "chip.without"), wanted.noise_scale)


def prepare(experiment: Experiment, profile: Any, seed: int) -> tuple[Any, Any]:
    """The parts of one seed, as a `yardsticks.Case`, and its chip; what can be refused is refused here."""
    from . import chip as chips
    from . import network, yardsticks

    train, placement, task = experiment.train, experiment.chip, experiment.task
    batch = train.batch or task.default_batch
    dataset = task.load(seed, batch)
    try:
        sizes = {"inputs": dataset.n_inputs, "outputs": dataset.n_outputs}
        sized = network.Network(**{**dict(experiment.network), **sizes})
    except ValueError as error:
        raise InputError("task", f"has {dataset.n_inputs} inputs and {dataset.n_outputs} outputs ({error})") from error
    case = yardsticks.Case(
        profile, sized, dataset, experiment.rule, seed, train.epochs, batch, train.update, placement.precision,
        placement.readout, train.bptt_epochs, train.bptt_learning_rate, regime_of(train))
    chips.fit(profile, sized, placement.readout)
    check_size(sized.hidden, sized.hidden**2 * np.dtype(placement.precision).itemsize)
    chip = chips.compile_chip(profile, sized, seed, placement.precision, placement.readout)
    for arrays in (chip.state(), chip.weights()):
        check_size(sized.hidden, sum(array.nbytes for array in arrays.values()))
    return case, chip


def regime_of(train: Any) -> Any:
    """How trials are shown and written, from the [train] table."""
    from .trials import Regime

    return Regime(train.optimizer, train.window, train.resync, train.copies, train.updater)


def check_size(hidden: int, size: int) -> None:
    """Refuse a network that no checkpoint could hold, before it is trained."""
    if size > checkpoint.MAX_BYTES:
        raise InputError("network.hidden", f"= {hidden}; makes a checkpoint of {size} bytes, at most {checkpoint.MAX_BYTES} fit")


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
            regime=case.regime, progress=on_progress, on_epoch=on_epoch, account=spent_of)
    except DivergenceError as error:
        raise DivergenceError(error.step, error.quantity, f"{error.last_good}, kept in {keep()}") from error
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
            found = yardsticks.measure(case, progress=lambda name: watch(f"{phase}: {name}", None))
    finally:
        session.outcomes.append(
            Outcome(seed, run.scores, case.dataset.predictors, found, case.dataset.about))


def copied(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays as they are now."""
    return {name: np.array(array) for name, array in arrays.items()}


def finish(session: Session, status: str, message: str = "") -> dict[str, Any]:
    """Write everything but the checkpoints; ``run.json`` comes last, and no figure that cannot be written keeps it from being there."""
    folder, outcomes = session.folder, session.outcomes
    summary = summarise(outcomes) if outcomes else {}
    warnings = sentences(session, "warnings")
    record = {
        "schema": 1, "status": status, **({"message": message} if message else {}), **summary,
        **({"warnings": warnings} if warnings else {}),
        **wear_of(session.arrays), **used_of(session.mapping), **({"cost": brief(session.costs)} if session.costs else {}),
        "neurobench": session.neurobench, "unverified": unsure(session.profile),
        "provenance": origin(session)}
    write_text(folder / EXPERIMENT, resolved(session.experiment))
    write_text(folder / "curves.csv", curves_text(session.rows))
    write_text(folder / "mapping.json", json_text(session.mapping))
    write_text(folder / "ledger.json", json_text({
        "counts": session.counts, "arrays": session.arrays, "cost": session.costs, "energies": energies_of(session.profile)}))
    try:
        if outcomes:
            from .report.run_figures import draw

            draw(session, summary)
    finally:
        write_text(folder / "run.json", json_text(record))
    return record


def origin(session: Session) -> dict[str, Any]:
    """Provenance of this run."""
    data = getattr(session.experiment.task, "data", None)
    is_file = isinstance(data, str) and os.path.isabs(data) and os.path.isfile(data)
    return {
        "seeds": list(session.experiment.train.seeds), "experiment_digest": session.facts["experiment"],
        "profile": session.profile.chip.name, "profile_digest": session.facts["profile"],
        **({"without": list(session.experiment.chip.without)} if session.experiment.chip.without else {}),
        **({"data": data, "data_digest": file_digest(str(data))} if is_file else {}),
        **sources(session.experiment.rule, session.experiment.task),
        **provenance(), "command": session.command, "wall_s": round(time.perf_counter() - session.began, 3),
    }


def status_of(error: BaseException) -> str:
    """What became of the run."""
    if isinstance(error, DivergenceError):
        return "diverged"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
