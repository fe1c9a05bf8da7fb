"""The live page answers its own address and nothing else: hostile requests over a raw socket, and folders that lead elsewhere."""
from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ..report.watch import Watch, serve
from .promise import Outcome, Size

SECRET = "neither served nor seen"
WAIT_S = 5.0  # an answer takes longer only if a pipe is waited for
OWN = b"GET %s HTTP/1.1\r\nHost: %h\r\n\r\n"
STATE = OWN.replace(b"%s", b"/state.json")
SILENT = 0  # closed without an answer


class Request(NamedTuple):
    """What is sent, ``%h`` being the server's own name, and the answers that are right."""

    what: str
    sent: bytes
    statuses: tuple[int, ...]


class Trap(NamedTuple):
    """Something in the folder that leads out of it or never ends, and the path that would read it."""

    what: str
    lay: Callable[[Path, Path], None]
    path: str
    statuses: tuple[int, ...]


REQUESTS = (
    Request("its own name", STATE, (200,)),
    Request("localhost", b"GET /state.json HTTP/1.1\r\nHost: localhost:%p\r\n\r\n", (200,)),
    Request("another name", b"GET /state.json HTTP/1.1\r\nHost: evil.example\r\n\r\n", (403,)),
    Request("another name with the right port", b"GET /state.json HTTP/1.1\r\nHost: evil.example:%p\r\n\r\n", (403,)),
    Request("its own name without the port", b"GET /state.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", (403,)),
    Request("its own name and a path", b"GET /state.json HTTP/1.1\r\nHost: %h/\r\n\r\n", (403,)),
    Request("its own name and a user", b"GET /state.json HTTP/1.1\r\nHost: evil@%h\r\n\r\n", (403,)),
    Request("two names in one header", b"GET /state.json HTTP/1.1\r\nHost: %h, evil.example\r\n\r\n", (403,)),
    Request("two names, the own first", b"GET /state.json HTTP/1.1\r\nHost: %h\r\nHost: evil.example\r\n\r\n", (400,)),
    Request("two names, the own last", b"GET /state.json HTTP/1.1\r\nHost: evil.example\r\nHost: %h\r\n\r\n", (400,)),
    Request("its own name twice", b"GET /state.json HTTP/1.1\r\nHost: %h\r\nhost: %h\r\n\r\n", (400,)),
    Request("a name that goes on in the next line", b"GET /state.json HTTP/1.1\r\nHost: %h\r\n .evil.example\r\n\r\n", (400, 403)),
    Request("a space after the word Host", b"GET /state.json HTTP/1.1\r\nHost : %h\r\n\r\n", (400, 403)),
    Request("a name of zero bytes", b"GET /state.json HTTP/1.1\r\nHost: \0\0\r\n\r\n", (400, 403)),
    Request("no name", b"GET /state.json HTTP/1.1\r\n\r\n", (400, 403)),
    Request("no name, HTTP 1.0", b"GET /state.json HTTP/1.0\r\n\r\n", (400, 403)),
    Request("HTTP 0.9", b"GET /state.json\r\n\r\n", (400, 403)),
    Request("HTTP 9.9", b"GET /state.json HTTP/9.9\r\nHost: %h\r\n\r\n", (400, 505)),
    Request("an address in place of a path", OWN.replace(b"%s", b"http://evil.example/state.json"), (400, 404)),
    Request("a path of dots", OWN.replace(b"%s", b"/../secret.txt"), (404,)),
    Request("a path of dots behind a known one", OWN.replace(b"%s", b"/report/../../secret.txt"), (404,)),
    Request("a path of coded dots", OWN.replace(b"%s", b"/%2e%2e/secret.txt"), (404,)),
    Request("a path of backslashes", OWN.replace(b"%s", b"/..\\secret.txt"), (404,)),
    Request("an absolute path", OWN.replace(b"%s", b"//etc/passwd"), (404,)),
    Request("a file of the folder", OWN.replace(b"%s", b"/progress.json"), (404,)),
    Request("a file of the package", OWN.replace(b"%s", b"/report.html"), (404,)),
    Request("a path of zero bytes", OWN.replace(b"%s", b"/state.json\0"), (400, 404)),
    Request("a path of 70,000 letters", OWN.replace(b"%s", b"/" + b"a" * 70_000), (404, 414)),
    Request("two hundred headers", b"GET / HTTP/1.1\r\nHost: %h\r\n" + b"X: y\r\n" * 200 + b"\r\n", (400, 431)),
    Request("a header of 100,000 letters", b"GET / HTTP/1.1\r\nHost: %h\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", (400, 431)),
    Request("another verb", b"POST /state.json HTTP/1.1\r\nHost: %h\r\nContent-Length: 2\r\n\r\n{}", (400, 405, 501)),
    Request("a verb in small letters", b"get /state.json HTTP/1.1\r\nHost: %h\r\n\r\n", (400, 405, 501)),
    Request("a way to another machine", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: %h\r\n\r\n", (400, 405, 501)),
    Request("bytes that are no request", b"\0\xff\xfe\x16\x03\x01\r\n\r\n", (400,)),
    Request("nothing", b"\r\n\r\n", (SILENT, 400)),
)


def linked(name: str) -> Callable[[Path, Path], None]:
    """Lay a link that leads to the secret."""
    def lay(folder: Path, outside: Path) -> None:
        (folder / name).symlink_to(outside / name)
    return lay


def piped(name: str) -> Callable[[Path, Path], None]:
    """Lay a pipe, from which nothing ever comes."""
    def lay(folder: Path, outside: Path) -> None:
        os.mkfifo(folder / name)
    return lay


def endless(name: str) -> Callable[[Path, Path], None]:
    """Lay a link to what never ends."""
    def lay(folder: Path, outside: Path) -> None:
        (folder / name).symlink_to("/dev/zero")
    return lay


def huge(name: str) -> Callable[[Path, Path], None]:
    """Lay a file that takes no room and would take 64 GiB of memory."""
    def lay(folder: Path, outside: Path) -> None:
        with open(folder / name, "wb") as stream:
            stream.truncate(2**36)
    return lay


def linked_run(folder: Path, outside: Path) -> None:
    """Lay a run that is a link."""
    (folder / "runs").mkdir()
    (folder / "runs" / "a").symlink_to(outside / "runs" / "a")


TRAPS = (
    Trap("report.html is a link out of the folder", linked("report.html"), "/report", (404,)),
    Trap("run.json is a link out of the folder", linked("run.json"), "/state.json", (200,)),
    Trap("progress.json is a link out of the folder", linked("progress.json"), "/state.json", (200,)),
    Trap("curves.csv is a link out of the folder", linked("curves.csv"), "/state.json", (200,)),
    Trap("runs/ is a link out of the folder", linked("runs"), "/state.json", (200,)),
    Trap("a run is a link out of the folder", linked_run, "/state.json", (200,)),
    Trap("report.html is a pipe", piped("report.html"), "/report", (404,)),
    Trap("progress.json is a pipe", piped("progress.json"), "/state.json", (200,)),
    Trap("report.html has no end", endless("report.html"), "/report", (404,)),
    Trap("run.json has no end", endless("run.json"), "/state.json", (200,)),
    Trap("report.html is huge", huge("report.html"), "/report", (404,)),
    Trap("progress.json is huge", huge("progress.json"), "/state.json", (200,)),
    Trap("curves.csv is huge", huge("curves.csv"), "/state.json", (200,)),
)


def check(size: Size, seed: int, folder: Path) -> Outcome:
    """Send every request, lay every trap, and knock at every other address of this machine; nothing of it is random."""
    outside = hidden(folder / "outside")
    failures: list[str] = []
    (folder / "shown").mkdir()
    with served(folder / "shown") as server:
        for request in REQUESTS:
            failures += judged(request.what, answer(server, request.sent), request.statuses)
            failures += judged(f"after {request.what}", answer(server, STATE), (200,))
        others, open_ones = knocked(server.server_port)
        failures += open_ones
    for number, trap in enumerate(TRAPS):
        place = folder / f"trap{number}"
        place.mkdir()
        trap.lay(place, outside)
        with served(place) as server:
            failures += judged(trap.what, answer(server, OWN.replace(b"%s", trap.path.encode())), trap.statuses)
    figure = f"{len(REQUESTS)} requests, {len(TRAPS)} folders, {others} other addresses: {len(failures)} wrong"
    return Outcome(len(REQUESTS) + len(TRAPS) + others, tuple(failures), figure)


def hidden(outside: Path) -> Path:
    """A folder whose every file holds the secret, in the form that the page would show."""
    (outside / "runs" / "a").mkdir(parents=True)
    for place in (outside, outside / "runs" / "a"):
        (place / "report.html").write_text(SECRET)
        for name in ("run.json", "progress.json"):
            (place / name).write_text(f'{{"status": "failed", "state": "{SECRET}", "message": "{SECRET}", "scores": {{}}}}')
        (place / "curves.csv").write_text("seed,epoch,test_mse\n1,0,0.123456\n1,1,0.123456\n")
    return outside


@contextmanager
def served(folder: Path) -> Iterator[Watch]:
    """The server of a folder, at work."""
    with serve(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def answer(server: Watch, request: bytes) -> bytes:
    """All that comes back for these bytes until the server closes; ends with a remark if it does not."""
    request = request.replace(b"%h", f"127.0.0.1:{server.server_port}".encode()).replace(b"%p", str(server.server_port).encode())
    found = b""
    with socket.create_connection(("127.0.0.1", server.server_port), WAIT_S) as connection:
        try:
            connection.sendall(request)
            while part := connection.recv(2**16):
                found += part
        except TimeoutError:
            found += b"\n(the connection stayed open)"
        except ConnectionError:  # closed while there was still something to read: a refusal
            pass
    return found


def judged(what: str, found: bytes, statuses: tuple[int, ...]) -> list[str]:
    """What is wrong with an answer."""
    text = found.decode("latin-1")
    words = text.split(maxsplit=2)
    status = int(words[1]) if len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit() else SILENT
    if status == SILENT and "Error code: " in text:  # HTTP 0.9 has no headers
        status = int(text.partition("Error code: ")[2][:3])
    elif status == SILENT and text.startswith("open http://"):
        status = 403
    wrong = [] if status in statuses else [f"{what}: answered {status or 'nothing'} in place of {' or '.join(map(str, statuses))}"]
    if text.endswith("(the connection stayed open)"):
        wrong.append(f"{what}: no end of the answer within {WAIT_S:g} s")
    if SECRET in text or "0.123456" in text:
        wrong.append(f"{what}: showed what lies outside the folder")
    if status == 200 and "content-security-policy: default-src 'none'" not in text.lower():
        wrong.append(f"{what}: an answer without the policy that forbids other sources")
    return wrong


def knocked(port: int) -> tuple[int, list[str]]:
    """Other addresses of this machine, and those at which the server is found."""
    others = sorted((own_addresses() | {"127.0.0.2", "127.1.2.3", "::1"}) - {"127.0.0.1"})
    return len(others), [f"{address}: the page is open here too" for address in others if is_open(address, port)]


def own_addresses() -> set[str]:
    """Addresses that the machine's own name stands for; none if it does not know its name."""
    try:
        return {str(place[4][0]) for place in socket.getaddrinfo(socket.gethostname(), None)}
    except OSError:
        return set()


def is_open(address: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection((address, port), 1.0):
            return True
    except OSError:
        return False
