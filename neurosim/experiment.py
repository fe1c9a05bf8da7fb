"""The experiment: what learns what, on which chip, by which rule, for how long; one TOML file."""
from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, InstanceOf, field_validator, model_validator

from . import permission
from .bounded import SCHEMA
from .errors import InputError, MappingError
from .misplaced import check_keys, refuse_table
from .network import Topology
from .own_code import explained
from .plugins import counted, is_own, own_class
from .rules import RULES, Rule
from .sentences import check_values, hint, shown, validated
from .tasks import TASKS, Task
from .toml import MAX_PARTS, Deep, loads, read_toml, toml_text
from .updaters.gathering import Gathering
from .updaters.optimizer import Optimizer

TABLES = ("task", "network", "chip", "rule", "train")
COMMAND_LINE = "--set"

Seed = Annotated[int, Field(ge=0, lt=2**64)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Settings(BaseModel):
    """A table whose keys are all known, of exact types, and which never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Placement(Settings):
    """The [chip] table.

    Parameters
    ----------
    profile : name or path of a hardware profile
    precision : working precision of the simulation
    readout : what holds the readout weights, devices of the chip or exact digital memory
    without : effects of the profile, or whole sections, that are switched off; see `effects`
    weight_bits : bits of a weight, sign included; as many as the chip has if absent
    numbers : section -> key -> value in place of numbers of the profile, see `numbers.with_numbers`
    noise_scale : every random effect of the profile so many times as large
    """

    profile: str = Field(min_length=1)
    precision: Literal["float32", "float64"] = "float32"
    readout: Literal["chip", "digital"] = "chip"
    without: tuple[str, ...] | None = None
    weight_bits: int | None = Field(default=None, ge=2, le=24)
    numbers: dict[str, dict[str, float | int | str]] | None = None
    noise_scale: float | None = Field(default=None, ge=0, le=1e6, allow_inf_nan=False)


class Training(Settings):
    """The [train] table.

    Parameters
    ----------
    epochs : passes over the training trials
    batch : samples side by side; the task's default if absent
    update : when weights are written, after every step or once per trial; the task's default if absent
    window : streams and trials are cut into sequences of so many steps and written once per sequence
    resync : whether the perturbed pass starts every window in the state of the clean one
    copies : parallel copies of every sample, each perturbed on its own
    optimizer : separate rates, decay, clipping and what synapses remember
    updater : Tiki-Taka, AGAD or mixed precision between requests and pulsed devices
    seeds : one chip instance, one draw of the data and one training run each
    yardsticks : whether the same network is also trained in the ways that our result has to be compared with
    bptt_epochs, bptt_learning_rate : of the gradient yardsticks; chosen by the yardstick if absent
    checkpoint_s : wall time in seconds after which a run keeps where it stands; 30 if absent.  Decides about no result
    """

    epochs: int = Field(ge=1, le=1_000_000)
    batch: int | None = Field(default=None, ge=1, le=1_000_000)
    update: Literal["step", "sequence"] | None = None
    window: int | None = Field(default=None, ge=1, le=1_000_000)
    resync: bool = True
    copies: int = Field(default=1, ge=1, le=1024)
    optimizer: Optimizer = Optimizer()
    updater: Gathering = Gathering()
    seeds: tuple[Seed, ...] = Field(default=(1,), min_length=1)
    yardsticks: bool = True
    bptt_epochs: int | None = Field(default=None, ge=1, le=1_000_000)
    bptt_learning_rate: Rate | None = None
    checkpoint_s: Rate | None = None

    @model_validator(mode="after")
    def _cut(self) -> Training:
        if self.window is not None and self.update == "step":
            raise ValueError("window is for update = 'sequence'")
        return self

    @field_validator("seeds")
    @classmethod
    def _differ(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds):
            raise ValueError("seeds must differ from each other")
        return seeds


class Experiment(Settings):
    """Everything that decides the result of a run.

    Attributes
    ----------
    task, network, rule : settings of the task, the topology and the learning rule
    chip : Placement
    train : Training
    """

    task: InstanceOf[Task]
    network: InstanceOf[Topology]
    chip: Placement
    rule: InstanceOf[Rule]
    train: Training


FIXED = {"network": Topology.model_fields, "chip": Placement.model_fields, "train": Training.model_fields}  # by table, whatever is learned


def load(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Experiment:
    """Read an experiment.

    Parameters
    ----------
    path : TOML file; relative paths in it, and in the overrides, start at its folder.  A ``name`` of the form ``module:Class`` is a
        rule or a task of the user's own: the module is imported, so its code runs (see `plugins`), in a command only if its user
        allows it (see `permission`)
    overrides : ``"rule.learning_rate=1e-3"``; the value is TOML, or text if it is none

    Raises
    ------
    InputError
        One sentence that names the file, the field, the value and what is allowed.
    """
    path = Path(path)
    tables = read_toml(path, TABLES)
    for text in overrides:
        override(tables, text)
    with blamed(overrides, path.name):
        return experiment_of(tables, path)


def experiment_of(tables: Mapping[str, Any], path: Path) -> Experiment:
    """Check the tables of an experiment file; see `load`."""
    check_values(tables, path.name)
    for name, value in tables.items():
        if name not in TABLES:
            refuse_table(name, value, TABLES, FIXED, path.name)
        if not isinstance(value, Mapping):
            raise InputError(f"{path.name}: {name}", f"= {shown(value)}; must be a table, [{name}]")
    parts = {name: dict(tables.get(name, {})) for name in TABLES}
    task_type = chosen(TASKS, "task", parts["task"], path)
    rule_type = chosen(RULES, "rule", parts["rule"], path)
    check_keys(parts, {**FIXED, "task": task_type.model_fields, "rule": rule_type.model_fields}, path.name)
    for name in set(task_type.files) & set(task_type.model_fields):
        if parts["task"].get(name) != task_type.model_fields[name].default:  # the default is a name
            relocate(parts["task"], name, path.parent)
    if looks_like_path(parts["chip"].get("profile")):
        relocate(parts["chip"], "profile", path.parent)
    relocate(parts["network"], "weights", path.parent)
    with named(path.name), explained(task_type, rule_type):
        task = validated(task_type, parts["task"], path.name, ("task",))
        rule = validated(rule_type, parts["rule"], path.name, ("rule",))
    network = validated(Topology, parts["network"], path.name, ("network",))
    placement = validated(Placement, parts["chip"], path.name, ("chip",))
    train = validated(Training, parts["train"], path.name, ("train",))
    if train.batch is None:
        train = train.model_copy(update={"batch": task_type.default_batch})
    return Experiment(task=task, network=network, chip=placement, rule=rule, train=train)


def chosen(known: Mapping[str, type], table: str, settings: dict[str, Any], path: Path) -> Any:
    """The class that ``name`` stands for; a name with a colon is that of a class of the user's, see `plugins`."""
    names, own, where = ", ".join(known), f" or module:Class, a {table} of your own", f"{path.name}: {table}.name"
    if "name" not in settings:
        raise InputError(where, f"is missing; must be one of {names}{own}")
    name = settings["name"]
    if is_own(name):
        found = own_class(name, table, path.parent, where)
        settings["name"] = found.model_fields["name"].default
        return found
    if not isinstance(name, str) or name not in known:
        close = hint(name, known) if isinstance(name, str) else ""
        suggestion = close if close.startswith("; did you mean") else own
        raise InputError(where, f"= {shown(name)}; must be one of {names}{suggestion}")
    return known[name]


def override(tables: dict[str, Any], text: str) -> None:
    """Put ``key=value``, which the user of the command wrote, into the tables, in place."""
    key, separator, value = text.partition("=")
    key = key.strip()
    steps = key.split(".")
    if not separator or len(steps) < 2 or not all(steps):
        raise InputError(f"{COMMAND_LINE} {shown(text)}", "must have the form table.key=value")
    if len(steps) > MAX_PARTS:
        raise InputError(f"{COMMAND_LINE} {shown(text)}", f"has a key of {len(steps)} parts; at most {MAX_PARTS} are read")
    if steps[0] not in TABLES:
        raise InputError(f"{COMMAND_LINE} {shown(text)}", f"there is no table {shown(steps[0])}{hint(steps[0], TABLES)}")
    if not text.isprintable() or not is_utf8(text):
        raise InputError(f"{COMMAND_LINE} {shown(text)}", "must be one line of UTF-8 text")
    for depth, step in enumerate(steps[:-1]):
        tables = tables.setdefault(step, {})
        if not isinstance(tables, dict):
            raise InputError(f"{COMMAND_LINE} {key}", f"cannot be set; {'.'.join(steps[:depth + 1])} is not a table")
    try:
        tables[steps[-1]] = loads(f"value = {value}")["value"]
    except Deep as error:
        raise InputError(f"{COMMAND_LINE} {shown(text)}", f"has a value that cannot be read ({error})") from error
    except ValueError:
        tables[steps[-1]] = value
    permission.allow_said(tables[steps[-1]])


@contextmanager
def blamed(overrides: Sequence[str], file: str) -> Iterator[None]:
    """A value from the command line is not blamed on the file."""
    changed = [text.partition("=")[0].strip() for text in overrides]
    try:
        yield
    except InputError as error:
        field = error.where.removeprefix(f"{file}: ")
        if error.where != field and any(field == key or field.startswith((f"{key}.", f"{key}[")) for key in changed):
            raise type(error)(f"{COMMAND_LINE} {field}", error.problem) from None
        raise


@contextmanager
def named(file: str) -> Iterator[None]:
    """Name the experiment file in what the chip and the task refuse: they know the field only."""
    try:
        yield
    except (InputError, MappingError) as error:
        where = "chip.profile" if error.where == "profile" else error.where
        if where.partition(".")[0] in TABLES:
            raise type(error)(f"{file}: {where}", error.problem) from error
        raise


def is_utf8(text: str) -> bool:
    """Whether the text can be written: an undecodable name of a file cannot."""
    return text.encode("utf-8", "replace").decode() == text


def looks_like_path(profile: Any) -> bool:
    """Whether a profile is a file rather than a name."""
    return isinstance(profile, str) and (profile.endswith(".toml") or "/" in profile or os.sep in profile)


def relocate(table: dict[str, Any], key: str, folder: Path) -> None:
    """Make a relative path absolute, in place; what is not text is left for the model to refuse."""
    if isinstance(table.get(key), str) and table[key]:
        table[key] = os.path.abspath(folder / table[key])
        if not is_utf8(table[key]):
            raise InputError(shown(table[key]), "is no UTF-8 path, so it cannot be written into an experiment file")


def resolved(experiment: Experiment) -> str:
    """The experiment as TOML text with every default written out; `load` of it gives the same experiment."""
    return toml_text({"schema": SCHEMA, **experiment.model_dump(mode="json", serialize_as_any=True, exclude_none=True)})


def digest(experiment: Experiment) -> str:
    """SHA-256 of the resolved experiment, in hexadecimal; a file of the user's counts with its bytes, not with its place."""
    tables = experiment.model_dump(mode="json", serialize_as_any=True, exclude_none=True)
    for name in experiment.task.files:
        data = tables["task"].get(name)
        if isinstance(data, str) and os.path.isabs(data) and os.path.isfile(data):
            tables["task"][name] = file_digest(data)
    weights = experiment.network.weights
    if weights is not None and os.path.isfile(weights):
        tables["network"]["weights"] = file_digest(weights)
    counted(tables, experiment.task, experiment.rule)
    tables["train"].pop("checkpoint_s", None)
    return hashlib.sha256(toml_text(tables).encode()).hexdigest()


def file_digest(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
