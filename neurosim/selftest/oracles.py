"""What independent readers find in a file that a reader of ours has taken: the plainest there are, without our bounds."""
from __future__ import annotations

import csv
import io
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

COLUMNS = ("temp", "wind")
PATHS = ("task.data", "chip.profile", "network.weights")


def told(said: Any, kept: Any, place: str = "") -> str:
    """The first value of a file that is not in what was made of it; a bare number ``x`` may have become ``{ v = x }``."""
    if isinstance(said, Mapping):
        if not isinstance(kept, Mapping):
            return f"{place} was a table"
        return next(filter(None, (told(value, kept.get(key), f"{place}.{key}".lstrip(".")) for key, value in said.items())), "")
    if isinstance(kept, Mapping) and "v" in kept:
        kept = kept["v"]
    if isinstance(said, list):
        if not isinstance(kept, list) or len(kept) != len(said):
            return f"{place} was a list"
        return next(filter(None, (told(one, other, f"{place}[{k}]") for k, (one, other) in enumerate(zip(said, kept)))), "")
    same = said == kept and isinstance(said, bool) == isinstance(kept, bool) and isinstance(said, str) == isinstance(kept, str)
    return "" if same else f"{place} was {said!r:.60} and became {kept!r:.60}"


def toml(path: Path) -> dict[str, Any]:
    """The tables of a file."""
    return tomllib.loads(path.read_bytes().decode("utf-8-sig"))


def profile(path: Path, payload: Mapping[str, Any]) -> str:
    """Every value of the file is in the profile."""
    said = toml(path)
    said.pop("schema")
    said.pop("extends", None)
    return told(said, payload)


def experiment(path: Path, payload: Mapping[str, Any]) -> str:
    """Every value of the file is in the experiment, paths from the folder of the file on."""
    said = toml(path)
    for place in PATHS:
        table, key = place.split(".")
        value = said.get(table, {}).get(key)
        if isinstance(value, str) and payload[table].get(key) == os.path.abspath(path.parent / value):
            del said[table][key]
    return told(said, payload)


def summary(path: Path, payload: Mapping[str, Any]) -> str:
    """Every value of the file is in the record; what is null or empty may have become an empty list or table."""
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(inner) for key, inner in value.items() if inner not in (None, [], {}, 0, "", False)}
        return [filled(inner) for inner in value] if isinstance(value, list) else value

    return told(filled(json.loads(path.read_bytes())), payload)


def rows(path: Path) -> list[dict[str, str]]:
    """Of a CSV file by the names of its columns, blank lines left out."""
    lines = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    header = [name.strip() for name in lines[0]]
    return [dict(zip(header, line)) for line in lines[1:] if line]


def equal(found: Any, wanted: Any, name: str) -> str:
    """Whether two arrays hold the same numbers."""
    same = np.shape(found) == np.shape(wanted) and np.array_equal(np.asarray(found), np.asarray(wanted),
        equal_nan=np.asarray(wanted).dtype.kind == "f")
    return "" if same else f"{name} was {wanted!r:.60} and became {found!r:.60}"


def columns(path: Path, payload: Mapping[str, Any]) -> str:
    """The named columns are the numbers of the file."""
    return equal(payload["columns"], np.array([[float(row[name]) for name in COLUMNS] for row in rows(path)]), "columns")


def pulses(path: Path, payload: Mapping[str, Any]) -> str:
    """Every reading is a row of the file, in its order."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows(path):
        if any(field.strip() for field in row.values()):
            found.setdefault(row["device"].strip(" \t"), []).append((float(row["pulse"]), float(row["conductance_S"])))
    made = {name: [(float(reading.pulse), reading.conductance) for reading in trace] for name, trace in payload["devices"].items()}
    return "" if made == found else "readings differ"


def events(path: Path, payload: Mapping[str, Any]) -> str:
    """Times, addresses and values are the numbers of the file."""
    found = rows(path)
    for name in ("t_s", "address", "value"):
        wanted = [float(row[name]) if name in row else 1.0 for row in found]
        problem = equal(np.asarray(payload[name], np.float64), np.array(wanted), name)
        if problem:
            return problem
    return ""


def arrays(path: Path) -> dict[str, np.ndarray]:
    """Of an archive, as NumPy reads it."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def archive(path: Path, payload: Mapping[str, Any]) -> str:
    """Every array is that of the file; a value that no file has is 1."""
    found = arrays(path)
    return next(filter(None, (equal(np.asarray(array, np.float64), np.asarray(found.get(name, np.ones(np.shape(array))), np.float64), name)
                              for name, array in payload.items())), "")


def images(path: Path, payload: Mapping[str, Any]) -> str:
    """Pixels and classes are those of the file."""
    found = arrays(path)
    if "x" not in payload or {"x_train", "x_test", "y_train", "y_test"} <= set(found):
        found = {kind: np.concatenate([found[f"{kind}_{part}"].reshape(-1, *((28, 28) if kind == "x" else ())) for part in ("train",
            "test")])
                 for kind in "xy"}
    return next(filter(None, (equal(payload[kind], found[kind], kind) for kind in "xy")), "")


def network(path: Path, payload: Mapping[str, Any]) -> str:
    """Matrices are those of the file, the bias the last column of the inputs."""
    found = {name: array.astype(np.float64) for name, array in arrays(path).items() if name in ("inputs", "recurrent", "readout", "bias")}
    if "bias" in found:
        found["inputs"] = np.column_stack([found["inputs"], found.pop("bias")])
    return next(filter(None, (equal(payload[name], array, name) for name, array in found.items())), "")


def checkpoint(path: Path, payload: Mapping[str, Any]) -> str:
    """Arrays and facts are those of the file."""
    import h5py

    with h5py.File(path, "r") as file:
        names: list[str] = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        if set(names) != set(payload["arrays"]):
            return "arrays are missing"
        facts = {name: value.decode() if isinstance(value := file.attrs[name], bytes) else value for name in file.attrs
                 if name not in ("schema", "facts_sha256", "contents_sha256")}
        problem = "" if facts == payload["facts"] else "facts differ"
        return problem or next(filter(None, (equal(payload["arrays"][name], file[name][()], name) for name in names)), "")


def nir(path: Path, payload: Mapping[str, Any]) -> str:
    """Every array, type and edge is that of the file."""
    import h5py

    with h5py.File(path, "r") as file:
        graph = file["node"]
        for name, value in payload.items():
            if name == "edges":
                wanted: Any = [[text.decode() for text in pair] for pair in graph["edges"][()]]
            elif name == "dt":
                wanted = graph["metadata/dt"][()]
            elif name.endswith("/type"):
                wanted = graph["nodes"][name][()].decode()
            else:
                wanted = graph["nodes"][name][()]
            same = value.tolist() == wanted if value.dtype.kind == "U" else not equal(value, wanted, name)
            if not same:
                return f"{name} was {wanted!r:.60} and became {value!r:.60}"
    return ""
