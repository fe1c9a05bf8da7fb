"""Which runs a grid needs: every combination with every seed, and once each the yardsticks that stand beside them."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..errors import InputError, MappingError
from ..experiment import Experiment, Placement, Training, named
from ..rules.readout import Readout
from ..session import prepare, profile_of
from ..tasks.fit import check_fit
from ..updaters.optimizer import Optimizer
from .budget import passes_of_epoch, within
from .cases import case_digest, single
from .grid import Grid, Point, points, said
from .settings import Options

LEARN = "learn"
SEARCHED = "search"  # label of a trial of the search before the comparison
NAMES = {
    "frozen_least_squares": "frozen, least-squares readout", "frozen_same_rule": "frozen, same readout rule",
    "one_step": "one-step backpropagation", "true_bptt": "true BPTT"}
SHORT = 16  # hexadecimal digits of a run's name
USUAL = ("frozen_least_squares", "frozen_same_rule", "true_bptt")
GRADIENTS = ("one_step", "true_bptt")


class Job(NamedTuple):
    """One run.

    run : start of the digest of all that decides its outcome, and the name of its folder
    kind : `LEARN` or a yardstick; labels : its place in the grid, of the first combination that needs it
    extras : what is asked for beside scores: budget, diagnostics, transfer
    """

    run: str
    kind: str
    labels: dict[str, str]
    seed: int
    experiment: Experiment
    extras: dict[str, Any]

    def text(self) -> str:
        """The job for another process, as JSON."""
        tables = self.experiment.model_dump(mode="json", serialize_as_any=True, exclude_none=True)
        return json.dumps({"run": self.run, "kind": self.kind, "point": self.labels, "seed": self.seed, "tables": tables, **self.extras})


class Plan(NamedTuple):
    """All jobs by run, in order; the runs of a combination by kind and seed; the combinations that their chip cannot take, and why."""

    jobs: dict[str, Job]
    runs: dict[tuple[str, ...], dict[str, dict[int, str]]]
    refused: dict[tuple[str, ...], str]
    points: tuple[Point, ...]


def extras_of(options: Options, kind: str, seeds: Iterable[int]) -> dict[str, Any]:
    """What a run of this kind is asked for beside its scores."""
    extras: dict[str, Any] = {}
    if options.budget is not None and kind != "frozen_least_squares":
        extras["budget"] = options.budget.chosen
    if kind == LEARN and options.diagnostics:
        extras["diagnostics"] = list(options.diagnostics)
    if kind == LEARN and options.transfer is not None:
        transfer = options.transfer
        extras["transfer"] = {"instances": list(seeds), "ages_s": list(transfer.ages_s), "profiles": list(transfer.profiles)}
    return extras


def canonical(kind: str, experiment: Experiment) -> Experiment:
    """The experiment without what does not matter to a yardstick, so that equal ones are run once."""
    train, rule = experiment.train, Readout(learning_rate=1.0)
    if kind == "frozen_least_squares":
        return experiment.model_copy(update={"rule": rule, "train": Training(epochs=1, batch=train.batch, seeds=train.seeds)})
    if kind in GRADIENTS:
        kept = Training(
            epochs=train.epochs, batch=train.batch, update=train.update, window=train.window, seeds=train.seeds,
            optimizer=Optimizer(decay=train.optimizer.decay), bptt_epochs=train.bptt_epochs, bptt_learning_rate=train.bptt_learning_rate)
        return experiment.model_copy(update={"rule": rule, "train": kept, "chip": Placement(profile="ideal")})
    return experiment


def job_of(kind: str, experiment: Experiment, labels: Mapping[str, str], seed: int, extras: Mapping[str, Any]) -> Job:
    """A job under its digest."""
    wanted = canonical(kind, single(experiment, seed, experiment.chip.without or ()))
    text = json.dumps([kind, case_digest(wanted), extras], sort_keys=True)
    return Job(hashlib.sha256(text.encode()).hexdigest()[:SHORT], kind, dict(labels), seed, wanted, dict(extras))


def wanted_kinds(found: Iterable[Point], options: Options, experiment: Experiment) -> list[str]:
    """The yardsticks of an experiment."""
    if not experiment.train.yardsticks:
        return []
    membrane = experiment.network.membrane
    kinds: list[str] = list(USUAL if options.yardsticks is None else options.yardsticks)
    if membrane is not None and not membrane.has_slope:
        kinds = [kind for kind in kinds if kind not in GRADIENTS]  # no surrogate gradient is known for these neurons
    is_row = options.yardsticks is None and any(isinstance(point.experiment.rule, Readout) for point in found)
    if isinstance(experiment.rule, Readout) or is_row:  # a row of the grid is that yardstick
        kinds = [kind for kind in kinds if kind != "frozen_same_rule"]
    return kinds


def plan_of(grid: Grid, tuned: Mapping[tuple[str, ...], Experiment] | None = None) -> Plan:
    """The runs of a grid.

    Parameters
    ----------
    tuned : experiments of combinations with what a search has chosen, by labels; as the file has them if absent

    Raises
    ------
    InputError
        Before anything is run: a combination that is no experiment, or none that its chip can take.
    """
    found = tuple(points(grid))
    if tuned:
        found = tuple(point._replace(experiment=tuned.get(tuple(point.labels.values()), point.experiment)) for point in found)
    refused = checked(found, grid)
    jobs: dict[str, Job] = {}
    runs: dict[tuple[str, ...], dict[str, dict[int, str]]] = {}
    for point in found:
        place = tuple(point.labels.values())
        if place in refused:
            continue
        seeds = point.experiment.train.seeds
        runs[place] = {}
        for kind in (LEARN, *wanted_kinds(found, grid.options, point.experiment)):
            extras = extras_of(grid.options, kind, seeds)
            each = {seed: job_of(kind, point.experiment, point.labels, seed, extras) for seed in seeds}
            runs[place][kind] = {seed: job.run for seed, job in each.items()}
            for job in each.values():
                jobs.setdefault(job.run, job)
    return Plan(jobs, runs, refused, found)


def checked(found: Iterable[Point], grid: Grid) -> dict[tuple[str, ...], str]:
    """The combinations that their chips cannot take; every other refusal ends the comparison."""
    refused: dict[tuple[str, ...], str] = {}
    seen: dict[str, str] = {}
    first, budget = None, grid.options.budget
    for point in found:
        first, experiment = point, point.experiment
        key = without_numbers_of_rules(experiment)
        if key not in seen:
            seen[key] = ""
            try:
                with named(grid.path.name):
                    case, chip = prepare(experiment, profile_of(experiment), experiment.train.seeds[0])
                    check_fit(chip, case.dataset, case.dataset.train(0), case.batch, case.update or case.dataset.update)
                    within(case, chip, {} if budget is None else budget.chosen)
                    passes_of_epoch(case, chip)
            except MappingError as error:
                seen[key] = str(error)
            except InputError as error:
                raise InputError(error.where, f"{error.problem} (in [compare], {said(point.labels)})") from error
        if seen[key]:
            refused[tuple(point.labels.values())] = seen[key]
    if first is not None and len(refused) == len(list(found)):
        raise InputError(f"{grid.path.name}: compare", f"no chip of the grid can take its network: {next(iter(refused.values()))}")
    return refused


def without_numbers_of_rules(experiment: Experiment) -> str:
    """What decides whether an experiment can run: everything but rates."""
    parts = (experiment.task, experiment.network, experiment.chip, type(experiment.rule), experiment.train)
    return json.dumps([repr(part) for part in parts])


def kinds_first(jobs: Iterable[Job]) -> list[Job]:
    """Jobs in the order to run them: one of every kind first, a kind being what differs in more than numbers.

    Jobs of a kind run the same compiled loop; side by side, two workers would compile it at the same time, each for itself.
    """
    jobs = list(jobs)
    seen: set[str] = set()
    first: list[Job] = []
    rest: list[Job] = []
    for job in jobs:
        kind = json.dumps([job.kind, without_numbers(json.loads(job.text())["tables"]), profile_of(job.experiment).chip.name])
        (rest if kind in seen else first).append(job)
        seen.add(kind)
    return first + rest


def without_numbers(value: Any) -> Any:
    """The same tables and lists, every number 0."""
    if isinstance(value, dict):
        return {name: without_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_numbers(item) for item in value]
    return 0 if isinstance(value, int | float) and not isinstance(value, bool) else value
