"""Checkpoints: named arrays and facts in an HDF5 file that is complete and unaltered, or refused.

Layout, schema 2: attribute ``schema = 2`` and the facts (attributes) on the root, every array a contiguous dataset with
its SHA-256 in the attribute ``sha256``; ``contents_sha256`` on the root covers the facts, the names of the arrays and their
digests, so that none can be left out or change its name.  Schema 1 had ``facts_sha256`` over the facts alone; it is still read.
Texts are of fixed length: HDF5 keeps texts of variable length in a heap without checksums, where one wrong byte can make the
library search forever.  Nothing is ever unpickled or evaluated.
"""
from __future__ import annotations

import hashlib
import io
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import h5py
import numpy as np

from .errors import InputError
from .writing import write_bytes

SCHEMA, READ = 2, (1, 2)
MAX_BYTES = 2**30 - 2**26  # of one file's arrays: a reader of it stays below 1 GiB
MAX_FACT = 2**15  # bytes of one text
MAX_OBJECTS = 100_000
HERE = "must be an array stored in this place"
RESERVED = ("schema", "facts_sha256", "contents_sha256")
KINDS = "biuf"  # booleans, integers, floats

Fact = int | float | str
DAMAGE = (
    OSError, RuntimeError, LookupError, ValueError, TypeError, MemoryError, RecursionError, ArithmeticError, AttributeError, SystemError)
"""What h5py makes of a damaged file."""


def save(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], facts: Mapping[str, Fact]) -> None:
    """Write a checkpoint; afterwards `path` holds either all of it or what it held before.

    Parameters
    ----------
    path : file to make or replace
    arrays : by name, ``/`` makes groups; booleans, integers and floats of any shape, at most 960 MiB in all
    facts : numbers and texts about the arrays; the same arrays and facts give the same bytes

    Raises
    ------
    InputError
        An array or fact that a checkpoint cannot hold.
    NeurosimError
        The file cannot be written.
    """
    path = Path(path)
    checked = {name: checked_array(path, name, arrays[name]) for name in sorted(arrays)}
    if sum(array.nbytes for array in checked.values()) > MAX_BYTES:
        raise InputError(path.name, f"would hold more than {MAX_BYTES // 2**20} MiB of arrays")
    for name, fact in facts.items():
        if not name or name in RESERVED or not is_fact(fact):
            raise InputError(f"{path.name}: fact {name!r}", f"= {fact!r:.60}; must be short text or a finite number")
    stored = io.BytesIO()  # in memory: HDF5 that meets a full disk half-way cannot even close its file
    try:
        with h5py.File(stored, "w", libver=("v110", "v110"), track_order=False) as file:
            digests = {name: array_digest(array) for name, array in checked.items()}
            for name, array in checked.items():
                dataset = file.create_dataset(name, data=array, track_times=False)
                dataset.attrs["sha256"] = fixed(digests[name])
            for name in sorted(facts):
                file.attrs[name] = fixed(facts[name])
            file.attrs["contents_sha256"] = fixed(contents_digest(facts, digests))
            file.attrs["schema"] = SCHEMA
    except (OSError, RuntimeError, ValueError, TypeError) as error:  # names that are no text, or of an array and a group at once
        raise InputError(path.name, f"cannot hold arrays and facts of these names ({first_line(error)})") from error
    write_bytes(path, stored.getbuffer())


def checked_array(path: Path, name: str, array: np.ndarray) -> np.ndarray:
    """The array as it is stored: C-contiguous, little-endian, of a plain type."""
    array = np.asarray(array)
    if array.dtype.kind not in KINDS or array.dtype.itemsize > 8:
        raise InputError(
            f"{path.name}: {name}", f"has type {array.dtype}; must be booleans, integers or floats of at most 64 bits")
    if not name or "\0" in name or not all(part and part not in (".", "..") for part in name.split("/")):
        raise InputError(f"{path.name}: array {name!r}", "is no name for an array")
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)


def load(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Fact]]:
    """Read a checkpoint, every digest checked.

    Returns
    -------
    arrays, facts : as they were given to `save`

    Raises
    ------
    InputError
        No such file, not HDF5, truncated, of another schema, a missing or wrong digest, a link out of the file or to
        another place in it, a type that is no plain number, more than 960 MiB.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(str(path), "not a file" if path.exists() else "no such file")
    try:
        with h5py.File(path, "r") as file:
            return read(path, file)
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(path.name, f"is not a complete HDF5 file ({first_line(error)})") from error


def read(path: Path, file: h5py.File) -> tuple[dict[str, np.ndarray], dict[str, Fact]]:
    """Facts and arrays of an open file."""
    schema = attribute(file, "schema")
    if not is_integer(schema) or schema not in READ:
        found = "is missing" if schema is None else f"= {str(schema)[:40]!r}"
        raise InputError(f"{path.name}: schema", f"{found}; must be {' or '.join(map(str, READ))}, the versions that this program reads")
    facts = {name: plain_fact(path, name, attribute(file, name)) for name in file.attrs if name not in RESERVED}
    if schema == 1 and attribute(file, "facts_sha256") != facts_digest(facts):
        raise InputError(f"{path.name}: facts_sha256", "is missing or does not match the facts; the file was altered")
    datasets = checked_datasets(path, file)
    digests = {name: digest_of(path, name, dataset) for name, dataset in datasets.items()}
    if schema != 1 and attribute(file, "contents_sha256") != contents_digest(facts, digests):
        problem = "is missing or does not match the facts and the names of the arrays; the file was altered"
        raise InputError(f"{path.name}: contents_sha256", problem)
    return {name: read_array(path, name, dataset, digests[name]) for name, dataset in datasets.items()}, facts


def checked_datasets(path: Path, file: h5py.File) -> dict[str, h5py.Dataset]:
    """Every dataset by name, each of a kind and a size that `save` writes."""
    datasets = dict(walk(path, file))
    for name, dataset in datasets.items():
        check_dataset(path, name, dataset)
    sizes = {name: math.prod(dataset.shape) * dataset.dtype.itemsize for name, dataset in datasets.items()}
    if sum(sizes.values()) > MAX_BYTES:
        largest = max(sizes, key=sizes.__getitem__)
        raise InputError(f"{path.name}: {largest}", f"has {sizes[largest]} bytes; a file may hold at most {MAX_BYTES}")
    for name, dataset in datasets.items():
        if dataset.id.get_storage_size() != sizes[name]:
            raise InputError(f"{path.name}: {name}", f"has {sizes[name]} bytes, of which {dataset.id.get_storage_size()} are in this file")
    return datasets


def walk(
        path: Path, group: h5py.Group, prefix: str = "", count: list[int] | None = None
) -> Iterator[tuple[str, h5py.Dataset]]:
    """Every dataset by name; links are not followed, and one object has one name."""
    count = [0] if count is None else count
    if prefix.count("/") > 32:
        raise InputError(f"{path.name}: {prefix}", "is nested too deeply")
    for key in group:
        name = prefix + key
        count[0] += 1
        if count[0] > MAX_OBJECTS:
            raise InputError(path.name, f"holds more than {MAX_OBJECTS} objects")
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise InputError(f"{path.name}: {name}", f"is a link; {HERE}")
        item = group[key]
        if h5py.h5o.get_info(item.id).rc != 1:
            raise InputError(f"{path.name}: {name}", f"is another name of an object elsewhere in the file; {HERE}")
        if isinstance(item, h5py.Group):
            yield from walk(path, item, f"{name}/", count)
        elif isinstance(item, h5py.Dataset):
            yield name, item
        else:
            raise InputError(f"{path.name}: {name}", "is a named type; must be an array")


def check_dataset(path: Path, name: str, dataset: h5py.Dataset) -> None:
    """Refuse what `save` never writes, before anything is allocated."""
    if dataset.shape is None or dataset.dtype.kind not in KINDS or dataset.dtype.itemsize > 8:
        raise InputError(f"{path.name}: {name}", f"has type {dataset.dtype}; must be booleans, integers or floats")
    if dataset.is_virtual or dataset.external or dataset.chunks is not None:
        raise InputError(f"{path.name}: {name}", "is not stored as one block in this file")


def digest_of(path: Path, name: str, dataset: h5py.Dataset) -> str:
    """The digest that a file tells of an array."""
    expected = attribute(dataset, "sha256")
    if not isinstance(expected, str):
        raise InputError(f"{path.name}: {name}", "has no sha256; the file was not written by neurosim or was altered")
    return expected


def read_array(path: Path, name: str, dataset: h5py.Dataset, expected: str) -> np.ndarray:
    """The values, held against their digest."""
    try:
        array = np.asarray(dataset[()])
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name}: {name}", f"cannot be read ({first_line(error)})") from error
    if array_digest(array) != expected:
        raise InputError(f"{path.name}: {name}", "does not match its sha256; the file was altered or damaged")
    return array


def is_fact(fact: object) -> bool:
    """Whether a checkpoint can hold it: short text, a 64-bit integer, a finite float."""
    if isinstance(fact, str):
        return "\0" not in fact and len(fact.encode("utf-8", "replace")) <= MAX_FACT
    return -2**63 <= fact < 2**64 if isinstance(fact, int) else isinstance(fact, float) and math.isfinite(fact)


def fixed(fact: Fact) -> Fact | np.ndarray:
    """A fact as it is stored."""
    if not isinstance(fact, str):
        return fact
    text = fact.encode()
    return np.array(text, dtype=h5py.string_dtype("utf-8", max(len(text), 1)))


def attribute(item: h5py.Group | h5py.Dataset, name: str) -> object:
    """A stored fact; None if it is absent or of a type that `fixed` never makes."""
    if name not in item.attrs:
        return None
    stored = item.attrs.get_id(name)
    if stored.shape != () or stored.dtype.kind not in KINDS + "S" or stored.dtype.itemsize > MAX_FACT:
        return None
    value = item.attrs[name]
    return value.decode() if isinstance(value, bytes) else value


def plain_fact(path: Path, name: str, value: object) -> Fact:
    """An attribute as a Python number or text."""
    if isinstance(value, str):
        return value
    if is_integer(value):
        return int(value)  # type: ignore[call-overload]
    if isinstance(value, np.floating) and math.isfinite(value):
        return float(value)
    raise InputError(f"{path.name}: fact {name!r}", "is neither short text nor a finite number")


def is_integer(value: object) -> bool:
    """Whether an attribute is one integer."""
    return isinstance(value, np.integer | int) and not isinstance(value, bool)


def array_digest(array: np.ndarray) -> str:
    """SHA-256 of type, shape and bytes, in hexadecimal."""
    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)
    summary = hashlib.sha256(f"{array.dtype.str} {array.shape} ".encode())
    summary.update(array.reshape(-1).view(np.uint8).data)  # no copy
    return summary.hexdigest()


def contents_digest(facts: Mapping[str, Fact], digests: Mapping[str, str]) -> str:
    """SHA-256 of the facts and of the names and digests of the arrays, in hexadecimal."""
    return hashlib.sha256(json.dumps([facts_digest(facts), dict(digests)], sort_keys=True).encode()).hexdigest()


def facts_digest(facts: Mapping[str, Fact]) -> str:
    """SHA-256 of the facts, in hexadecimal."""
    plain = {name: int(fact) if isinstance(fact, bool) else fact for name, fact in facts.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def first_line(error: Exception) -> str:
    """The start of a library's message, in one line."""
    return " ".join(str(error).split())[:120]
