"""Work in a process of its own to which something happens: a disk that is full, a death at a given byte or step."""
from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import NeurosimError

DONE, SAID, DIED, BROKE = "done", "said", "died", "broke"
DEATH = 77  # exit status of what was ended by `dies_at`
STEPS = ("open", "os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir")  # audit events that change a folder, or are about to


class End(NamedTuple):
    """How work ended: `DONE`, `SAID` (a NeurosimError), `DIED` or `BROKE` (any other error), and its sentence."""

    how: str
    text: str = ""


class Started(NamedTuple):
    """A process, and the pipe that will tell how it ended."""

    process: int
    told: int


def nothing() -> None:
    """No fault."""


def start(work: Callable[[], Any], fault: Callable[[], None] = nothing, gate: int | None = None) -> Started:
    """Begin work in a fork of this process.

    Parameters
    ----------
    fault : called first
    gate : a pipe whose end is waited for before the work begins, so that several begin at once
    """
    read, write = os.pipe()
    process = os.fork()
    if process:
        os.close(write)
        return Started(process, read)
    try:  # from here on the child, which must not return
        os.close(read)
        if gate is not None:
            os.read(gate, 1)
        end = End(DONE)
        try:
            fault()
            work()
        except NeurosimError as error:
            end = End(SAID, str(error))
        except BaseException as error:
            end = End(BROKE, f"{type(error).__name__}: {error}"[:300])
        os.write(write, json.dumps(end).encode("utf-8", "backslashreplace"))
    finally:
        os._exit(0)


def finish(started: Started) -> End:
    """Wait for it."""
    with os.fdopen(started.told, "rb") as pipe:
        told = pipe.read()
    os.waitpid(started.process, 0)
    return End(*json.loads(told)) if told else End(DIED)


def attempt(work: Callable[[], Any], fault: Callable[[], None] = nothing) -> End:
    """Do work in a process of its own."""
    return finish(start(work, fault))


def full_at(size: int) -> Callable[[], None]:
    """No file can grow beyond so many bytes: writing on is an error, as on a full disk."""
    def fault() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    return fault


def killed_at(size: int) -> Callable[[], None]:
    """The process is killed in the middle of the write that would make a file larger than so many bytes."""
    def fault() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    return fault


def dies_at(step: int, folder: Path) -> Callable[[], None]:
    """The process is over just before its `step`-th change (from 1) to anything in the folder."""
    def fault() -> None:
        sys.addaudithook(_counted(folder, lambda seen: os._exit(DEATH) if seen == step else None))
    return fault


def steps_of(work: Callable[[], Any], folder: Path) -> int:
    """How many changes the work makes in the folder."""
    seen = [0]

    def fault() -> None:
        sys.addaudithook(_counted(folder, lambda count: seen.__setitem__(0, count)))

    def counted() -> None:
        work()
        raise NeurosimError(str(seen[0]))
    return int(attempt(counted, fault).text)


def _counted(folder: Path, told: Callable[[int], None]) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that counts changes in the folder."""
    seen, start = [0], str(folder)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in STEPS and isinstance(arguments[0], str | os.PathLike) and os.fspath(arguments[0]).startswith(start):
            seen[0] += 1
            told(seen[0])
    return hook
