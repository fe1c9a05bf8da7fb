"""Code of a user's own at work: what it returns is checked, what goes wrong in it becomes one sentence with file and line."""
from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .contract import close, credit, is_deferred
from .errors import InputError, NeurosimError
from .rules.none import NoCredit
from .rules.rule import Parts, Rule, Sizes
from .sentences import one_line, shown
from .tasks.task import Dataset, Task, Trials

MOST = 200  # characters of a foreign message
ALLOCATES = "it makes a list, a text or an array; a slot uses arrays that build has made"
IN_WORDS = {"NRT required but not enabled": ALLOCATES, "Only accept returning of array passed into the function as argument": ALLOCATES}
MAKERS = ("eligibility", "source", "jitter")  # the functions among the parts of a rule
PIPELINE = "nopython mode pipeline"  # numba says so once per function on the way to the cause


class Origin(NamedTuple):
    """Where a class of the user's comes from."""

    table: str   # "rule" or "task"
    name: str    # as an experiment file has it when it is resolved, for instance "/home/me/my_rule.py:MyRule"
    file: str    # with the class in it
    digest: str  # SHA-256 of that file as it was imported

    def refusal(self, problem: str) -> InputError:
        """One sentence about the class; the experiment file is named by who knows it."""
        place, _, cls = self.name.rpartition(":")
        return InputError(f"{self.table}.name", f"= {shown(f'{Path(place).name}:{cls}')}; {problem}")


ORIGINS: dict[type, Origin] = {}
"""Of every class that `plugins` has adopted; a class keeps its name in here and not in an attribute that the user's could have too."""


class OwnRule(Rule):
    """Stands before a user's rule and looks at what it builds."""

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        origin = ORIGINS[type(self)]
        with at_call(origin, "build"):
            parts = super().build(sizes)
        problem = problem_of_parts(parts)
        if problem:
            raise origin.refusal(problem)
        eligibility, source, jitter = (watched(origin, field, getattr(parts, field)) for field in MAKERS)
        return parts._replace(eligibility=eligibility, source=source, jitter=jitter)


class OwnTask(Task):
    """Stands before a user's task and looks at what it loads."""

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        origin = ORIGINS[type(self)]
        with at_call(origin, "load"):
            dataset = super().load(seed, batch)  # type: ignore[safe-super]
            problem = problem_of_dataset(dataset)
        if problem:
            raise origin.refusal(problem)
        return dataset


def problem_of_parts(parts: Any) -> str:
    """What a rule's `build` should have returned; empty if it did.

    A class that fills neither `credit` nor `close` would ask for nothing, silently; only `NoCredit` may.
    """
    if not isinstance(parts, Parts):
        return f"build returned {type(parts).__name__}; must return Parts"
    for field, part in (("hidden", parts.hidden), ("output", parts.output)):
        kind, may_close = type(part), field == "hidden"
        if not isinstance(part, tuple) or not hasattr(part, "_fields"):
            return f"Parts.{field} is of type {kind.__name__}; must be a NamedTuple that fills slots, or NoCredit()"
        unfit = next(unfit_fields(part), "")
        if unfit:
            return f"{unfit}; must be a number, an array of numbers or a NamedTuple of them"
        if may_close and is_deferred(part):
            if kind not in close.fillings:
                return f"{kind.__name__} is marked is_deferred and does not fill the slot close"
        elif may_close and kind in close.fillings:
            return f"{kind.__name__} fills the slot close; whatever does must be marked is_deferred"
        elif kind is not NoCredit and kind not in credit.fillings:
            fills = "fills neither the slot credit nor close" if may_close else "does not fill the slot credit"
            return f"{kind.__name__} (Parts.{field}) {fills}, so it would learn nothing; only NoCredit may"
    for field in MAKERS:
        if not callable(getattr(parts, field)):
            return f"Parts.{field} is of type {type(getattr(parts, field)).__name__}; must be a function"
    if not isinstance(parts.broadcasts, int) or parts.broadcasts < 0:
        return f"Parts.broadcasts is {shown(parts.broadcasts)}; must be a whole number, at least 0"
    return ""


def unfit_fields(part: Any) -> Iterator[str]:
    """What numba could not take, in a NamedTuple and those in it."""
    for name, value in zip(part._fields, part, strict=True):
        if hasattr(value, "_fields"):
            yield from unfit_fields(value)
        elif getattr(value, "dtype", np.dtype(object)).kind not in "biuf" and not isinstance(value, int | float | None):
            yield f"{type(part).__name__}.{name} is of type {type(value).__name__}"


def problem_of_dataset(dataset: Any) -> str:
    """What a task's `load` should have returned; empty if it did."""
    if not isinstance(dataset, Dataset):
        return f"load returned {type(dataset).__name__}; must return Dataset"
    if dataset.update not in ("step", "sequence"):
        return f"Dataset.update is {shown(dataset.update)}; must be \"step\" or \"sequence\""
    for field, trials in (("train(0)", dataset.train(0)), ("test", dataset.test)):
        if not isinstance(trials, Trials):
            return f"Dataset.{field} is of type {type(trials).__name__}; must be Trials"
        found = [np.shape(array) for array in trials]
        n_trials, n_steps, batch = (*found[0], 0, 0, 0)[:3]
        wanted = [(n_trials, n_steps, batch, dataset.n_inputs), (n_trials, n_steps, batch, dataset.n_outputs),
                  (n_trials, n_steps), (n_trials,)]
        for name, has, needs, array in zip(Trials._fields, found, wanted, trials, strict=True):
            if not isinstance(array, np.ndarray):
                return f"Dataset.{field}.{name} is of type {type(array).__name__}; must be an array"
            if has != needs or 0 in has:
                return f"Dataset.{field}.{name} has the shape {has}; must be {needs}, with 1 or more of each"
            if not np.isfinite(array).all():
                return f"Dataset.{field}.{name} is not finite everywhere"
    if "mse" not in dataset.scores(np.zeros_like(dataset.test.targets)):
        return "Dataset.scores gives no \"mse\""
    return ""


def watched(origin: Origin, field: str, maker: Callable[..., Any]) -> Callable[..., Any]:
    """The same function; whatever it raises is one sentence."""
    def call(*arguments: Any) -> Any:
        with at_call(origin, f"Parts.{field}"):
            return maker(*arguments)

    return call


@contextmanager
def at_call(origin: Origin, method: str) -> Iterator[None]:
    """Whatever a method of the user's class raises is one sentence."""
    try:
        yield
    except (NeurosimError, MemoryError):
        raise
    except Exception as error:
        raise origin.refusal(place_of(error, origin.file) or f"{method}: {said(error)}") from error


@contextmanager
def explained(*classes: type) -> Iterator[None]:
    """What goes wrong later in the code of those of `classes` that are the user's becomes one sentence, too.

    Raises
    ------
    InputError
        That names file, line and cause, as far as they can be told; every other error passes as it is.
    """
    try:
        yield
    except (NeurosimError, MemoryError):
        raise
    except Exception as error:
        for origin in filter(None, map(ORIGINS.get, classes)):
            problem = place_of(error, origin.file)
            if not problem and origin.table == "rule":
                problem = cause_of(error, origin)
            if problem:
                raise origin.refusal(problem) from error
        raise


def place_of(error: BaseException, file: str) -> str:
    """Line and cause, if the error came out of the user's file."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if not frames:
        return ""
    name = "" if frames[-1].name == "<module>" else f", {frames[-1].name}"
    return f"{Path(file).name}, line {frames[-1].lineno}{name}: {said(error)}"


def said(error: BaseException) -> str:
    """Type and message of an error, in one line and cut."""
    text = " ".join(one_line(str(error)).split())
    return f"{type(error).__name__}: {cut(text)}" if text else type(error).__name__


def cut(text: str) -> str:
    """The text, not longer than a reader stands."""
    return text if len(text) <= MOST else text[:MOST - 3] + "..."


def cause_of(error: Exception, origin: Origin) -> str:
    """What keeps the user's slots from running, if that is what it is."""
    if isinstance(error, TypeError) and "does not fill the slot" in str(error):
        return str(error)
    if not type(error).__module__.startswith("numba."):
        return ""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    before, _, after = text.rpartition(PIPELINE)
    lines = [line.strip() for line in after.splitlines()[1 if before else 0:] if line.strip()] or [text]
    cause, call = lines[0], next((line.removeprefix(">>> ") for line in lines[1:3] if line.startswith(">>> ")), "")
    missing = re.match(r"No implementation of function Function\(<function (\w+) at ", cause)
    if missing and call:
        return f"{call[len(missing[1]) + 1:].split('(')[0].split(',')[0]} does not fill the slot {missing[1]}, or not for these arguments"
    if cause.startswith("No implementation of function") and call:
        cause = f"there is no {call}"
    line = re.search(re.escape(origin.file) + r" \((\d+)\)", after)
    slots = re.findall(r"Function\(<function (\w+) at ", before)
    place = (f", line {line[1]}" if line else "") + (f", slot {slots[-1]}" if slots else "")
    return f"{Path(origin.file).name}{place}: cannot be compiled ({IN_WORDS.get(cause) or cut(one_line(cause))})"
