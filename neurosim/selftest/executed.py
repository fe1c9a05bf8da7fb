"""Nothing is executed: what Python itself tells of imports, programs and code while every reader reads a hostile corpus.

An audit hook cannot be taken off again, so it is put on in children.  Good files are read first: they import what a reader needs.
"""
from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..generators import generator
from ..permission import within_a_command
from . import malformed
from .hostile import PLACES, Case
from .hostile_archives import HEADERS, PICKLE, npy, packed, unpacked, with_header
from .promise import Outcome, Size
from .readers import Reader, readers

STREAM = 4101  # each reader adds its number
CASES = {"short": 12, "full": 1000}  # of a reader, beside those that were made to be executed
RUNS = (
    "exec", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.forkpty", "pty.spawn", "subprocess.Popen",
    "pickle.find_class", "marshal.load", "marshal.loads", "code.__new__", "ctypes.dlopen", "ctypes.dlsym", "cpython.run_command",
    "cpython.run_file", "cpython.run_module", "socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.Request", "webbrowser.open",
    "ftplib.connect")
"""Events of Python that no reader may cause."""
MARK = "ran"       # a file that the traps make
TRAP = "trap_rule"
TRAP_CODE = f"from pathlib import Path\n(Path(__file__).parent / {MARK!r}).touch()\nclass Rule: pass\nclass Task: pass\n"
EXPERIMENT = """[task]
name = "{task}"
[network]
hidden = 4
[chip]
profile = "ideal"
[rule]
name = "{rule}"
learning_rate = 1e-3
[train]
epochs = 1
"""
NAMES = (
    f"{TRAP}:Rule", f"{TRAP}.py:Rule", f"./{TRAP}.py:Rule", "this:Rule", "antigravity:Rule", "os:system", "subprocess:Popen",
    "builtins:exec", "code:interact", "neurosim.selftest.executed:check")
LINES = (
    b'schema = 1\nextends = "trap_rule.py"\n', b"a = !!python/object/apply:os.system ['touch ran']\n",
    b"__import__('os').system('touch ran')\n", b'[chip]\nprofile = "`touch ran`"\n', b'[chip]\nprofile = "$(touch ran)"\n',
    b"=cmd|' /C touch ran'!A0\n", b"#!/bin/sh\ntouch ran\n", b"\x7fELF" + bytes(100))
"""What other programs would execute."""
LIBRARIES = tuple({str(place) for name in ("stdlib", "purelib", "platlib") for found in (Path(sysconfig.get_path(name)),)
                   for place in (found, found.resolve())} | {str(Path(__file__).parents[1])})


class Hook:
    """Writes what happens, a line each, to a file that children share; off until it is switched on."""

    def __init__(self, pipe: int) -> None:
        self.pipe, self.is_on, self.case = pipe, False, ""
        self.known = {name.partition(".")[0] for name in sys.modules} | set(sys.stdlib_module_names)
        self.traps = {TRAP, "this", "antigravity", "code"}

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """What Python calls at every event."""
        if not self.is_on:
            return
        if event == "import":
            top = str(arguments[0]).partition(".")[0]
            is_hit = top in self.traps or top not in self.known
        elif event in ("exec", "marshal.loads") and sys._getframe(1).f_code.co_filename.startswith("<frozen importlib"):
            is_hit = event == "exec" and not self.is_of_a_library(arguments[0])
        elif event == "compile":
            is_hit = arguments[1] not in ("<unknown>", b"<unknown>")  # those of ast.parse, which makes no code
        else:
            is_hit = event in RUNS
        if is_hit:
            self.is_on = False
            said = " ".join(str([str(argument)[-80:] for argument in arguments]).split())
            os.write(self.pipe, f"hit {self.case}: {event} {said}\n".encode("utf-8", "replace"))
            self.is_on = True

    def is_of_a_library(self, code: Any) -> bool:
        """Whether what an import runs is a module that is installed: rare refusals load one; a trap is none of them."""
        place = str(code.co_filename)
        return place.startswith(LIBRARIES) and Path(place).stem not in self.traps


def check(size: Size, seed: int, folder: Path) -> Outcome:
    """Every reader, on damaged and hostile files and on traps."""
    failures: list[str] = []
    tried = 0
    for number, reader in enumerate(readers(folder)):
        place = folder / f"reader-{number}"
        place.mkdir()
        tally, hits = watched(reader, CASES[size], seed, STREAM + number, place)
        tried += tally
        failures += [f"{reader.name}: {hit}" for hit in hits]
    return Outcome(tried, tuple(failures), f"{len(failures)} hits in {tried} files")


def watched(reader: Reader, cases: int, seed: int, stream: int, folder: Path) -> tuple[int, list[str]]:
    """Files of a reader that were tried under the hook, and what was executed."""
    wanted = [*traps(reader), *(reader.mutators[k % len(reader.mutators)](generator(seed, stream, k + len(PLACES)), reader.good)
                                for k in range(cases))]
    lines, status = malformed.heard_from_a_child(lambda pipe: under_the_hook(reader, wanted, folder, pipe))
    hits = [line.removeprefix("hit ") for line in lines if line.startswith("hit ")]
    hits += [] if status == 0 else [malformed.ended(status)]
    hits += [f"{mark.relative_to(folder)} was made" for mark in folder.rglob(MARK)]
    return lines.count("tried"), hits


def under_the_hook(reader: Reader, cases: Sequence[Case], folder: Path, pipe: int) -> Iterator[str]:
    """"tried" for every case."""
    path = folder / reader.file
    (folder / f"{TRAP}.py").write_text(TRAP_CODE, encoding="utf-8")
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    for content in reader.good:
        path.write_bytes(content)
        reader.read(path)
    for case in cases[-6:]:  # refusals import, too
        path.write_bytes(case.content)
        attempt(reader, path)
    hook = Hook(pipe)
    sys.addaudithook(hook)
    for number, case in enumerate(cases):
        path.write_bytes(case.content)
        hook.case, hook.is_on = f"case {number} ({case.what})", True
        attempt(reader, path)
        hook.is_on = False
        yield "tried"


def attempt(reader: Reader, path: Path) -> None:
    """Read a file as a command does; whether it may be read is for `malformed` to say."""
    try:
        with within_a_command():
            reader.read(path)
    except InputError:
        pass
    except Exception:  # a finding of `malformed`, not of this check
        pass


def traps(reader: Reader) -> list[Case]:
    """Files that would be executed by a reader that does so."""
    kind = Path(reader.file).suffix
    if kind == ".toml":
        pairs = [pair for name in NAMES for pair in ((name, "anp"), ("mackey-glass", name))]
        texts = [EXPERIMENT.format(task=task, rule=rule).encode() for task, rule in pairs]
        return [Case("a name of code", text, False) for text in (*texts, *LINES)]
    if kind != ".npz":
        return [Case("code in the place of a file", text, False) for text in (PICKLE, *LINES)]
    arrays = unpacked(reader.good[0])
    first = next(iter(arrays))
    whole = {name: npy(array) for name, array in arrays.items()}
    pickles = [{**whole, place: with_header(HEADERS[2], PICKLE)} for place in arrays]
    headers = [{first: with_header(text)} for text in HEADERS]
    archives = [packed([(f"{name}.npy", content) for name, content in members.items()]) for members in (*pickles, *headers)]
    return [Case("code in an archive", content, False) for content in (*archives, PICKLE, npy(arrays[first]), *LINES)]
