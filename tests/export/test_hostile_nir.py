"""NIR files that cannot be, or were made to do harm, are refused."""
from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from export.networks import awkward, spiking
from export.refusing import attempt, refusal

from neurosim.export import export_network, untrusted_hdf5
from neurosim.export.importing import read_network

GOLDEN = Path(__file__).parents[1] / "golden" / "export"


@pytest.fixture
def nir_file(tmp_path):
    export_network(awkward(spiking()), "nir", tmp_path / "out")
    return tmp_path / "out" / "network.nir"


def put(name, value, **options):
    def damage(file):
        if name in file:
            del file[name]
        file.create_dataset(name, data=value, **options)
    return damage


def remove(name):
    def damage(file):
        del file[name]
    return damage


def soft_link(file):
    del file["node/nodes/lif/tau"]
    file["node/nodes/lif/tau"] = h5py.SoftLink("/node/nodes/lif/r")


def external_link(file):
    del file["node/nodes/lif"]
    file["node/nodes/lif"] = h5py.ExternalLink("other.nir", "/node/nodes/lif")


def hard_link(file):
    del file["node/nodes/lif/tau"]
    file["node/nodes/lif/tau"] = file["node/nodes/lif/r"]


def group_in_itself(file):
    file["node/nodes/again"] = file["node"]


def external_storage(file):
    del file["node/nodes/lif/tau"]
    file.create_dataset("node/nodes/lif/tau", (20,), "f4", external=[("/etc/passwd", 0, 80)])


def references(file):
    del file["node/nodes/lif/tau"]
    file.create_dataset("node/nodes/lif/tau", (20,), h5py.ref_dtype)


def virtual(file):
    del file["node/nodes/lif/tau"]
    layout = h5py.VirtualLayout((20,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (20,))
    file.create_virtual_dataset("node/nodes/lif/tau", layout)


def huge(file):
    del file["node/nodes/w_rec/weight"]
    file.create_dataset("node/nodes/w_rec/weight", (2**30, 2**30), "f4", chunks=(1, 2**10))


def huge_chunk(file):
    del file["node/nodes/lif/tau"]
    file.create_dataset("node/nodes/lif/tau", (20,), "f4", maxshape=(None,), chunks=(2**29,), compression="gzip")


def many_nodes(file):
    for k in range(100):
        file[f"node/nodes/n{k}/type"] = "Linear"


def nested(file):
    for k in range(100):
        file["node/nodes/deep/" + "/".join(["nodes"] * (k + 1)) + "/type"] = "NIRGraph"
    file["node/nodes/deep/type"] = "NIRGraph"


def wide(file):
    """A million neurons that would need a matrix between them."""
    n = 10**6
    for name in ("w_in", "w_rec", "w_out"):
        del file[f"node/nodes/{name}"]
    del file["node/edges"]
    file.create_dataset("node/edges", data=np.array([("input", "lif"), ("lif", "output")], dtype=object), dtype=h5py.string_dtype())
    for name in ("tau", "r", "v_leak", "v_reset", "v_threshold"):
        value = file[f"node/nodes/lif/{name}"][0]
        del file[f"node/nodes/lif/{name}"]
        file[f"node/nodes/lif/{name}"] = np.full(n, value)
    file["node/nodes/input/shape"][...] = n


def outer_product(file):
    """Two nodes of 10^4 entries each, whose product has 10^8."""
    for name, shape in (("a", (1, 10_000)), ("b", (10_000, 1)), ("c", (20, 10_000))):
        file[f"node/nodes/{name}/type"], file[f"node/nodes/{name}/weight"] = "Linear", np.ones(shape, np.float32)
    file["node/nodes/input/shape"][...] = 10_000
    del file["node/nodes/w_in"]
    edges(("input", "a"), ("a", "b"), ("b", "c"), ("c", "lif"), *CHAIN[2:])(file)


def edges(*pairs):
    def damage(file):
        del file["node/edges"]
        file.create_dataset("node/edges", data=np.array(pairs, dtype=object), dtype=h5py.string_dtype())
    return damage


LIF = "node/nodes/lif/"
CHAIN = [("input", "w_in"), ("w_in", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "w_out"), ("w_out", "output")]
HOSTILE = {
    "soft link": (soft_link, "lif/tau: is a link"), "external link": (external_link, "nodes/lif: is a link"),
    "hard link": (hard_link, "is another name of an object elsewhere"), "loop of groups": (group_in_itself, "is another name"),
    "external storage": (external_storage, "is not stored in this file"), "virtual": (virtual, "is not stored in this file"),
    "huge": (huge, "a file may hold at most"), "huge chunk": (huge_chunk, "a file may hold at most"),
    "many nodes": (many_nodes, "at most 64 are read"), "nested": (nested, "nested graphs are not read"),
    "wide": (wide, "must have at most"), "outer product": (outer_product, "nodes/b: has a product with the nodes before it of more than"),
    "text for numbers": (put(LIF + "tau", "20e-3"), "lif/tau: has type object"),
    "compound": (put(LIF + "tau", np.zeros(20, [("a", "f4"), ("b", "i8", 3)])), "lif/tau: has type"),
    "complex": (put(LIF + "tau", np.zeros(20, complex)), "lif/tau: has type complex128"),
    "references": (references, "lif/tau: has type object"),
    "cube": (put(LIF + "tau", np.zeros((2, 2, 2))), "has 3 dimensions"), "empty": (put(LIF + "tau", h5py.Empty("f4")), "is not stored"),
    "no entries": (put(LIF + "tau", np.zeros(0)), "lif/tau"), "other length": (put(LIF + "tau", np.ones(21)), "has shape"),
    "matrix for a vector": (put(LIF + "tau", np.ones((20, 1))), "must have 1 dimensions"),
    "nan": (put(LIF + "tau", np.full(20, np.nan)), "has entries that are not finite"),
    "negative": (put(LIF + "tau", np.full(20, -1.0)), "= -1; must be above the step"),
    "different": (put(LIF + "v_threshold", np.linspace(1, 2, 20)), "v_threshold = 1 to 2; must be the same for all"),
    "threshold below reset": (put(LIF + "v_threshold", np.full(20, -1.0)), "must be below threshold"),
    "infinite weight": (put("node/nodes/w_rec/weight", np.full((20, 20), np.inf)), "recurrent: has entries that are not finite"),
    "overflow": (put("node/nodes/w_rec/weight", np.full((20, 20), 1e308)), "at most 1e+30 is a weight"),
    "other shape": (put("node/nodes/w_rec/weight", np.zeros((19, 20))), "must be 20, one per neuron"),
    "many sizes": (put("node/nodes/input/shape", np.ones(5000)), "input/shape: has 5000 entries; must be [6]"),
    "no columns": (put("node/nodes/w_in/weight", np.zeros((20, 0))), "must be [0]"),
    "missing": (remove(LIF + "tau"), "tau: is missing"), "no type": (remove(LIF + "type"), "node/nodes/lif/type: is missing"),
    "no nodes": (remove("node/nodes"), "node/nodes: is missing"), "no edges": (remove("node/edges"), "node/edges: is missing"),
    "no graph": (remove("node"), "node: is missing"), "unknown type": (put(LIF + "type", "Conv2d"), "= 'Conv2d'; must be one of"),
    "type is a number": (put(LIF + "type", 3), "must be one text"), "long type": (put(LIF + "type", "x" * 10**6), "no printable text"),
    "control characters": (put(LIF + "type", "LIF\x1b[2J\n"), "no printable text"),
    "output not reached": (edges(*CHAIN[:4]), "edges"), "unknown node": (edges(*CHAIN, ("lif", "x")), "or of no node"),
    "twice": (edges(*CHAIN, CHAIN[0]), "which is there twice"), "no way around neurons": (
        edges(("input", "w_in"), ("w_in", "w_rec"), ("w_rec", "w_rec"), ("lif", "w_out"), ("w_out", "output")), "edges into it"),
    "back to the input": (edges(*CHAIN, ("lif", "input")), "must lead"),
    "on from the output": (edges(*CHAIN, ("output", "input")), "must lead"),
    "many edges": (edges(*[("input", "w_in")] * 1000), "at most 256 pairs"),
    "edges of numbers": (put("node/edges", np.zeros((3, 2))), "pairs"),
    "step of text": (put("node/metadata/dt", "soon"), "has type object"), "step of 0": (put("node/metadata/dt", 0.0), "give step_s")}


@pytest.mark.parametrize("name", HOSTILE)
def test_nir_files_that_cannot_be_are_refused(name, nir_file):
    damage, said = HOSTILE[name]
    with h5py.File(nir_file, "r+") as file:
        damage(file)
    assert said in refusal(nir_file)


def test_a_bias_is_on_the_way_in_only(nir_file):
    with h5py.File(nir_file, "r+") as file:
        del file["node/nodes/w_out/type"]
        file["node/nodes/w_out/type"], file["node/nodes/w_out/bias"] = "Affine", np.ones(5)
    assert "w_out: adds a bias on the way out" in refusal(nir_file)


def test_linear_nodes_one_after_the_other_are_one_matrix(nir_file):
    before = read_network(nir_file)
    with h5py.File(nir_file, "r+") as file:
        file["node/nodes/gain/type"], file["node/nodes/gain/scale"] = "Scale", np.arange(20.0)
        edges(*CHAIN[:3], ("w_rec", "gain"), ("gain", "lif"), *CHAIN[4:])(file)
    after = read_network(nir_file)
    assert np.allclose(after.trained.matrices["recurrent"], np.arange(20)[:, None] * before.trained.matrices["recurrent"])


def test_truncated_and_flipped_nir_files_are_refused_or_read_but_never_worse(tmp_path):
    whole, path = (GOLDEN / "lif.nir").read_bytes(), tmp_path / "n.nir"
    rng, refused = np.random.Generator(np.random.Philox(7)), 0
    for cut in np.linspace(8, len(whole) - 1, 6).astype(int):
        path.write_bytes(whole[:cut])
        assert attempt(path)
    for place in rng.integers(8, len(whole), 24):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << int(rng.integers(8)))]) + whole[place + 1:])
        refused += attempt(path)
    assert refused > 0


def test_a_reader_that_does_not_come_back_is_ended(nir_file, monkeypatch):
    monkeypatch.setattr("neurosim.export.untrusted_nir.WAIT_S", 1e-3)
    assert "could not be read in 0.001 s" in refusal(nir_file)


def test_a_reader_that_searches_forever_is_ended(nir_file, tmp_path, monkeypatch):
    text = Path(untrusted_hdf5.__file__).read_text().replace("CPU_S, MEMORY, MAX_BYTES = 10", "CPU_S, MEMORY, MAX_BYTES = 1")
    (tmp_path / "search.py").write_text(text.replace("arrays = {name:", "while True: pass\n        arrays = {name:"))
    monkeypatch.setattr("neurosim.export.untrusted_nir.untrusted_hdf5.__file__", str(tmp_path / "search.py"))
    assert "could not be read in 10 s of CPU time" in refusal(nir_file)


def test_a_reader_that_falls_is_a_damaged_file(nir_file, tmp_path, monkeypatch):
    (tmp_path / "fall.py").write_text("import os; os.abort()")
    monkeypatch.setattr("neurosim.export.untrusted_nir.untrusted_hdf5.__file__", str(tmp_path / "fall.py"))
    assert "made the HDF5 library fail" in refusal(nir_file)
