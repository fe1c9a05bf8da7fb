"""HDF5 files that the library itself wrote, and that hold what no reader should believe."""
from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from .hostile import Case, some


def datasets_of(file: Any) -> list[str]:
    """Names of all arrays."""
    found: list[str] = []
    file.visititems(lambda name, item: found.append(name) if hasattr(item, "shape") else None)
    return found


def put(file: Any, name: str, value: Any = None, **options: Any) -> None:
    """Another array in the place of one, with its attributes."""
    kept = dict(file[name].attrs)
    del file[name]
    file.create_dataset(name, data=value, track_times=False, **options)
    for key, fact in kept.items():
        file[name].attrs[key] = fact


def revalued(file: Any, name: str, rng: np.random.Generator) -> None:
    """Another value."""
    if file[name].dtype.kind in "iuf":
        value = np.array(file[name][()], np.float64)
        with np.errstate(all="ignore"):
            value = value * rng.choice([-1.0, np.nan, np.inf, 1e300, 0.5])
        put(file, name, value)
    else:
        put(file, name, "x" * int(rng.integers(1, 400)))


def retyped(file: Any, name: str, rng: np.random.Generator) -> None:
    """Another type."""
    import h5py

    types = (np.float16, np.int64, ">f8", complex, "S8", "S70000", h5py.string_dtype(), h5py.ref_dtype, h5py.vlen_dtype(np.int32),
             [("a", "f8"), ("b", "i4", (3,))], bool, "V16")
    put(file, name, shape=(2,), dtype=types[int(rng.integers(len(types)))])


def reshaped(file: Any, name: str, rng: np.random.Generator) -> None:
    """Another shape: none, empty, of too many dimensions, or so large that it is only declared."""
    import h5py

    shapes: list[Any] = [(), (0,), (2, 2, 2, 2), (2**40,), (2**28, 2**28), (2**27, 1), (1, 2**24)]
    kind = int(rng.integers(len(shapes) + 1))
    if kind == len(shapes):
        put(file, name, h5py.Empty("f8"))
    else:
        put(file, name, shape=shapes[kind], dtype="f8")


def packed(file: Any, name: str, rng: np.random.Generator) -> None:
    """In pieces and compressed, also so that little unpacks to much."""
    size = int(rng.choice([10, 2**16, 2**29]))
    put(file, name, shape=(size,), dtype="f8", chunks=(min(size, int(rng.choice([2**10, 2**26]))),), compression=str(rng.choice(["gzip",
        "lzf"])))


def linked(file: Any, name: str, rng: np.random.Generator) -> None:
    """A link in the place of an array."""
    import h5py

    other = datasets_of(file)[0]
    links = (h5py.SoftLink(f"/{other}"), h5py.SoftLink("/no/such"), h5py.SoftLink(f"/{name}"), h5py.ExternalLink("/etc/passwd", "/x"),
             h5py.ExternalLink("../other.h5", "/x"))
    del file[name]
    file[name] = links[int(rng.integers(len(links)))]


def renamed(file: Any, name: str, rng: np.random.Generator) -> None:
    """Another name, or none."""
    new = str(rng.choice(["x", f"{name}s", "..", "a b", "deep/" * 40 + "x", "n" * 2000, "\x1b[2J"]))
    if rng.random() < 0.3 or new in file:
        del file[name]
    else:
        file.move(name, new)


def doubled(file: Any, name: str, rng: np.random.Generator) -> None:
    """Another name of the same object, or a group in itself."""
    if rng.random() < 0.5:
        file[f"{name}_again"] = file[name]
    else:
        file["again"] = file["/"]


def outside(file: Any, name: str, rng: np.random.Generator) -> None:
    """Numbers in another file."""
    import h5py

    if rng.random() < 0.5:
        del file[name]
        file.create_dataset(name, shape=(4,), dtype="f8", external=[("/etc/passwd", 0, 32)])
    else:
        layout = h5py.VirtualLayout((4,), "f8")
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
        del file[name]
        file.create_virtual_dataset(name, layout)


def attributed(file: Any, name: str, rng: np.random.Generator) -> None:
    """Another fact or digest, or none."""
    place = file[name] if rng.random() < 0.5 else file["/"]
    for key in list(place.attrs)[:1 + int(rng.integers(3))]:
        if rng.random() < 0.5:
            del place.attrs[key]
        else:
            place.attrs[key] = (3, 2.5, "text", np.zeros(100), np.bytes_(b"0" * 64), float("nan"))[int(rng.integers(6))]
    place.attrs["more"] = "x" * int(rng.integers(1, 40_000))


def crowded(file: Any, name: str, rng: np.random.Generator) -> None:
    """Very many groups."""
    for k in range(int(rng.choice([70, 400]))):
        file.create_group(f"crowd{k}")


EDITS = (revalued, retyped, reshaped, packed, linked, renamed, doubled, outside, attributed, crowded)


def edited(rng: np.random.Generator, good: Sequence[bytes]) -> Case:
    """A file with one of these edits."""
    import h5py

    made, edit = io.BytesIO(bytes(some(rng, good))), EDITS[int(rng.integers(len(EDITS)))]
    with h5py.File(made, "r+") as file:
        names = datasets_of(file)
        edit(file, names[int(rng.integers(len(names)))], rng)
    return Case((edit.__doc__ or "").rstrip(".").lower(), made.getvalue(), False)


HDF5 = (edited, edited, edited, edited)
