"""Refuse connections that leave this machine, and write down who tried.

Python imports a module of this name when it starts, so that the children of a process are held to it too.  It needs nothing but the
standard library.  What libraries written in C do without asking Python cannot be seen from here.
"""
from __future__ import annotations

import os
import socket
import sys
from typing import Any

LOG = "NEUROSIM_NETWORK_LOG"  # names the file to which attempts are added, one a line
OUT = ("socket.connect", "socket.sendto", "socket.sendmsg")  # (socket, address)
NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")  # (name, ...)
_installed: list[bool] = []


class Refused(ConnectionRefusedError):
    """A connection that would have left this machine."""


def is_near(name: Any) -> bool:
    """Whether a name or a number is this machine's own: none at all, localhost, 127.0.0.0/8 or ::1."""
    if name is None:
        return True
    text = (name.decode("ascii", "replace") if isinstance(name, bytes | bytearray) else str(name)).lower()
    if text in ("", "localhost", "::1"):
        return True
    numbers = text.split(".")
    return numbers[0] == "127" and len(numbers) == 4 and all(part.isdigit() and int(part) < 256 for part in numbers)


def is_own(name: Any) -> bool:
    """Whether it is how this machine calls itself, or all of its addresses: looked up by what listens on it."""
    text = name.decode("ascii", "replace") if isinstance(name, bytes | bytearray) else str(name)
    return text.lower() in (os.uname().nodename.lower(), "0.0.0.0", "::")


def leaves(event: str, arguments: tuple[Any, ...]) -> str | None:
    """What would leave the machine, in words; None if nothing would."""
    if event in NAMES:
        return None if is_near(arguments[0]) or is_own(arguments[0]) else f"{event} {arguments[0]!r:.100}"
    if event in OUT:
        address = arguments[1]
        is_local = arguments[0].family == getattr(socket, "AF_UNIX", None) or address is None  # None: of a socket that is connected
        return None if is_local or is_near(address[0]) else f"{event} {address!r:.100}"
    return None


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Python calls this before it does what `event` says."""
    if not event.startswith("socket."):
        return
    found = leaves(event, arguments)
    if found is not None:
        note(found)
        raise Refused(f"{found}: nothing here may leave the machine")


def note(found: str) -> None:
    """Add a line to the log, in one write, as several processes may add to it."""
    place = os.environ.get(LOG)
    if place:
        handle = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{os.getpid()} {sys.argv[0] if sys.argv else '?'}: {found}\n".encode("utf-8", "backslashreplace"))
        finally:
            os.close(handle)


def install() -> None:
    """Hold this process to it, from now on and for good."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(watch)


if __name__ == "sitecustomize":
    install()
