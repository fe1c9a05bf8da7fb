"""Malformed files: of every reader, damaged and hostile ones, each read in a child with little time and memory.

A file must be refused with one sentence of one class of error that names it, or be read as it is: where a format has checksums, damage
gives the old arrays or nothing; otherwise an independent reader must find the same in the same bytes.
"""
from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from ..generators import generator
from ..permission import within_a_command
from . import hostile
from .promise import Outcome, Size
from .readers import Payload, Reader, address_space, readers

STREAM = 4001  # each reader adds its number
CASES = {"short": 150, "full": 10_000}  # of a reader
SLOW = {"short": 20, "full": 10_000}    # of one that makes a process for every file
BATCH = 100                             # cases of a child
CPU_S, WALL_S = 5.0, 200.0              # of a case; a NIR file is given 10 s of CPU time by its reader, more of a busy machine
MEMORY = 2**30                          # bytes that a child may take beyond what it has
LONGEST = 600                           # characters of a sentence


class Found(NamedTuple):
    """What came of a reader: cases tried, refused and read, the most memory that any child took, and failures."""

    tried: int
    refused: int
    read: int
    memory: int
    failures: tuple[str, ...]


def check(size: Size, seed: int, folder: Path) -> Outcome:
    """Every reader, on as many cases as the size says."""
    found = []
    for number, reader in enumerate(readers(folder)):
        place = folder / f"reader-{number}"
        place.mkdir()
        cases = (SLOW if reader.name == "import NIR" else CASES)[size]
        found.append((reader.name, checked(reader, cases, seed, STREAM + number, place)))
    tried = sum(one.tried for _, one in found)
    parts = "; ".join(f"{name} {one.tried} ({one.refused} refused, {one.read} read, {one.memory / 2**20:.0f} MiB)" for name, one in found)
    failures = tuple(f"{name}: {text}" for name, one in found for text in one.failures)
    return Outcome(tried, failures, f"{tried - len(failures)} of {tried} in order: {parts}")


def checked(reader: Reader, cases: int, seed: int, stream: int, folder: Path) -> Found:
    """So many cases of a reader, and what is no file at all."""
    lines: list[str] = []
    memory = 0
    known = originals(reader, folder)
    work = [*range(-len(hostile.PLACES), 0), *range(cases)]  # the first of them are no files
    while len(lines) < len(work):
        batch = work[len(lines):len(lines) + BATCH]
        said, status, peak = in_a_child(reader, batch, seed, stream, folder, known)
        memory = max(memory, peak)
        lines += said
        if len(said) < len(batch):
            lines.append(f"case {batch[len(said)]}: {ended(status)}")
    failures = tuple(line for line in lines if line not in ("refused", "read"))
    return Found(len(lines), lines.count("refused"), lines.count("read"), memory, failures)


def originals(reader: Reader, folder: Path) -> set[str]:
    """What the good files say; they must be readable, or nothing is tested."""
    found = set()
    for content in reader.good:
        path = folder / reader.file
        path.write_bytes(content)
        payload = reader.read(path)
        problem = reader.differs(path, payload)
        if problem:
            raise InputError(reader.name, f"a good file is read as another ({problem})")
        found.add(printed(payload))
        path.unlink()
    return found


def in_a_child(
    reader: Reader, batch: Sequence[int], seed: int, stream: int, folder: Path, known: set[str]
) -> tuple[list[str], int, int]:
    """A line for every case that a child lived to tell of, its status, and the memory that it took."""
    lines, status = heard_from_a_child(lambda pipe: told(reader, batch, seed, stream, folder, known))
    peaks = [int(line.removeprefix("memory ")) for line in lines if line.startswith("memory ")]
    return [line for line in lines if not line.startswith("memory ")], status, max(peaks, default=0)


def heard_from_a_child(lines: Callable[[int], Iterator[str]]) -> tuple[list[str], int]:
    """The lines that a process of its own told before it ended, and its status; each is written at once: the next case may be the last.

    Parameters
    ----------
    lines : of the pipe that they are written to, for what has more to tell
    """
    begin, end = os.pipe()
    child = os.fork()
    if not child:
        status = 70
        try:
            os.close(begin)
            for line in lines(end):
                os.write(end, (" ".join(line.split()) + "\n").encode("utf-8", "replace"))
            status = 0
        finally:
            os._exit(status)
    os.close(end)
    with os.fdopen(begin, errors="replace") as pipe:
        heard = pipe.read().splitlines()
    return heard, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def told(reader: Reader, batch: Sequence[int], seed: int, stream: int, folder: Path, known: set[str]) -> Iterator[str]:
    """What came of every case, in a process of its own."""
    before = address_space()
    resource.setrlimit(resource.RLIMIT_AS, (before + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)  # the process ends, whatever a library is busy with
    for case in batch:
        signal.setitimer(signal.ITIMER_PROF, CPU_S)
        signal.setitimer(signal.ITIMER_REAL, WALL_S)
        yield one(reader, case, generator(seed, stream, case + len(hostile.PLACES)), folder, known)
    yield f"memory {address_space('VmPeak') - before}"


def one(reader: Reader, case: int, rng: np.random.Generator, folder: Path, known: set[str]) -> str:
    """"refused", "read", or what is wrong."""
    place = folder / f"case{case}"
    place.mkdir()
    path = place / reader.file
    if case < 0:
        make = hostile.PLACES[case]
        what, is_damage = (make.__doc__ or "").rstrip(".").lower(), True
        make(path)
    else:
        what, content, is_damage = reader.mutators[case % len(reader.mutators)](rng, reader.good)
        path.write_bytes(content)
    verdict = judged(reader, path, known if reader.has_checksum and is_damage else None)
    remove(place)
    return verdict if verdict in ("refused", "read") else f"case {case} ({what}): {verdict}"


def judged(reader: Reader, path: Path, known: set[str] | None) -> str:
    """What came of a file.

    Parameters
    ----------
    known : what it may say, where damage must be noticed; None if it may say anything that is in it
    """
    try:
        with within_a_command():
            payload = reader.read(path)
    except InputError as error:
        return wrong_with(error, path) or "refused"
    except BaseException as error:  # that anything else comes out is what is looked for
        return f"{type(error).__name__}: {error!s:.200}"
    if known is not None:
        return "read" if printed(payload) in known else "damage was not noticed, and something else was read"
    try:
        problem = reader.differs(path, payload)
    except Exception as error:  # an independent reader that cannot read it is a finding
        problem = f"was read, and an independent reader says {type(error).__name__}: {error!s:.200}"
    return problem or "read"


def wrong_with(error: InputError, path: Path) -> str:
    """What is wrong with a refusal; empty if nothing is."""
    text = str(error)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError):
            return f"asked for more than {MEMORY // 2**30} GiB: {text:.200}"
        cause = cause.__cause__ or cause.__context__
    if error.exit_code != 2 or not text.isprintable() or len(text) > LONGEST:
        return f"is no printable sentence of at most {LONGEST} characters: {text!r:.200}"
    named = path.name in text or str(path.parent) in text
    return "" if named and error.problem.strip() else f"does not name the file and the reason: {text:.200}"


def printed(payload: Payload) -> str:
    """A payload as a text that is equal if all of it is, to the last bit of every array."""
    def flat(value: object) -> object:
        if isinstance(value, np.ndarray):
            return [value.dtype.str, value.shape, value.tobytes()]
        if hasattr(value, "items"):
            return sorted((str(key), flat(inner)) for key, inner in value.items())
        return [flat(inner) for inner in value] if isinstance(value, list | tuple) else value

    return repr(flat(payload))


def ended(status: int) -> str:
    """How a child ended, in words."""
    signals = {signal.SIGPROF: f"took more than {CPU_S:g} s of CPU time", signal.SIGALRM: f"took more than {WALL_S:g} s"}
    if status < 0:
        return signals.get(signal.Signals(-status), f"the process fell ({signal.Signals(-status).name})")
    return f"the process ended with status {status}"


def remove(place: Path) -> None:
    """A case and its folder, without following links."""
    for path in place.iterdir():
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
    place.rmdir()
