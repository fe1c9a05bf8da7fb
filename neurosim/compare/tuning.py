"""The search for settings before a comparison: for every rule the same number of trials, on seeds that the comparison does not use."""
from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from ..experiment import Experiment, experiment_of
from .grid import Grid, Point, points, put, said
from .plan import LEARN, SEARCHED, Job, extras_of, job_of
from .working import COMPLETE

SCORE = "train_loss"
FIRST = 10     # trials before there is anything to learn from, as many as Optuna's own sampler draws at random
SPREAD = 7001  # stream of their shift


class Search:
    """Ask, run, tell: one study per value of the axes `Tune.per`, each in order, all of them side by side.

    The lowest training loss at the end of training decides (mean over `Tune.seeds`): the test is never looked at.  Settings with which a
    run diverges, or does nothing at all (a readout that learns alone can be the best that a noisy chip has), are never chosen.

    Parameters
    ----------
    grid : with options.tune

    Raises
    ------
    InputError
        A seed that the comparison uses too, an axis that does not exist, or a value that no experiment can have.
    """

    def __init__(self, grid: Grid) -> None:
        if grid.options.tune is None:
            raise TypeError("the grid has no [compare.tune]")
        self.grid, self.tune, self.where = grid, grid.options.tune, f"{grid.path.name}: compare.tune"
        self.points = points(grid)
        self.check()
        self.studies = {place: self.study(point) for place, point in self.groups().items()}
        self.trials: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        self.open: dict[tuple[tuple[str, ...], int], dict[int, float | None]] = {}
        self.asked: dict[tuple[tuple[str, ...], int], tuple[Any, dict[str, Any]]] = {}
        self.told: dict[tuple[str, ...], list[dict[str, Any]]] = {place: [] for place in self.studies}

    def check(self) -> None:
        """Refuse what would make the search unfair or impossible."""
        known = [axis.name for axis in self.grid.axes]
        for name in self.tune.per:
            if name not in known:
                raise InputError(f"{self.where}.per", f"= {list(self.tune.per)}; the axes are {', '.join(known)}")
        for name, label in self.tune.at.items():
            axis = next((axis for axis in self.grid.axes if axis.name == name and name not in self.tune.per), None)
            if axis is None or label not in axis.labels:
                others = [axis.name for axis in self.grid.axes if axis.name not in self.tune.per]
                allowed = f"one of {', '.join(axis.labels)}" if axis is not None else f"of an axis that is not in per: {', '.join(others)}"
                raise InputError(f"{self.where}.at.{name}", f"= {label}; must be {allowed}")
        both = set(self.tune.seeds) & {seed for point in self.points for seed in point.experiment.train.seeds}
        if both:
            raise InputError(f"{self.where}.seeds", f"= {list(self.tune.seeds)}; seed {min(both)} is one of the comparison, choose others")

    def key(self, point: Point) -> tuple[str, ...]:
        """The study that a combination belongs to."""
        return tuple(point.labels[name] for name in self.tune.per)

    def groups(self) -> dict[tuple[str, ...], Point]:
        """Of every study the combination that stands for all: the first, or that of `Tune.at`."""
        found: dict[tuple[str, ...], Point] = {}
        for point in self.points:
            if all(point.labels[name] == label for name, label in self.tune.at.items()):
                found.setdefault(self.key(point), point)
        return found

    def study(self, point: Point) -> tuple[Point, Any, dict[str, Any]]:
        """The combination, its study, and what can be varied in it."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        kind: Any = optuna.samplers.TPESampler if self.tune.sampler == "tpe" else optuna.samplers.RandomSampler
        spans: dict[str, Any] = {}
        for key, span in self.tune.search.items():
            first = span[0] if isinstance(span, list) else next(iter(span.values()))[0]
            if has(point.experiment, key):
                self.with_settings(point, {key: first})  # is it allowed at all?
                spans[key] = distribution(span)
        study = optuna.create_study(sampler=kind(seed=self.tune.seed % 2**32), direction="minimize")
        for settings in spread(spans, min(self.tune.trials, FIRST), self.tune.seed) if self.tune.sampler == "tpe" else ():
            study.enqueue_trial(settings)
        return point, study, spans

    def with_settings(self, point: Point, settings: Mapping[str, Any]) -> Experiment:
        """The experiment of a combination with other settings."""
        tables = point.experiment.model_dump(mode="json", serialize_as_any=True, exclude_none=True)
        for key, value in settings.items():
            put(tables, key, value)
        try:
            return experiment_of(tables, self.grid.path)
        except InputError as error:
            raise type(error)(error.where, f"{error.problem} (in [compare.tune], {said(point.labels)})") from error

    def start(self) -> list[Job]:
        """The first trial of every study."""
        return [job for place in self.studies for job in self.next(place)]

    def next(self, place: tuple[str, ...]) -> Iterator[Job]:
        """The jobs of the next trial; none if there is nothing to vary, or enough has been tried."""
        point, study, spans = self.studies[place]
        number = len(self.told[place])
        if not spans or number >= self.tune.trials:
            return
        trial = study.ask(spans)
        settings = dict(trial.params)
        self.asked[place, number] = trial, settings
        self.open[place, number] = dict.fromkeys(self.tune.seeds)
        experiment = self.with_settings(point, settings)
        for seed in self.tune.seeds:
            labels = {**point.labels, SEARCHED: f"trial {number + 1}"}
            job = job_of(LEARN, experiment, labels, seed, {
                name: value for name, value in extras_of(self.grid.options, LEARN, ()).items() if name == "budget"})
            self.trials.setdefault(job.run, []).append((place, number))
            yield job

    def more(self, job: Job, record: Mapping[str, Any] | None) -> list[Job]:
        """Tell a study what a job gave; the jobs of its next trial, once all seeds are there."""
        jobs: list[Job] = []
        for place, number in self.trials.pop(job.run, []):
            loss = None if record is None or record.get("status") != COMPLETE else record.get(SCORE)
            self.open[place, number][job.seed] = math.inf if loss is None else loss
            values = list(self.open[place, number].values())
            if any(value is None for value in values):
                continue
            trial, settings = self.asked.pop((place, number))
            value = sum(value for value in values if value is not None) / len(values)
            self.studies[place][1].tell(trial, value if math.isfinite(value) else 1e30)
            self.told[place].append({"settings": settings, "value": value})
            jobs += self.next(place)
        return jobs

    def best(self, place: tuple[str, ...]) -> dict[str, Any]:
        """The settings with the lowest loss; those of the file if nothing can be varied, or everything diverged."""
        tried = [one for one in self.told[place] if math.isfinite(one["value"])]
        return min(tried, key=lambda one: one["value"])["settings"] if tried else {}

    def tuned(self) -> dict[tuple[str, ...], Experiment]:
        """The experiment of every combination with what was chosen for it."""
        return {tuple(point.labels.values()): self.with_settings(point, self.best(self.key(point))) for point in self.points}

    def report(self) -> dict[str, Any]:
        """What was searched, tried and chosen."""
        found = [{
            "point": dict(zip(self.tune.per, place, strict=True)), "chosen": self.best(place), "tried": self.told[place],
            "value": min((one["value"] for one in self.told[place]), default=math.nan)} for place in self.studies]
        first = {axis.name: self.tune.at.get(axis.name, axis.labels[0]) for axis in self.grid.axes if axis.name not in self.tune.per}
        return {"keys": list(self.tune.search), "trials": self.tune.trials, "seeds": list(self.tune.seeds), "per": list(self.tune.per),
                "at": first, "sampler": self.tune.sampler, "score": SCORE, "found": found}


def spread(spans: Mapping[str, Any], count: int, seed: int) -> list[dict[str, Any]]:
    """So many settings that fill the space evenly: eight random ones can all lie in a third of it.

    The additive sequence of Roberts (2018, "The unreasonable effectiveness of quasirandom sequences"), point k at ``shift + k a`` modulo 1
    with ``a_i = g^-i``, ``g^(d + 1) = g + 1``; the shift is drawn.
    """
    from ..generators import generator

    g = 2.0
    for _ in range(64):
        g = (1 + g) ** (1 / (len(spans) + 1))
    steps = np.array([g ** -(i + 1) for i in range(len(spans))])
    places = (generator(seed, SPREAD).random(len(spans)) + np.outer(np.arange(count), steps)) % 1.0
    return [{key: placed(spans[key], float(place)) for key, place in zip(spans, row)} for row in places]


def placed(spanned: Any, place: float) -> Any:
    """The value of a distribution at a place from 0 to 1 in it."""
    from optuna.distributions import CategoricalDistribution

    if isinstance(spanned, CategoricalDistribution):
        return spanned.choices[int(place * len(spanned.choices))]
    if spanned.log:
        return math.exp(math.log(spanned.low) + place * math.log(spanned.high / spanned.low))
    return spanned.low + place * (spanned.high - spanned.low)


def has(experiment: Experiment, key: str) -> bool:
    """Whether an experiment has a setting of that name, whatever its value."""
    part: Any = experiment
    for name in key.split("."):
        if name not in getattr(type(part), "model_fields", {}):
            return False
        part = getattr(part, name)
    return True


def distribution(span: Any) -> Any:
    """Of Optuna."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if isinstance(span, list):
        return CategoricalDistribution(span)
    (kind, (low, high)), = span.items()
    return FloatDistribution(low, high, log=kind == "log")
