"""Arrays from files of unknown origin: sizes are known before anything is read, nothing is unpickled, and what is damaged is refused."""
from __future__ import annotations

import io
import math
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

import numpy as np

from .errors import InputError

MAX_CELLS = 2**25  # of all arrays of a file: 256 MiB in double precision, so that a reader and its copies stay below 1 GiB
MAX_BYTES = 8 * MAX_CELLS
MAX_ENTRIES, MAX_HEADER = 32, 10_000
MAX_DIRECTORY = 2**16  # bytes of the list of members
CHUNK = 2**20
END, LOCATOR, START = 22, 20, 12  # bytes of the records at the end of an archive, and before the header of an array
KINDS = "biuf"

Arrays = dict[str, np.ndarray]
DAMAGE = (
    zipfile.BadZipFile, zlib.error, ValueError, TypeError, KeyError, EOFError, NotImplementedError, RuntimeError, OSError, MemoryError,
    OverflowError, SyntaxError, RecursionError, tokenize.TokenError, struct.error, AttributeError, IndexError)


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


def npz_arrays(
    path: Path, known: Collection[str], *, most_dimensions: int = 2, most_cells: int | None = None, with_others: bool = False
) -> Arrays:
    """The arrays of an ``.npz``.

    Parameters
    ----------
    known : names that are read
    most_dimensions : of an array
    most_cells : of all arrays that are read; `MAX_CELLS` if absent
    with_others : whether it may hold other members; they are not looked at

    Raises
    ------
    InputError
        For other names, arrays that are no plain numbers, more bytes than allowed or declared, and damage.
    """
    check_file(path)
    try:
        with open(path, "rb") as file:
            count = check_directory(path, file)
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
                if len(entries) != count:  # zipfile does not compare: a wrong length of a comment swallows the members after it
                    raise zipfile.BadZipFile(f"{len(entries)} members, and a list of {count}")
                if len(entries) > MAX_ENTRIES:
                    raise InputError(path.name, f"holds {len(entries)} arrays; at most {MAX_ENTRIES} are read")
                if with_others:
                    entries = [entry for entry in entries if entry.filename in {f"{name}.npy" for name in known}]
                if sum(entry.file_size for entry in entries) > MAX_BYTES:
                    size = sum(entry.file_size for entry in entries)
                    raise InputError(path.name, f"would hold {size} bytes; at most {MAX_BYTES} are read")
                return dict(members(path, archive, entries, known, most_dimensions, most_cells or MAX_CELLS))
    except DAMAGE as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(path.name, f"is not a complete .npz file ({type(error).__name__}: {reason})") from error


def check_directory(path: Path, file: IO[bytes]) -> int:
    """Refuse an archive whose list of members alone would take much memory: zipfile makes an object of every one in it.

    Returns
    -------
    Members that its last record counts.
    """
    size = file.seek(0, os.SEEK_END)
    start = file.seek(max(size - MAX_DIRECTORY - END, 0))
    tail = file.read()
    at = len(tail) - END if tail[-END:].startswith(b"PK\x05\x06") and tail.endswith(b"\0\0") else tail.rfind(b"PK\x05\x06")
    if at < 0 or at + END > len(tail):
        raise zipfile.BadZipFile("File is not a zip file")
    count, listed = struct.unpack_from("<HL", tail, at + 10)
    if listed > MAX_DIRECTORY or (at >= LOCATOR and tail[at - LOCATOR:].startswith(b"PK\x06\x07")) or (start and at < LOCATOR):
        raise InputError(path.name, f"has a list of members of more than {MAX_DIRECTORY} bytes; at most {MAX_ENTRIES} arrays are read")
    file.seek(0)
    return int(count)


def members(
    path: Path, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], known: Collection[str], most_dimensions: int, most_cells: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Every array by name."""
    seen: set[str] = set()
    left = most_cells
    for entry in entries:
        name = entry.filename.removesuffix(".npy")
        if name not in known or name in seen or not entry.filename.endswith(".npy"):
            raise InputError(f"{path.name}: {entry.filename!r:.60}", f"is unknown or there twice; must be one of {', '.join(known)}")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{path.name}: {name}", f"has compression {entry.compress_type}; must be stored or deflated, as numpy does it")
        seen.add(name)
        array = npy(f"{path.name}: {name}", content_of(archive, entry), most_dimensions)
        left -= array.size
        if left < 0:
            raise InputError(f"{path.name}: {name}", f"is too much; a file may hold at most {most_cells} numbers")
        yield name, array


def content_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytearray:
    """The bytes of a member, its checksum checked; in pieces, so that nothing is held twice."""
    content = bytearray(entry.file_size)
    filled = 0
    with archive.open(entry) as stream:
        while piece := stream.read(CHUNK):
            content[filled:filled + len(piece)] = piece
            filled += len(piece)
    del content[filled:]
    return content


def npy(where: str, content: bytearray, most_dimensions: int = 2) -> np.ndarray:
    """The array of a ``.npy`` of numbers.

    Raises
    ------
    InputError
        If it holds something else, or has other than as many bytes as it says.
    """
    stream = io.BytesIO(content[:MAX_HEADER + START])
    version = np.lib.format.read_magic(stream)  # type: ignore[no-untyped-call]
    if version not in ((1, 0), (2, 0)):
        raise InputError(where, f"is of version {version[0]}.{version[1]} of .npy; must be 1.0 or 2.0")
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = header(stream, max_header_size=MAX_HEADER)  # type: ignore[call-arg,no-untyped-call]
    if dtype.kind not in KINDS or dtype.itemsize > 8 or dtype.subdtype is not None:
        raise InputError(where, f"has type {str(dtype):.40}; must be integers or floats of at most 64 bits")
    if len(shape) > most_dimensions or any(size < 0 for size in shape):
        raise InputError(where, f"has shape {str(shape):.60}; must have at most {most_dimensions} dimensions")
    start, wanted = stream.tell(), math.prod(shape) * dtype.itemsize
    if len(content) - start != wanted:
        raise InputError(where, f"has {len(content) - start} bytes; its shape {str(shape):.60} needs {wanted}")
    return np.frombuffer(content, dtype, offset=start).reshape(shape, order="F" if fortran else "C")
