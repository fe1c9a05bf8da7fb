"""Archives of arrays that are whole, with right checksums, and say something that no reader should believe."""
from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .hostile import Case, some

HEADERS = (
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,), }", b"{'descr': '<f8', 'fortran_order': False, 'shape': (2, -1), }",
    b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"__import__('os').system('touch ran')", b"(" * 9000, b"{" * 9000,
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (1,", b"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
    b"{'descr': ('<f8', (1000, 1000, 1000)), 'fortran_order': False, 'shape': (1,), }", b"\xff" * 200,
    b"{'descr': '<f8', 'fortran_order': 1, 'shape': (True,), }", b"{'descr': 'V9999999999', 'fortran_order': False, 'shape': (1,), }")
NAMES = ("../{}", "/{}", "{}.npy", "x", "", "{}\0", "a" * 5000, "inputs", "{}/")
PICKLE = b"cos\nsystem\n(S'touch ran'\ntR."
VALUES: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    lambda a: a.astype(np.float64) * np.nan, lambda a: a.astype(np.float64) * 1e300, lambda a: a.astype(np.float32),
    lambda a: a.astype(">f8"),
    lambda a: a.astype(np.int8), lambda a: a.astype(np.float16), lambda a: a.astype(complex), lambda a: a.astype(str),
    lambda a: a.astype(bool),
    lambda a: np.asfortranarray(a[..., None]), lambda a: a[..., :0], lambda a: a.ravel(), lambda a: -a.astype(np.float64),
    lambda a: np.asfortranarray(a), lambda a: a.astype(np.uint64) * 2**63, lambda a: a.astype("M8[s]"), lambda a: a[..., ::-1],
    lambda a: np.concatenate([a, a]) if a.ndim else a)


def npy(array: np.ndarray) -> bytes:
    """An array as a member."""
    made = io.BytesIO()
    np.lib.format.write_array(made, np.asanyarray(array), allow_pickle=False)  # type: ignore[no-untyped-call]
    return made.getvalue()


def with_header(text: bytes, rest: bytes = b"") -> bytes:
    """A member whose header says this."""
    line = text + b" " * 8 + b"\n"
    return b"\x93NUMPY\x01\x00" + (len(line) % 2**16).to_bytes(2, "little") + line + rest


def unpacked(content: bytes) -> dict[str, np.ndarray]:
    """The arrays of a good file."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return dict(file)


def packed(members: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these members, whatever their names."""
    made = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        with zipfile.ZipFile(made, "w", method) as archive:
            for name, content in members:
                archive.writestr(zipfile.ZipInfo(name), content, method)
    return made.getvalue()


def repacked(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """An archive of the same arrays but for one thing."""
    members = [(f"{name}.npy", npy(array)) for name, array in unpacked(bytes(some(rng, good))).items()]
    place = int(rng.integers(len(members)))
    name, content = members[place]
    kinds: dict[str, Any] = {
        "a member of another header": lambda: (name, with_header(HEADERS[int(rng.integers(len(HEADERS)))], content[128:])),
        "a member of another name": lambda: (NAMES[int(rng.integers(len(NAMES)))].format(name), content),
        "a member that is a pickle": lambda: (name, with_header(HEADERS[2], PICKLE)), "a member of noise": lambda: (name, rng.bytes(300)),
        "a member of no bytes": lambda: (name, b""), "a member that is too long": lambda: (name, content + bytes(2**20)),
        "a member that is too short": lambda: (name, content[:-1])}
    kind = list(kinds)[int(rng.integers(len(kinds)))]
    members[place] = kinds[kind]()
    return Case(kind, packed(members), False)


def revalued(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """An array of another type, shape or value."""
    arrays = unpacked(bytes(some(rng, good)))
    name = list(arrays)[int(rng.integers(len(arrays)))]
    change = VALUES[int(rng.integers(len(VALUES)))]
    with np.errstate(all="ignore"):
        try:
            changed = change(arrays[name])
        except (ValueError, TypeError, IndexError):  # an array without dimensions has none to cut
            changed = np.zeros((1, 1, 1))
    return Case("an array of another type, shape or value", packed([(f"{key}.npy", npy(changed if key == name else array))
                                                                    for key, array in arrays.items()]), False)


def reordered(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """Members that are missing, there twice, in another order, packed in another way, or very many."""
    members = [(f"{name}.npy", npy(array)) for name, array in unpacked(bytes(some(rng, good))).items()]
    place, kind = int(rng.integers(len(members))), int(rng.integers(5))
    method = zipfile.ZIP_DEFLATED
    if kind == 0:
        del members[place]
    elif kind == 1:
        members.append((members[place][0], members[int(rng.integers(len(members)))][1]))
    elif kind == 2:
        members.reverse()
    elif kind == 3:
        method = (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)[int(rng.integers(3))]
    else:
        members += [(f"{k}.npy", b"") for k in range(100)]
    said = ("a member dropped", "a member doubled", "members in another order", "packed in another way", "very many members")[kind]
    return Case(said, packed(members, method), False)


def bomb(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """A member that says it unpacks to a terabyte, in the list and before it."""
    content = bytearray(packed([(f"{name}.npy", npy(array)) for name, array in unpacked(bytes(some(rng, good))).items()]))
    size = int(rng.choice([2**20, 2**31, 2**32 - 2])).to_bytes(4, "little")
    for mark, field in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.find(mark)
        content[place + field:place + field + 4] = size
    return Case("a member that unpacks to more than there is", bytes(content), False)


ARCHIVES = (repacked, repacked, revalued, revalued, reordered, bomb)
