"""The grid of a comparison: axes of the [compare] table, and the experiment of every combination of their values.

::

    [compare]
    "chip.profile" = ["ideal", "reram-sb"]                       # any dotted key of an experiment = list
    "chip.noise_scale" = { linspace = [0.0, 4.0, 5] }            # or { logspace = [1e-4, 1e-1, 4] }: from, to, how many
    "chip.profile" = { set = "analog" }                          # every shipped profile of a kind
    rule = [{ name = "anp" }, { label = "slow", name = "trace", "train.epochs" = 9 }]  # tables; a key of another table has its name
"""
from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from ..experiment import TABLES, Experiment, experiment_of
from ..profile import load, names
from ..sentences import hint, shown, validated
from .settings import Options

COMPARE = "compare"
NEEDS = "[compare] needs one, for instance \"chip.profile\" = [\"ideal\", \"pcm\"]"
MOST_RUNS = 20_000
SETS = {
    "all": lambda profile: True, "analog": lambda profile: profile.weights.format == "conductance",
    "digital": lambda profile: profile.chip.kind == "digital", "mixed": lambda profile: profile.chip.kind.startswith("mixed"),
    "software": lambda profile: profile.chip.kind == "software"}
SPACES = ("linspace", "logspace", "set")


class Axis(NamedTuple):
    """What is varied.

    name : for tables and figures; key : dotted, in the experiment
    labels : of the values; changes : of every value, the settings that it makes, by dotted key
    """

    name: str
    key: str
    labels: tuple[str, ...]
    changes: tuple[dict[str, Any], ...]


class Point(NamedTuple):
    """A combination: its label on every axis, and its experiment."""

    labels: dict[str, str]
    experiment: Experiment


class Grid(NamedTuple):
    """What a file wants compared."""

    base: dict[str, Any]
    axes: tuple[Axis, ...]
    options: Options
    path: Path


def grid_of(tables: Mapping[str, Any], path: Path) -> Grid:
    """Axes and options of the tables of an experiment file with a [compare] table.

    Raises
    ------
    InputError
        An axis that is empty, of mixed types or too long, a key that is in no table, or more than `MOST_RUNS` combinations.
    """
    base = {name: value for name, value in tables.items() if name != COMPARE}
    table = tables.get(COMPARE)
    if not isinstance(table, Mapping) or not table:
        raise InputError(f"{path.name}: {COMPARE}", f"is missing or empty; {NEEDS}")
    leaves = dict(flattened(table))
    rest = {key: value for key, value in table.items() if key.partition(".")[0] not in TABLES}
    unknown = next((key for key in rest if key not in Options.model_fields), None)
    if unknown is not None:
        known = (*TABLES, *Options.model_fields)
        close = hint(unknown.partition(".")[0], known)
        raise InputError(f"{path.name}: {COMPARE}.{unknown}", f"is neither an option nor a key of a table{close}")
    options = validated(Options, rest, path.name, (COMPARE,))
    if not leaves:
        raise InputError(f"{path.name}: {COMPARE}", f"has no axis; {NEEDS}")
    short = [short_name(key) for key in leaves]
    axes = tuple(
        axis_of(name if short.count(name) == 1 else key, key, value, path)
        for name, (key, value) in zip(short, leaves.items(), strict=True))
    check_size(axes, base, path)
    return Grid(base, axes, options, path if options.folder is None else Path(options.folder) / path.name)


def flattened(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The axes of a table by dotted key; ``chip.profile`` may be quoted, or be written as a table in a table."""
    for key, value in table.items():
        dotted = f"{before}{key}"
        if dotted.partition(".")[0] not in TABLES:
            continue
        if isinstance(value, Mapping) and not set(value) & set(SPACES):
            yield from flattened(value, f"{dotted}.")
        else:
            yield dotted, value


def short_name(key: str) -> str:
    """``chip`` for ``chip.profile``, otherwise the last part."""
    return "chip" if key == "chip.profile" else key.rpartition(".")[2]


def axis_of(name: str, key: str, value: Any, path: Path) -> Axis:
    """An axis, its values checked as far as can be done without the rest of the experiment."""
    where = f"{path.name}: {COMPARE}.{key}"
    values = spaced(value, key, where) if isinstance(value, Mapping) else value
    if not isinstance(values, list):
        raise InputError(where, f"= {shown(value)}; must be a list of values, or one of {', '.join(SPACES)}")
    if not values:
        raise InputError(where, "= []; must have at least one value")
    kinds = list(dict.fromkeys(kind_of(item) for item in values))
    if len(kinds) > 1:
        raise InputError(where, f"mixes {' and '.join(kinds)}; all values of an axis must be of one type")
    is_table = "." not in key
    if is_table != (kinds[0] == "tables"):
        wanted = "tables, for instance { name = ... }" if is_table else "values, not tables"
        raise InputError(where, f"= {shown(values[0])}, ...; must be {wanted}")
    made = [changes_of(key, item, where) if is_table else (text_of(item), {key: item}) for item in values]
    labels = tuple(label for label, _ in made)
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise InputError(where, f"has {shown(twice)} twice; values must differ{', or have a label of their own' if is_table else ''}")
    return Axis(name, key, labels, tuple(change for _, change in made))


def kind_of(value: Any) -> str:
    """The type of a value, in words."""
    if isinstance(value, bool):
        return "truth values"
    return next((word for types, word in (((int, float), "numbers"), ((str,), "texts"), ((Mapping,), "tables"), ((list,), "lists"))
                 if isinstance(value, types)), type(value).__name__)


def spaced(value: Mapping[str, Any], key: str, where: str) -> list[Any]:
    """The values of ``{ linspace = [from, to, n] }``, ``{ logspace = [from, to, n] }`` and ``{ set = name }``."""
    if len(value) != 1:
        raise InputError(where, f"= {shown(dict(value))}; must have one of {', '.join(SPACES)}")
    (kind, given), = value.items()
    if kind == "set":
        if key != "chip.profile" or given not in SETS:
            close = hint(str(given), list(SETS))
            raise InputError(where, f"set = {shown(given)}; must be one of {', '.join(SETS)}, for chip.profile{close}")
        return [name for name in names() if SETS[given](load(name))]
    numbers = isinstance(given, list) and len(given) == 3 and all(kind_of(item) == "numbers" and math.isfinite(item) for item in given)
    if not numbers or not isinstance(given[2], int) or given[2] < 2:
        raise InputError(where, f"{kind} = {shown(given)}; must be [from, to, how many], at least 2 of them")
    first, last, n = given
    if n > MOST_RUNS:
        raise InputError(where, f"{kind} = {shown(given)}; has {n} values, at most {MOST_RUNS} runs can be compared")
    if kind == "logspace" and min(first, last) <= 0:
        raise InputError(where, f"logspace = {shown(given)}; both ends must be greater than 0")
    between = [k / (n - 1) for k in range(n)]
    if kind == "linspace":
        return [float(f"{first + (last - first) * part:.12g}") for part in between]
    return [float(f"{first * (last / first) ** part:.6g}") for part in between]


def text_of(value: Any) -> str:
    """A value as a label."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.6g}"
    return Path(value).stem if isinstance(value, str) and value.endswith(".toml") else str(value)


def changes_of(key: str, value: Mapping[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    """Label and settings of a value that is a table; keys that begin with the name of another table are settings of that."""
    changes: dict[str, Any] = {}
    for name, item in value.items():
        if name == "label":
            continue
        elsewhere = name.partition(".")[0] in TABLES and ("." in name or isinstance(item, Mapping)) and name.partition(".")[0] != key
        changes[name if elsewhere else f"{key}.{name}"] = item
    label = value.get("label", value.get("name"))
    if not isinstance(label, str) or not label:
        raise InputError(where, f"= {shown(dict(value))}; needs a label, or a name")
    return label, changes


def check_size(axes: tuple[Axis, ...], base: Mapping[str, Any], path: Path) -> None:
    """Refuse what nobody would wait for, before anything is made of it."""
    train = base.get("train", {})
    seeds = train.get("seeds", [1]) if isinstance(train, Mapping) else [1]
    n_seeds = len(seeds) if isinstance(seeds, list) else 1
    total = math.prod(len(axis.labels) for axis in axes) * n_seeds
    if total > MOST_RUNS:
        longest = max(axes, key=lambda axis: len(axis.labels))
        raise InputError(f"{path.name}: {COMPARE}.{longest.key}", (
            f"has {len(longest.labels)} values, which makes {total} runs; at most {MOST_RUNS} can be compared"))


def points(grid: Grid) -> list[Point]:
    """The experiment of every combination, the last axis fastest.

    Raises
    ------
    InputError
        If one of them is no experiment; the message ends with the combination.
    """
    found = []
    for choice in itertools.product(*(range(len(axis.labels)) for axis in grid.axes)):
        labels = {axis.name: axis.labels[k] for axis, k in zip(grid.axes, choice, strict=True)}
        tables = copy.deepcopy(grid.base)
        for axis, k in zip(grid.axes, choice, strict=True):
            for key, value in axis.changes[k].items():
                put(tables, key, value)
        found.append(Point(labels, experiment_at(tables, labels, grid)))
    return found


def experiment_at(tables: dict[str, Any], labels: Mapping[str, str], grid: Grid) -> Experiment:
    """The experiment of one combination."""
    try:
        return experiment_of(tables, grid.path)
    except InputError as error:
        raise type(error)(error.where, f"{error.problem} (in [compare], {said(labels)})") from error


def said(labels: Mapping[str, str]) -> str:
    """A combination in words."""
    return ", ".join(f"{name} {label}" for name, label in labels.items())


def put(tables: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key, in place; a table is laid over the one that is there."""
    first, _, rest = key.partition(".")
    if rest:
        inside = tables.get(first)
        tables[first] = dict(inside) if isinstance(inside, Mapping) else {}
        put(tables[first], rest, value)
    elif isinstance(value, Mapping) and isinstance(tables.get(first), Mapping):
        for name, item in value.items():
            tables[first] = dict(tables[first])
            put(tables[first], name, item)
    else:
        tables[first] = copy.deepcopy(value)
