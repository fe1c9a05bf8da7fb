"""Rules and tasks of a user's own, which an experiment file names as ``module:Class`` or ``path/to/file.py:Class``.

``module`` is looked for beside the experiment file first, as ``module.py``, then on the import path.  Importing runs the code of the
module: it happens because the file names it, and nothing that is not named is imported.  Such a file stands alone, or belongs to an
installed package: its folder is not on the import path, so that no neighbour is picked up by accident and nothing that decides the
result is left out of the digest.  Commands do it only if their user says so, see `permission`.
"""
from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.abc
import importlib.util
import inspect
import os
import sys
import traceback
import types
import warnings
from pathlib import Path
from typing import Any

from pydantic import create_model

from . import permission
from .errors import InputError
from .own_code import ORIGINS, Origin, OwnRule, OwnTask, place_of, said
from .rules.rule import Rule
from .sentences import LISTED, shown, shown_key
from .tasks.task import Task

PREFIX = "neurosim_own_"  # of modules made from files; the rest is the digest of the file, so that nothing else has that name
MAX_BYTES = 2**20
FORMS = "must be module:Class or path/to/file.py:Class"
KINDS: dict[str, tuple[type, type]] = {"rule": (Rule, OwnRule), "task": (Task, OwnTask)}


class Source(importlib.abc.SourceLoader):
    """Loads a module from bytes in memory, those of the digest; leaves no bytecode behind and believes none."""

    def __init__(self, path: str, text: bytes) -> None:
        self.path, self.text = path, text

    def get_filename(self, fullname: str) -> str:
        """Of the source."""
        return self.path

    def get_data(self, path: bytes | str) -> bytes:
        """The source."""
        return self.text


def is_own(name: Any) -> bool:
    """Whether a ``name`` in an experiment file is of a class of the user's."""
    return isinstance(name, str) and ":" in name


def own_class(name: str, table: str, folder: Path, where: str) -> Any:
    """The class that a user's ``module:Class`` stands for, ready to check settings.

    Parameters
    ----------
    name : as the experiment file has it
    table : "rule" or "task"
    folder : of the experiment file, where modules and relative paths are looked for first
    where : file and field, for messages

    Returns
    -------
    A subclass of the user's class; its field ``name`` is the name by which it is found again from anywhere.

    Raises
    ------
    InputError
        One sentence: not allowed, not found, not Python, an exception while importing, no such class, not a rule or task.
    """
    if not permission.is_allowed(name):
        raise InputError(where, f"= {shown(name)}; is code of somebody's own, which can do anything; {permission.OPTION} runs it")
    module_name, _, class_name = name.rpartition(":")
    is_path = "/" in module_name or os.sep in module_name or module_name.endswith(".py")
    try:
        if not class_name.isidentifier() or not (
                module_name.endswith(".py") if is_path else all(part.isidentifier() for part in module_name.split("."))):
            raise Refused(FORMS)
        module, found_as = from_file(folder / module_name) if is_path else module_of(module_name, folder)
        cls = class_of(module, class_name, table)
        permission.allow([f"{found_as}:{class_name}"])  # the same class by the name that is kept
        return adopted(cls, table, f"{found_as}:{class_name}")
    except Refused as refused:
        raise InputError(where, f"= {shown(name)}; {refused}") from refused.__cause__


class Refused(Exception):
    """Why a class cannot be had, in words."""


def module_of(name: str, folder: Path) -> tuple[types.ModuleType, str]:
    """The module of that name, and the name by which it is found again: its file, or its own name if it is part of a package."""
    beside = folder / f"{name}.py"
    if "." not in name and os.path.lexists(beside):
        return from_file(beside)
    try:
        found = importlib.util.find_spec(name)  # imports the packages that it is in
        if found and found.parent == "" and str(found.origin).endswith(".py"):
            return from_file(Path(str(found.origin)))
        if found:
            return importlib.import_module(name), name
    except Refused:
        raise
    except (Exception, SystemExit) as error:
        if not (isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}.")):
            raise Refused(f"importing {name} failed ({inside(error)})") from error
    near = "" if "." in name else f"no {name}.py beside the experiment file and "
    raise Refused(f"there is {near}no module {name} on the import path")


def from_file(path: Path) -> tuple[types.ModuleType, str]:
    """The module made of a file, and the absolute path of the file; the same bytes are imported once."""
    place = os.path.abspath(path)
    text = read(Path(place))
    name = PREFIX + hashlib.sha256(text).hexdigest()[:24]
    if name in sys.modules:
        return sys.modules[name], place
    specification = importlib.util.spec_from_file_location(name, place, loader=Source(place, text))
    if specification is None or specification.loader is None:
        raise Refused(FORMS)
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # while it runs, too: pydantic and inspect look classes up there
    try:
        specification.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, Exception | SystemExit):
            raise Refused((place_of(error, place) or why(error, place)).replace(f"{name}.", "") + neighbour(error, place)) from error
        raise
    return module, place


def read(path: Path) -> bytes:
    """The bytes of a source file."""
    shown_name = shown_key(path.name)
    try:
        str(path).encode()
        if not path.exists():
            raise Refused(f"there is no file {shown_key(str(path))}")
        if not path.is_file():
            raise Refused(f"{shown_name} is no file")
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Refused(f"{shown_name} cannot be read ({getattr(error, 'strerror', None) or said(error)})") from error
    if len(text) > MAX_BYTES:
        raise Refused(f"{shown_name} is larger than {MAX_BYTES // 2**20} MiB; must be a Python file")
    return text


def why(error: BaseException, place: str = "") -> str:
    """Why a module cannot be imported, if not for an error in a line of it."""
    if isinstance(error, SyntaxError):
        line = f", line {error.lineno}" if error.lineno else ""
        return f"{Path(error.filename or place).name}{line}: is not Python ({error.msg})"
    return said(error)


def inside(error: BaseException) -> str:
    """Why a module of a package cannot be imported: the last line that is of neither Python's import system nor this file."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)
             if os.path.isfile(frame.filename) and frame.filename not in (__file__, importlib.__file__)]
    return place_of(error, files[-1]) if files and not isinstance(error, SyntaxError) else why(error)


def neighbour(error: BaseException, place: str) -> str:
    """What to do if a file wants to import one beside it."""
    is_near = isinstance(error, ModuleNotFoundError) and (Path(place).parent / f"{error.name}.py").exists()
    return "; its folder is not on the import path: put everything into one file, or install a package" if is_near else ""


def class_of(module: types.ModuleType, name: str, table: str) -> type:
    """The class of that name, which must be a rule or a task that can be used."""
    base, _ = KINDS[table]
    file = Path(str(module.__file__)).name if module.__name__.startswith(PREFIX) else module.__name__
    kind = f"neurosim.{table}s.{table}.{base.__name__}"
    own = [key for key, value in vars(module).items()
           if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__]
    there = f"the {table}s in it are {', '.join(own[:LISTED])}" if own else f"there is no subclass of {kind} in it"
    found = getattr(module, name, None)
    if found is None:
        raise Refused(f"{file} has no class {name}; {there}")
    if not isinstance(found, type) or not issubclass(found, base) or found is base:
        raise Refused(f"{name} in {file} is no subclass of {kind}; {there}")
    if getattr(found, "build", None) is Rule.build:
        raise Refused(f"{name} in {file} has no build(self, sizes), which every rule needs")
    if inspect.isabstract(found):
        raise Refused(f"{name} in {file} has no load(self, seed, batch), which every task needs")
    if table == "task" and not isinstance(getattr(found, "default_batch", None), int):
        raise Refused(f"{name} in {file} has no default_batch, a class variable that every task needs, a whole number")
    return found


@functools.cache
def adopted(cls: type, table: str, name: str) -> Any:
    """A subclass whose field ``name`` says where the class is found, and whose results are looked at."""
    _, before = KINDS[table]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydantic's, if the user's class has a `name` that is no field
            model: Any = create_model(cls.__name__, __base__=(before, cls), __module__=cls.__module__, name=(str, name))
    except Exception as error:
        raise Refused(f"{cls.__name__} cannot be used ({said(error)})") from error
    loader = getattr(sys.modules.get(cls.__module__), "__loader__", None)
    file = inspect.getsourcefile(cls) or ""
    text = loader.text if isinstance(loader, Source) else read(Path(file))
    ORIGINS[model] = Origin(table, name, file, hashlib.sha256(text).hexdigest())
    return model


def counted(tables: dict[str, Any], *settings: Any) -> None:
    """Let a user's class count with the bytes of its file and not with its place, in place, before a digest is made."""
    for origin in filter(None, (ORIGINS.get(type(item)) for item in settings)):
        tables[origin.table]["name"] = f"{origin.digest}:{origin.name.rpartition(':')[2]}"


def sources(*settings: Any) -> dict[str, str]:
    """File and digest of every class that is the user's, for the provenance."""
    found = [origin for origin in (ORIGINS.get(type(item)) for item in settings) if origin]
    return {key: value for origin in found for key, value in (
        (f"{origin.table}_file", origin.file), (f"{origin.table}_digest", origin.digest))}
