"""Every reader of files that may be a stranger's: good files, what it makes of a file, and what an independent reader makes of it."""
from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from . import oracles
from .hostile import DAMAGES, REWRITTEN, Mutator
from .hostile_archives import ARCHIVES
from .hostile_hdf5 import HDF5

Payload = Mapping[str, Any]
"""What a file was taken to say: arrays, texts, numbers and tables of them, by name."""


class Reader(NamedTuple):
    """A reader.

    Attributes
    ----------
    name : for tables
    file : name of the files that it reads
    good : contents that it reads without a complaint
    read : what it makes of a file
    differs : a sentence if an independent reader finds something else in the same file; empty if not
    mutators : that make cases of the good files, in turn
    has_checksum : whether damage must be noticed
    """

    name: str
    file: str
    good: Sequence[bytes]
    read: Callable[[Path], Payload]
    differs: Callable[[Path, Payload], str]
    mutators: Sequence[Mutator]
    has_checksum: bool = False


TEXT_CASES = (*DAMAGES, *REWRITTEN, *REWRITTEN)
EXPERIMENT = b"""# a small one
[task]
name = "mackey-glass"
kind = "recall"
steps = 200
test_steps = 100
[network]
hidden = 12
recurrent_scale = 0.9
[chip]
profile = "reram-sb"
without = ["device.dw_min_dtod"]
numbers = { device = { w_max = 1.0 } }
[rule]
name = "anp"
learning_rate = 1e-3
[train]
epochs = 3
seeds = [1, 2]
"""
PROFILE = b"""schema = 1
extends = "reram-sb"
[chip]
id = "mine"
[device]
dw_min = { v = 0.002, lo = 0.001, hi = 0.003, status = "measured", src = "bench" }
w_max = 1.0
[io]
adc_bits = 8
[sources]
device = "made up"
bench = "made up too"
"""
WEATHER = b"time,temp,wind\n2020-01-01,1.5,3\n2020-01-02,-2e1,4\n2020-01-03,\"3\",5.25\n2020-01-04,0,6\n"
SPIKES = b"t_s,address,value\n0.0,0,1\n0.001,3,0.5\n0.001,1,1\n0.0049,3,-2\n"
SUMMARY = (b'{"schema": 1, "kind": "grid", "title": "t", "status": "complete",'
           b' "axes": [{"name": "rule", "key": "rule.name", "values": ["anp"]}],'
           b' "groups": [{"point": {"rule": "anp"}, "seeds": {"1": {"run": "abc", "status": "complete", "scores": {"test_mse": 0.25}}}}],'
           b' "caveats": ["none"], "seeds": [1]}')
CONSTANTS = {"step_s": 1e-3, "tau_s": 0.02, "threshold": 1.0, "resting": 0.0, "reset": 0.0, "subtracts": 0.0}


def readers(folder: Path) -> list[Reader]:
    """All of them.

    Parameters
    ----------
    folder : where good files are made
    """
    from .. import checkpoint, experiment, profile, weights_file
    from ..calibration import table
    from ..export.deterministic import npz_bytes
    from ..export.importing import read_network
    from ..report.page import folder as pages
    from ..tasks import csv_columns, events, psmnist

    matrices = made_matrices()
    kept = {"inputs/conductance": matrices["inputs"], "recurrent/count": np.arange(3, dtype=np.int32), "scalar": np.array(3.5)}
    checkpoint.save(folder / "one.h5", kept, {"epoch": 3, "label": "gr\xf6\xdfe"})
    checkpoint.save(folder / "two.h5", kept, {"epoch": 4, "rate": 1e-3})
    checkpoints = [(folder / name).read_bytes() for name in ("one.h5", "two.h5")]
    pixels = (np.arange(20 * 784) % 251).astype(np.uint8)
    images = [npz_bytes({"x": pixels.reshape(20, 28, 28), "y": np.arange(20) % 10}), npz_bytes({
        f"{kind}_{part}": array for part in ("train", "test") for kind, array in (("x", pixels.reshape(20, 784)), ("y",
            np.arange(20) % 10))})]
    lists = [npz_bytes({"t_s": np.linspace(0, 1, 30), "address": np.arange(30) % 4}),
             npz_bytes({"t_s": np.linspace(0, 1, 5), "address": np.arange(5) % 4, "value": np.arange(5.0)})]
    networks = [npz_bytes({**matrices, "bias": np.arange(4.0)}),
                npz_bytes({**matrices, **{name: np.full(4, value) for name, value in CONSTANTS.items()}})]
    archive, table_file = (*DAMAGES, *ARCHIVES), pulse_table()
    return [
        Reader("profile", "case.toml", [PROFILE, shipped("reram-sb"), shipped("loihi1"), shipped("xylo-audio")],
               lambda path: profile.load(path).model_dump(mode="json", exclude_none=True), oracles.profile, TEXT_CASES),
        Reader("experiment", "case.toml", [EXPERIMENT], lambda path: experiment.load(path).model_dump(
            mode="json", exclude_none=True, serialize_as_any=True), oracles.experiment, TEXT_CASES),
        Reader("checkpoint", "case.h5", checkpoints, lambda path: dict(zip(("arrays", "facts"), checkpoint.load(path))),
               oracles.checkpoint, (*DAMAGES, *DAMAGES, *HDF5), True),
        Reader("CSV columns", "case.csv", [WEATHER], lambda path: {"columns": csv_columns.read_columns(path, oracles.COLUMNS)},
               oracles.columns, TEXT_CASES),
        Reader("CSV pulse traces", "case.csv", [table_file], lambda path: {"devices": table.read_table(path).devices}, oracles.pulses,
               TEXT_CASES),
        Reader("AER csv", "case.csv", [SPIKES], lambda path: events.read_events(path, 4, 2.0)._asdict(), oracles.events, TEXT_CASES),
        Reader("AER npz", "case.npz", lists, lambda path: events.read_events(path, 4, 2.0)._asdict(), oracles.archive, archive, True),
        Reader("images npz", "case.npz", images, lambda path: dict(zip("xy", psmnist.read_images(path))), oracles.images, archive, True),
        Reader("weights npz", "case.npz", [npz_bytes(matrices)], weights_file.read, oracles.archive, archive, True),
        Reader("import npz", "case.npz", networks, lambda path: dict(read_network(path).trained.matrices), oracles.network, archive, True),
        Reader("import NIR", "case.nir", nir_files(matrices), nir, oracles.nir, (*DAMAGES, *HDF5, *HDF5)),
        Reader("summary JSON", pages.SUMMARY, [SUMMARY], lambda path: pages.load(path.parent).record, oracles.summary, TEXT_CASES)]


def made_matrices() -> dict[str, np.ndarray]:
    """Of a network of 4 neurons."""
    return {"inputs": np.arange(12.0).reshape(4, 3) / 8, "recurrent": np.arange(16.0).reshape(4, 4) / 16, "readout": np.ones((2, 4))}


def shipped(name: str) -> bytes:
    """A profile of the package."""
    from ..profile import located

    return located(name).read_bytes()


def pulse_table() -> bytes:
    """Pulse traces of eight devices."""
    rows = [f"d{device},{pulse},{0 if pulse == 0 else 1 if pulse <= 12 else -1},{1e-6 * (device + min(pulse, 24 - pulse) + 1):g}"
            for device in range(8) for pulse in range(25)]
    return "\n".join(["device,pulse,polarity,conductance_S", *rows, ""]).encode()


def nir_files(matrices: Mapping[str, np.ndarray]) -> list[bytes]:
    """Two graphs."""
    from ..export.nir_file import Node, nir_bytes

    def graph(kind: str, **fields: float) -> bytes:
        neuron = {name: np.full(4, value, np.float32) for name, value in fields.items()}
        nodes = {
            "input": Node("Input", {"shape": np.array([3])}), "first": Node("Linear", {"weight": matrices["inputs"]}),
            "neurons": Node(kind, neuron), "loop": Node("Linear", {"weight": matrices["recurrent"]}),
            "last": Node("Linear", {"weight": matrices["readout"]}), "output": Node("Output", {"shape": np.array([2])})}
        edges = [("input", "first"), ("first", "neurons"), ("neurons", "loop"), ("loop", "neurons"), ("neurons", "last"), ("last",
            "output")]
        return nir_bytes(nodes, edges, {"dt": 1e-3})

    common = {"r": 1.0, "v_leak": 0.0, "v_reset": 0.0, "v_threshold": 1.0}
    return [graph("LIF", tau=0.02, **common), graph("CubaLIF", tau_mem=0.02, tau_syn=0.005, w_in=1.0, **common)]


def nir(path: Path) -> Payload:
    """The arrays of a NIR file, which also has to be a network."""
    from ..export.formats import nir_reader
    from ..export.untrusted_nir import nir_arrays

    found: list[tuple[int, bytes, bytes]] = []

    def recorded(path: Path, out: IO[bytes]) -> tuple[int, bytes]:
        status, said = forked(path, out)
        out.seek(0)
        found.append((status, said, out.read()))
        return status, said

    def again(path: Path, out: IO[bytes]) -> tuple[int, bytes]:
        status, said, content = found[0]
        out.write(content)
        return status, said

    arrays = nir_arrays(path, recorded)
    nir_reader.read(path, process=again)
    return arrays


def forked(path: Path, out: IO[bytes]) -> tuple[int, bytes]:
    """What `untrusted_nir.spawned` does, with a copy of this process in the place of a new Python, which takes a second to start."""
    from ..export import untrusted_hdf5

    begin, end = os.pipe()
    child = os.fork()
    if not child:
        status = 70
        try:
            os.dup2(out.fileno(), 1)
            os.dup2(end, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8"), os.fdopen(2, "w", encoding="utf-8")
            status = untrusted_hdf5.main(str(path), address_space() + untrusted_hdf5.MEMORY)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)
    os.close(end)
    with os.fdopen(begin, "rb") as pipe:
        said = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def address_space(field: str = "VmSize") -> int:
    """Bytes of this process, or the most that it has had (``VmPeak``)."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    return 0
