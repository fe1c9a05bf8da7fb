"""A web server for one person on this machine: it answers GET on a handful of paths, and reads files."""
from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ...bounded import read_bytes
from ...errors import InputError
from ..page.html import PAGE, POLICY, asset, json_inside, plotly_js
from .state import Reader, state_of

HOST = "127.0.0.1"
MOST_PAGE = 2**26  # bytes of a report that is served
LIVE_POLICY = ("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data: blob:; "
               "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
SCRIPT, STYLE, HTML, JSON = "text/javascript", "text/css", "text/html", "application/json"
FILES = {
    "/": ("watch.html", HTML), "/report.css": ("report.css", STYLE), "/watch.css": ("watch.css", STYLE),
    "/tables.js": ("tables.js", SCRIPT), "/figures.js": ("figures.js", SCRIPT), "/watch.js": ("watch.js", SCRIPT)}


class Watch(ThreadingHTTPServer):
    """The server; ``serve_forever`` and ``shutdown`` are those of `http.server`."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.reader = folder, Reader(folder)
        super().__init__((HOST, port), Answer)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.server_port}/"

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a request may call this server; a page elsewhere that has its name point here (DNS rebinding) calls it something else."""
        return f"{HOST}:{self.server_port}", f"localhost:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """One request."""

    server: Watch
    timeout = 30.0
    server_version, sys_version = "neurosim", ""

    def do_GET(self) -> None:
        """Answer what has a path, refuse the rest."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) > 1:  # which of them a proxy or a browser went by, nobody knows
            self.reply(400, "text/plain", "one Host header, please\n")
            return
        if "".join(hosts).lower() not in self.server.hosts:
            self.reply(403, "text/plain", f"open {self.server.url} on the machine itself, or through a tunnel with the same port\n")
            return
        path = self.path.partition("?")[0]
        if path in FILES:
            self.reply(200, FILES[path][1], asset(FILES[path][0]))
        elif path == "/plotly.js":
            self.reply(200, SCRIPT, plotly_js())
        elif path == "/state.json":
            self.reply(200, JSON, json_inside(state_of(self.server.folder, self.server.reader)))
        elif path == "/report":
            self.report()
        else:
            self.reply(404, "text/plain", "no such page\n")

    def report(self) -> None:
        """The report, if there is one."""
        try:
            page = read_bytes(self.server.folder / PAGE, MOST_PAGE, "a report", below=self.server.folder)
            self.reply(200, HTML, page.decode("utf-8"), POLICY)
        except (InputError, ValueError):
            self.reply(404, "text/plain", "there is no report yet\n")

    def reply(self, status: int, kind: str, text: str, policy: str = LIVE_POLICY) -> None:
        """Send a text, which nobody may keep, frame or take for something else."""
        content = text.encode("utf-8", "backslashreplace")
        self.send_response(status)
        for name, value in (
            ("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(content))), ("Cache-Control", "no-store"),
            ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a page that asks every second would fill the terminal."""

    def handle(self) -> None:
        """Answer; a browser that went away is no error."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            pass


def serve(folder: Path | str, port: int = 0) -> Watch:
    """A server of the live page, bound to 127.0.0.1 and not yet started; its ``serve_forever`` starts it.

    Parameters
    ----------
    folder : of a comparison or a run, running or done; its files are read at every request and never written
    port : 0 takes one that is free

    Raises
    ------
    InputError
        If the folder does not exist, or the port is taken, not allowed or none.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(str(folder), "is a file; must be a folder" if folder.exists() else "no such folder")
    if not 0 <= port <= 65535:
        raise InputError("--port", f"= {port}; must be from 0 to 65535")
    try:
        return Watch(folder, port)
    except OSError as error:
        raise InputError("--port", f"= {port}; cannot be used ({error.strerror or error}); 0 takes one that is free") from error


def follow(folder: Path | str, port: int = 0, say: Callable[[str], None] = print) -> None:
    """Serve the live page until Ctrl-C; `say` is told where it is.

    Raises
    ------
    InputError
        See `serve`.
    """
    with serve(folder, port) as server:
        say(f"{server.url} shows {folder} while it goes on; Ctrl-C ends the page, not the comparison")
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            pass
