"""SIGINT and SIGTERM: a command stops where it is safe, keeps what it has, and has ended two seconds later whatever it was doing.

A handler written in Python runs between two instructions of Python, so that a compilation or a long call of compiled code holds it up.
The interpreter writes the number of a signal to a pipe at once, though: a thread that waits at its other end gives the command
`LATEST_S` and then ends the process.  What is on the disk by then is whole, since every file is written under another name first.
"""
from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LATEST_S = 1.4
SIGNALS = (signal.SIGINT, signal.SIGTERM)
CODE = 130

children: set[int] = set()  # processes of ours that must not outlive us
_heard: list[int] = []
_held = [0]
_note = [""]


@contextmanager
def stoppable() -> Iterator[None]:
    """Treat both signals alike inside: `KeyboardInterrupt`, or as `held` says, and the end of the process if that takes long."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _heard.clear()
    _held[0], _note[0], ended = 0, "", threading.Event()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = {number: signal.signal(number, _hear) for number in SIGNALS}
    pipe_before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reader, ended), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        signal.set_wakeup_fd(pipe_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        _heard.clear()
        os.close(writer)  # which ends the thread


def _hear(number: int, frame: object) -> None:
    _heard.append(number)
    if len(_heard) == 1 and not _held[0]:  # a second one changes nothing: the end is near
        raise KeyboardInterrupt


def _watch(reader: int, ended: threading.Event) -> None:
    """Wait for a signal, and then for the command to end."""
    with open(reader, "rb", buffering=0) as pipe:
        while numbers := pipe.read(64):
            if any(number in SIGNALS for number in numbers) and not ended.wait(LATEST_S):
                end()


def end() -> None:
    """End this process and its children, without another word of Python."""
    for child in list(children):
        with suppress(OSError):
            os.kill(child, signal.SIGKILL)
    with suppress(OSError):
        os.write(2, f"neurosim: {'; '.join(filter(None, ['interrupted', _note[0]]))}\n".encode("utf-8", "backslashreplace"))
    os._exit(CODE)


@contextmanager
def held() -> Iterator[None]:
    """Inside, a signal does not interrupt: whoever is there asks `is_asked` where it can stop, else the interrupt comes at the end."""
    _held[0] += 1
    try:
        yield
    finally:
        _held[0] -= 1
    if is_asked() and not _held[0]:
        raise KeyboardInterrupt


def is_asked() -> bool:
    """Whether a signal has asked this command to stop."""
    return bool(_heard)


def note(text: str) -> None:
    """What to tell a user whose command had to be ended."""
    _note[0] = text
