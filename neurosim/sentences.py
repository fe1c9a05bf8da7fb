"""Refusals in one sentence: what is wrong in a table of a file, naming the field, the value and what is allowed."""
from __future__ import annotations

import difflib
import functools
import json
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema

from .errors import InputError

MAX_SHOWN = 60  # characters of a value in a message
LISTED = 20     # names listed in a message
LARGEST = 2**64
DEEPEST = 32    # tables and lists in each other
BOUNDS = {
    "exclusiveMinimum": "greater than", "minimum": "at least", "exclusiveMaximum": "less than", "maximum": "at most"}
RANGES = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
UNTAGGED = {"union_tag_not_found", "union_tag_invalid"}  # of a table that is one of several kinds, which one of its keys names

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]
"""Keys and list positions from the top of a file to a value."""


def validated(model: type[Model], table: Mapping[str, Any], file: str, prefix: Path = ()) -> Model:
    """The settings in `table`, checked strictly.

    Parameters
    ----------
    model : pydantic model of the table
    table : what a TOML file holds there: tables, lists, strings, numbers, booleans
    file : name for the message
    prefix : place of the table in the file, for the message

    Raises
    ------
    InputError
        One sentence on the first thing that is wrong.
    """
    check_values(table, file, prefix)
    try:
        return model.model_validate_json(json.dumps(table), strict=True)
    except ValidationError as error:
        raise refusal(error, model, table, file, prefix) from None


def refusal(
        error: ValidationError, model: type[BaseModel], table: Mapping[str, Any], file: str, prefix: Path = ()
) -> InputError:
    """One sentence for the first thing that is wrong; a key that does not exist comes before one that is missing."""
    found = [(problem["type"], path_in(table, problem["loc"], problem["type"]), problem) for problem in error.errors()]
    unknown = [item for item in found if item[0] == "extra_forbidden"]
    first = (unknown or found)[0][1]
    path = max((path for _, path, _ in found if path[:len(first)] == first), key=len)
    here = [problem for _, at, problem in found if at == path]
    where = f"{file}: {dotted(prefix + path)}" if prefix + path else file
    schema = schema_at(model, path)
    kind = here[0]["type"]
    if kind == "extra_forbidden":
        table_schema = schema_at(model, path[:-1])
        known = [key for part in fitting(table_schema, value_at(table, path[:-1])) for key in part.get("properties", {})]
        return InputError(where, f"= {shown(value_at(table, path))}; there is no such key{hint(str(path[-1]), known)}")
    if kind in UNTAGGED:
        return untagged(here[0], schema, value_at(table, path), where)
    if kind == "missing":
        return InputError(where, f"is missing; must be {allowed(schema)}")
    value = value_at(table, path)
    problem = explained(kind, here, schema)
    if kind == "literal_error" and isinstance(value, str):
        problem += nearest(value, [item for item in schema.get("enum", []) if isinstance(item, str)])
    return InputError(where, problem if isinstance(value, Mapping) else f"= {shown(value)}; {problem}")


def untagged(problem: Any, schema: Mapping[str, Any], table: Mapping[str, Any], where: str) -> InputError:
    """For a table without the key that says which of several kinds it is, or with another value in it."""
    key = problem["ctx"]["discriminator"].strip("'")
    names = [part["properties"][key]["const"] for part in schema.get("anyOf", [schema])]
    allowed_names = f"must be one of {', '.join(map(shown, names))}"
    if key not in table:
        return InputError(f"{where}.{key}", f"is missing; {allowed_names}")
    close = nearest(table[key], names) if isinstance(table[key], str) else ""
    return InputError(f"{where}.{key}", f"= {shown(table[key])}; {allowed_names}{close}")


def fitting(schema: Mapping[str, Any], table: Any) -> list[Mapping[str, Any]]:
    """The kinds that a table can be: those that agree with what its keys say about that."""
    parts = list(schema.get("anyOf", [schema]))
    agreeing = [part for part in parts if all(
        table.get(key, inner["const"]) == inner["const"] for key, inner in part.get("properties", {}).items() if "const" in inner)]
    return agreeing or parts


def explained(kind: str, problems: list[Any], schema: Mapping[str, Any]) -> str:
    """What is allowed, or what a validator of the model said."""
    if kind in ("value_error", "assertion_error"):
        return str(problems[0]["ctx"]["error"])
    if kind == "finite_number":
        return "must be a finite number"
    if kind in RANGES and len(problems) == 1 and span(schema):
        return f"must be {span(schema)}"
    words = allowed(schema)
    return f"must be {words}" if words else problems[0]["msg"].replace("Input should", "must", 1)


def allowed(schema: Mapping[str, Any]) -> str:
    """A JSON schema in words, for instance ``a whole number, at least 1``; empty if there are none for it."""
    if "anyOf" in schema:
        parts = [allowed(part) for part in schema["anyOf"] if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(filter(None, parts)))
    if "const" in schema:
        return shown(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(map(shown, schema["enum"]))
    kind = schema.get("type")
    if kind == "array":
        items = allowed(schema.get("items", {}))
        least = f" of at least {schema['minItems']}" if schema.get("minItems") else ""
        return f"a list{least}, each {items}" if items else f"a list{least}"
    name = {"integer": "a whole number", "number": "a number", "string": "text in quotes", "boolean": "true or false",
            "object": "a table"}.get(str(kind), "")
    limits = "not empty" if schema.get("minLength") else span(schema)
    return f"{name}, {limits}" if name and limits else name


def span(schema: Mapping[str, Any]) -> str:
    """The range of a number in words, without what no file exceeds."""
    if "anyOf" in schema:
        return " or ".join(filter(None, map(span, schema["anyOf"])))
    if "minimum" in schema and "maximum" in schema:
        return f"from {schema['minimum']} to {schema['maximum']}"
    return " and ".join(f"{word} {'2^64' if schema[key] == LARGEST else schema[key]}" for key, word in BOUNDS.items() if key in schema)


def schema_at(model: type[BaseModel], path: Path) -> dict[str, Any]:
    """JSON schema of the value at `path`; empty if the model cannot say."""
    top = schema_of(model)
    definitions = top.get("$defs", {})
    schema = top
    for step in path:
        for branch in branches(schema, definitions):
            inner = branch.get("properties", {}).get(step) if isinstance(step, str) else branch.get("items")
            inner = inner or (branch.get("additionalProperties") if isinstance(step, str) else None)
            if isinstance(inner, dict):
                schema = inner
                break
        else:
            return {}
    found = list(branches(schema, definitions))
    return found[0] if len(found) == 1 else {"anyOf": found}


@functools.lru_cache(64)
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """JSON schema of a model, which takes a hundredth of a second to make; empty if it cannot say."""
    try:
        return model.model_json_schema()
    except PydanticInvalidForJsonSchema:
        return {}


def branches(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The alternatives of a schema, references followed, null left out."""
    if "$ref" in schema:
        schema = definitions.get(schema["$ref"].rsplit("/", 1)[-1], {})
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        for option in options:
            yield from branches(option, definitions)
    elif schema.get("type") != "null":
        yield dict(schema)


def path_in(table: Any, location: Path, kind: str) -> Path:
    """The part of pydantic's location that is in the file: its labels for the alternatives of a union are not."""
    path: list[str | int] = []
    value = table
    for place, step in enumerate(location):
        is_last = place == len(location) - 1
        is_here = (isinstance(value, Mapping) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value))
        if is_here:
            value = value[step]
            path.append(step)
        elif is_last and kind == "missing":
            path.append(step)
    return tuple(path)


def value_at(table: Any, path: Path) -> Any:
    """The value at `path`, which exists."""
    for step in path:
        table = table[step]
    return table


def check_values(value: Any, file: str, path: Path = ()) -> None:
    """Refuse what a setting can never be: a number that is not finite, a date, tables and lists that nest without end."""
    if len(path) > DEEPEST:
        raise InputError(f"{file}: {dotted(path[:3])}", f"is nested more than {DEEPEST} deep; no setting is")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            check_values(inner, file, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            check_values(inner, file, (*path, place))
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{file}: {dotted(path)}", f"= {value}; must be a finite number")
    elif isinstance(value, int) and abs(value) >= LARGEST:
        raise InputError(f"{file}: {dotted(path)}", f"= {hex(value)[:MAX_SHOWN]}; must fit in 64 bits")
    elif not isinstance(value, str | int | float):
        raise InputError(
            f"{file}: {dotted(path)}", f"= {value}; dates and times have no use here, write a number or text in quotes")


def dotted(path: Path) -> str:
    """``("train", "seeds", 1)`` as ``train.seeds[1]``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{shown_key(step)}" for step in path)
    return text.removeprefix(".")


def shown_key(key: str) -> str:
    """A key or a file name, without line breaks and cut in the middle: the end tells more."""
    text = key if key.isprintable() else one_line(json.dumps(key, ensure_ascii=False))
    return text if len(text) <= 2 * MAX_SHOWN else text[:MAX_SHOWN] + "..." + text[3 - MAX_SHOWN:]


def shown(value: Any) -> str:
    """A value as its file has it, in one line and cut."""
    if isinstance(value, Mapping):
        return "a table"
    text = one_line(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN - 3] + "..."


def one_line(text: str) -> str:
    """The text without line breaks and control characters."""
    return "".join(character if character.isprintable() else " " for character in text)


def nearest(word: str, known: Collection[str]) -> str:
    """``; did you mean X?`` if a known name is close, else nothing."""
    close = difflib.get_close_matches(word.lower(), [name.lower() for name in known], n=1)
    return next((f"; did you mean {name}?" for name in known if close and name.lower() == close[0]), "")


def hint(word: str, known: Collection[str]) -> str:
    """The near name if there is one, else the names that exist."""
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return nearest(word, known) or (f"; known are {', '.join(list(known)[:LISTED])}{more}" if known else "")
