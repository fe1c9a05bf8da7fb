"""The program that reads a NIR file of unknown origin: ``python -P untrusted_hdf5.py FILE``, npz on its output, a file,
or a sentence on its errors.

A program of its own, because damaged HDF5 can make the library search forever, ask for all memory, or fall: none of it reaches whoever
asked.  Texts of NIR are of variable length, kept in a heap without checksums.  Nothing of neurosim is imported.

The npz holds ``edges`` (edges, 2), ``<node>/type``, ``<node>/<field>`` and, if the file tells it, ``dt``.  Links are not followed, sizes
are known before anything is read.
"""
from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

MAX_CELLS = 2**25  # of all arrays: 256 MiB in double precision
MAX_NODES, MAX_FIELDS, MAX_EDGES, MAX_TEXT = 64, 32, 256, 256
CPU_S, MEMORY, MAX_BYTES = 10, 2**30, 2**28 + 2**20
FILTERS = {"gzip", "lzf", None}
REFUSED = 3


class Refused(Exception):
    """A file that is not read; the place and the reason."""


def limit(memory: int = MEMORY) -> None:
    """No more time and memory than any network needs; where the system can."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    limits = {resource.RLIMIT_CPU: CPU_S, resource.RLIMIT_AS: memory, resource.RLIMIT_FSIZE: MAX_BYTES, resource.RLIMIT_CORE: 0}
    for kind, most in limits.items():
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def inside(group: Any, name: str, most: int) -> Iterator[tuple[str, Any]]:
    """The members of a group that are stored in this place, by name."""
    import h5py

    if len(group) > most:
        raise Refused(f"{name}: holds {len(group)} members; at most {most} are read")
    for count, key in enumerate(group):
        if count >= most:
            raise Refused(f"{name}: holds more members than it says")
        if not key.isprintable() or len(key) > MAX_TEXT:
            raise Refused(f"{name}: has a member whose name is no printable text of at most {MAX_TEXT} characters")
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise Refused(f"{name}/{key}: is a link; must be stored in this place")
        item = group[key]
        if h5py.h5o.get_info(item.id).rc != 1:
            raise Refused(f"{name}/{key}: is another name of an object elsewhere in the file")
        yield key, item


def member(group: Any, key: str, name: str, kind: str) -> Any:
    """One member, a "Group" or a "Dataset"."""
    import h5py

    found = dict(inside(group, name, MAX_NODES))
    if not isinstance(found.get(key), getattr(h5py, kind)):
        raise Refused(f"{name}/{key}: is missing or is no {kind.lower()}")
    return found[key]


def check_storage(dataset: Any, name: str, left: int) -> int:
    """Numbers that have to be held to read a dataset, which lies in this file in an ordinary way."""
    if dataset.shape is None or dataset.is_virtual or dataset.external:
        raise Refused(f"{name}: is not stored in this file")
    if dataset.compression not in FILTERS or dataset.scaleoffset is not None:
        raise Refused(f"{name}: is compressed in an unusual way")
    known = {1, 2, 3, 32000}  # deflate, shuffle, fletcher32, lzf
    filters = dataset.id.get_create_plist()
    if any(filters.get_filter(k)[0] not in known for k in range(filters.get_nfilters())):
        raise Refused(f"{name}: is compressed in an unusual way")
    cells = max(math.prod(dataset.shape), math.prod(dataset.chunks or ()))
    if cells > left:
        raise Refused(f"{name}: has {cells} entries; a file may hold at most {MAX_CELLS} numbers")
    return cells


def texts(dataset: Any, name: str, shape: tuple[int | None, ...]) -> list[str]:
    """Short texts of an array of a certain shape (None: any number), one after the other."""
    import h5py

    is_text = h5py.check_string_dtype(dataset.dtype) is not None
    fits = len(dataset.shape or ()) == len(shape) and all(b in (None, a) for a, b in zip(dataset.shape or (), shape))
    if not is_text or not fits or math.prod(dataset.shape) > 2 * MAX_EDGES or dataset.dtype.itemsize > MAX_TEXT:
        wanted = "one text" if not shape else f"at most {MAX_EDGES} pairs of texts"
        raise Refused(f"{name}: has type {str(dataset.dtype)[:40]} and shape {dataset.shape}; must be {wanted}")
    check_storage(dataset, name, 2 * MAX_EDGES)
    found = [dataset[()]] if not shape else [text for row in dataset[()] for text in row]
    decoded = [text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text) for text in found]
    if not all(text.isprintable() and 0 < len(text) <= MAX_TEXT for text in decoded):
        raise Refused(f"{name}: holds what is no printable text of at most {MAX_TEXT} characters")
    return decoded


def number_array(dataset: Any, name: str, left: int) -> Any:
    """The values of an array of plain numbers."""
    if dataset.dtype.kind not in "iuf" or dataset.dtype.itemsize > 8 or dataset.dtype.subdtype is not None:
        raise Refused(f"{name}: has type {str(dataset.dtype)[:40]}; must be integers or floats of at most 64 bits")
    if len(dataset.shape or ()) > 2:
        raise Refused(f"{name}: has {len(dataset.shape)} dimensions; at most 2 are read")
    check_storage(dataset, name, left)
    return dataset[()]


def read(path: str) -> dict[str, Any]:
    """All that there is to know of a NIR graph."""
    import h5py
    import numpy as np

    arrays: dict[str, Any] = {}
    left = MAX_CELLS
    with h5py.File(path, "r") as file:
        graph = member(file, "node", "", "Group")
        if texts(member(graph, "type", "node", "Dataset"), "node/type", ()) != ["NIRGraph"]:
            raise Refused("node/type: must be NIRGraph")
        edges = texts(member(graph, "edges", "node", "Dataset"), "node/edges", (None, 2))
        arrays["edges"] = np.array(edges, dtype=str).reshape(-1, 2)
        for node, group in inside(member(graph, "nodes", "node", "Group"), "node/nodes", MAX_NODES):
            name = f"node/nodes/{node}"
            if not isinstance(group, h5py.Group):
                raise Refused(f"{name}: is no group")
            arrays[f"{node}/type"] = np.array(texts(member(group, "type", name, "Dataset"), f"{name}/type", ())[0])
            for field, item in inside(group, name, MAX_FIELDS):
                if isinstance(item, h5py.Dataset) and field != "type":
                    arrays[f"{node}/{field}"] = number_array(item, f"{name}/{field}", left)
                    left -= arrays[f"{node}/{field}"].size
        told = dict(inside(graph, "node", MAX_FIELDS)).get("metadata")
        if isinstance(told, h5py.Group):
            step = dict(inside(told, "node/metadata", MAX_FIELDS)).get("dt")
            if isinstance(step, h5py.Dataset) and step.shape == ():
                arrays["dt"] = number_array(step, "node/metadata/dt", left)
    return arrays


def main(path: str, memory: int = MEMORY) -> int:
    """Write the arrays or a sentence."""
    try:
        import numpy as np

        limit(memory)
        arrays = {name: np.asarray(array) for name, array in read(path).items()}
        np.savez(sys.stdout.buffer, **arrays)  # type: ignore[arg-type]
        sys.stdout.buffer.flush()
    except Refused as refused:
        print(str(refused).lstrip("/"), file=sys.stderr)
        return REFUSED
    except Exception as error:  # whatever a library makes of a damaged file
        print(f"is not a complete NIR file ({type(error).__name__}: {' '.join(str(error).split())[:120]})", file=sys.stderr)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
