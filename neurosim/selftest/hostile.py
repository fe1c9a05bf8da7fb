"""Files that somebody damaged, or made to do harm: bytes that changed, text that says something else, and what is no file at all."""
from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Case(NamedTuple):
    """A file to be read.

    Attributes
    ----------
    what : was done, in words
    content : of the file
    is_damage : bytes changed and no checksum was made anew, so that a format with checksums must give the old arrays or refuse
    """

    what: str
    content: bytes
    is_damage: bool


Mutator = Callable[[np.random.Generator, Sequence[bytes]], Case]
"""Makes a case of good files."""


def some(rng: np.random.Generator, good: Sequence[bytes]) -> bytearray:
    """One of the good files."""
    return bytearray(good[int(rng.integers(len(good)))])


def span(rng: np.random.Generator, content: bytes | bytearray) -> slice:
    """A part of a file, short more often than long."""
    start = int(rng.integers(len(content)))
    return slice(start, min(len(content), start + 1 + int(len(content) ** rng.random())))


def flipped(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """One to three bytes changed, or a bit of them."""
    content = some(rng, good)
    for _ in range(int(rng.integers(1, 4))):
        place = int(rng.integers(len(content)))
        content[place] = int(rng.integers(256)) if rng.random() < 0.5 else content[place] ^ (1 << int(rng.integers(8)))
    return Case("bytes flipped", bytes(content), True)


def cut(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """The end is missing."""
    content = some(rng, good)
    return Case("cut", bytes(content[:int(rng.integers(len(content)))]), True)


def doubled(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """A part is there twice."""
    content = some(rng, good)
    part = span(rng, content)
    return Case("a part doubled", bytes(content[:part.stop] + content[part] + content[part.stop:]), True)


def dropped(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """A part is missing."""
    content = some(rng, good)
    del content[span(rng, content)]
    return Case("a part dropped", bytes(content), True)


def overwritten(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """A part holds zeros, ones or noise."""
    content = some(rng, good)
    part = span(rng, content)
    size = part.stop - part.start
    content[part] = (bytes(size), b"\xff" * size, rng.bytes(size))[int(rng.integers(3))]
    return Case("a part overwritten", bytes(content), True)


def spliced(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """The start of one file and the end of another."""
    first, second = some(rng, good), some(rng, good)
    return Case("two files spliced", bytes(first[:int(rng.integers(len(first)))] + second[int(rng.integers(len(second))):]), True)


def appended(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """Something follows."""
    return Case("something appended", bytes(some(rng, good)) + rng.bytes(int(rng.integers(1, 200))), True)


DAMAGES: tuple[Mutator, ...] = (flipped, flipped, flipped, cut, doubled, dropped, overwritten, spliced, appended)

NUMBERS = (
    b"nan", b"inf", b"-inf", b"1e300", b"-1e300", b"1e-320", b"-1", b"0", b"-0.0", b"1_000", b"0x10", b"9" * 400, b"9" * 5000, b"1e999",
    b"1.", b".5", b"+3", b"true", b'"3"', b"[3]", b"{ v = 3 }", b"1979-05-27", b"18446744073709551616", "\u0663".encode(), b"")
TEXTS = (
    b'"../../../etc/passwd"', b'"/dev/zero"', b'"this:X"', b'"os:system"', b'"trap.py:Rule"', b'"a\\u0000b"', b'"' + b"x" * 70_000 + b'"',
    b'""', b"'''\n'''", b'"\\ud800"', b"3", b"nan", b"[]", b"{}", b"false", '"gr\xf6\xdfe"'.encode())
LINES = (
    b"[" * 3000, b"x = " + b"[" * 3000, b"x = " + b"[" * 80 + b"]" * 80, b"[" + b"a." * 5000 + b"a]", b"x" + b".a" * 5000 + b" = 1",
    b"[task]", b"[chip]", b"name = 3", b"schema = 7", b"schema = 1", b'extends = "../../x.toml"', b'extends = "case.toml"', b"\x00",
    b"\xff\xfe", b",,,,,,,,", b'"' + b"a,\n" * 300, b'"', b"\r", b"\x1b[2J", b"a = 1", b"[[compare]]",
    b"[compare]\nrule = [{name = 'os:system'}]", b"x = {" + b"a = {" * 1000, b'{"a": ' * 3000, b"=" * 500, b"\xef\xbb\xbf")


def renumbered(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """A number is another, or none."""
    return replaced(rng, some(rng, good), rb"(?<![\w.])-?\d[\d.eE+-]*", NUMBERS, "a number replaced")


def reworded(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """A text is another, or none."""
    return replaced(rng, some(rng, good), rb'"[^"\n]*"', TEXTS, "a text replaced")


def renamed(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """A key is another."""
    names = (b"x", b"a.b", b'"a b"', b"name", b"__class__", b"v", b"'\\'")
    return replaced(rng, some(rng, good), rb"(?m)^[A-Za-z_]\w*", names, "a key renamed")


def replaced(rng: np.random.Generator, content: bytearray, pattern: bytes, by: Sequence[bytes], what: str) -> Case:
    """One place of a pattern holds something else; a line of harm if there is no such place."""
    found = list(re.finditer(pattern, content))
    new = by[int(rng.integers(len(by)))]
    if not found:
        return Case(what, bytes(content) + b"\n" + new, False)
    start, end = found[int(rng.integers(len(found)))].span()
    return Case(what, bytes(content[:start]) + new + bytes(content[end:]), False)


def relined(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """Lines are gone, there twice, in another order, or of somebody else's."""
    lines = bytes(some(rng, good)).split(b"\n")
    place, other = (int(rng.integers(len(lines))) for _ in range(2))
    kind = int(rng.integers(4))
    if kind == 0:
        del lines[place]
    elif kind == 1:
        lines.insert(other, lines[place])
    elif kind == 2:
        lines[place], lines[other] = lines[other], lines[place]
    else:
        lines.insert(place, LINES[int(rng.integers(len(LINES)))])
    return Case(("a line dropped", "a line doubled", "lines exchanged", "a line of harm")[kind], b"\n".join(lines), False)


REWRITTEN: tuple[Mutator, ...] = (renumbered, renumbered, reworded, renamed, relined, relined)


def nothing_there(path: Path) -> None:
    """No such file."""
    path.unlink(missing_ok=True)


def a_folder(path: Path) -> None:
    """A folder."""
    path.mkdir()


def a_pipe(path: Path) -> None:
    """A pipe that nobody writes to."""
    os.mkfifo(path)


def a_device(path: Path) -> None:
    """A link to a device that never ends."""
    path.symlink_to("/dev/zero")


def a_circle(path: Path) -> None:
    """A link to itself."""
    path.symlink_to(path.name)


def a_link_to_nothing(path: Path) -> None:
    """A link to a file that is not there, out of the folder."""
    path.symlink_to("../../../no/such/file")


def an_endless_hole(path: Path) -> None:
    """A file of 2^40 bytes that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(2**40)


PLACES = (nothing_there, a_folder, a_pipe, a_device, a_circle, a_link_to_nothing, an_endless_hole)
