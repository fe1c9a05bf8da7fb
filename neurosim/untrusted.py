"""Arrays from files of unknown origin: sizes are known before anything is read, nothing is unpickled, and what is damaged is refused."""
from __future__ import annotations

import io
import math
import tokenize
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from .errors import InputError

MAX_CELLS = 2**27  # of all arrays of a file
MAX_BYTES = 8 * MAX_CELLS
MAX_ENTRIES, MAX_HEADER = 32, 10_000
KINDS = "biuf"

Arrays = dict[str, np.ndarray]
DAMAGE = (
    zipfile.BadZipFile, zlib.error, ValueError, TypeError, KeyError, EOFError, NotImplementedError, RuntimeError, OSError, MemoryError,
    OverflowError, SyntaxError, RecursionError, tokenize.TokenError)


def check_file(path: Path) -> None:
    """Refuse what is no file of a sensible size.

    Raises
    ------
    InputError
        With the reason.
    """
    if not path.is_file():
        raise InputError(str(path), "not a file" if path.exists() else "no such file")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(path.name, f"has {path.stat().st_size} bytes; at most {MAX_BYTES} are read")


def start_of(path: Path) -> bytes:
    """The first eight bytes, which tell what a file is.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    check_file(path)
    try:
        with open(path, "rb") as file:
            return file.read(8)
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})") from error


def npz_arrays(path: Path, known: Collection[str]) -> Arrays:
    """The arrays of an ``.npz``.

    Parameters
    ----------
    known : names that it may have

    Raises
    ------
    InputError
        For other names, arrays that are no plain numbers, more bytes than allowed or declared, and damage.
    """
    check_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise InputError(path.name, f"holds {len(entries)} arrays; at most {MAX_ENTRIES} are read")
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise InputError(path.name, f"would hold {sum(entry.file_size for entry in entries)} bytes; at most {MAX_BYTES} are read")
            return dict(members(path, archive, entries, known))
    except DAMAGE as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(path.name, f"is not a complete .npz file ({type(error).__name__}: {reason})") from error


def members(
    path: Path, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], known: Collection[str]
) -> Iterator[tuple[str, np.ndarray]]:
    """Every array by name."""
    seen: set[str] = set()
    left = MAX_CELLS
    for entry in entries:
        name = entry.filename.removesuffix(".npy")
        if name not in known or name in seen or not entry.filename.endswith(".npy"):
            raise InputError(f"{path.name}: {entry.filename!r:.60}", f"is unknown or there twice; must be one of {', '.join(known)}")
        seen.add(name)
        with archive.open(entry) as stream:
            content = stream.read(entry.file_size + 1)
        array = npy(f"{path.name}: {name}", content)
        left -= array.size
        if left < 0:
            raise InputError(f"{path.name}: {name}", f"is too much; a file may hold at most {MAX_CELLS} numbers")
        yield name, array


def npy(where: str, content: bytes) -> np.ndarray:
    """The array of a ``.npy`` of numbers.

    Raises
    ------
    InputError
        If it holds something else, or has other than as many bytes as it says.
    """
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)  # type: ignore[no-untyped-call]
    if version not in ((1, 0), (2, 0)):
        raise InputError(where, f"is of version {version[0]}.{version[1]} of .npy; must be 1.0 or 2.0")
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = header(stream, max_header_size=MAX_HEADER)  # type: ignore[call-arg,no-untyped-call]
    if dtype.kind not in KINDS or dtype.itemsize > 8 or dtype.subdtype is not None:
        raise InputError(where, f"has type {str(dtype):.40}; must be integers or floats of at most 64 bits")
    if len(shape) > 2 or any(size < 0 for size in shape):
        raise InputError(where, f"has shape {str(shape):.60}; must have at most 2 dimensions")
    start, wanted = stream.tell(), math.prod(shape) * dtype.itemsize
    if len(content) - start != wanted:
        raise InputError(where, f"has {len(content) - start} bytes; its shape {str(shape):.60} needs {wanted}")
    return np.frombuffer(content, dtype, offset=start).reshape(shape, order="F" if fortran else "C")
