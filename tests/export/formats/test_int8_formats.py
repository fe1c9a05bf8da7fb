"""What all integer formats promise: their clients compute every bit, and find what is wrong with a damaged export."""
from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from export.clients import client, needed
from export.int8_cases import FIELDS, MADE, WIDE, damaged, network, trained
from export.networks import spiking
from required import program

from neurosim.errors import InputError
from neurosim.export import Options, export_network
from neurosim.export.deterministic import npz_bytes
from neurosim.export.formats import c, onnx_int8, verilog
from neurosim.export.int8 import check_accumulator
from neurosim.export.int8_edges import count, edges
from neurosim.export.registry import exporter_of

FORMATS = {"onnx-int8": onnx_int8, "c": c, "verilog": verilog}
PROGRAMS = {"c": "gcc", "verilog": "iverilog"}
CLIENTS = {"onnx-int8": ("run_onnx.py", "network.onnx"), "c": ("run_c.py", "neurosim_net.h"), "verilog": ("run_verilog.py", "")}
STEPS = 16
pytestmark = pytest.mark.parametrize("to", FORMATS)


@pytest.fixture(autouse=True)
def writer(to):
    """Writing ONNX takes the package."""
    if to == "onnx-int8":
        pytest.importorskip("onnx", reason="the package onnx is not installed")


@pytest.fixture
def run(to, writer):
    """The client of the format: folder of the export, vectors -> what it says."""
    if to == "onnx-int8":
        python = needed("onnxruntime", "ort")
    else:
        python = sys.executable
        program(PROGRAMS[to])
    script, file = CLIENTS[to]
    return lambda folder, expected: client(python, script, folder / file, expected)


def write(folder, to, made):
    """The files of a quantised network, without the rest of an export."""
    folder.mkdir()
    files = FORMATS[to].files_of(made)
    if to == "verilog":
        files["manifest.json"] = json.dumps(verilog.manifest(made))
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def vectors(path, made, inputs):
    """What a correct client computes."""
    path.write_bytes(npz_bytes({"inputs": inputs, **made.run(inputs), "tol": np.float64(0)}))
    return path


def shown(made, first=()):
    """Vectors of a network that was not trained, or was: inputs, then edges."""
    first = np.zeros((0, made.spec.weights_in.shape[1]), np.int8) if len(first) == 0 else first
    return np.concatenate([first, edges(made.spec, first)])


@pytest.mark.parametrize("kind", ["grid", "decorrelated"])
def test_the_client_computes_every_bit(kind, to, run, tmp_path):
    record = export_network(trained(kind), to, tmp_path / "out", STEPS)
    assert record["tolerance"] == 0
    with np.load(tmp_path / "out" / "expected.npz", allow_pickle=False) as expected:
        inputs, h, outputs = (expected[name] for name in ("inputs", "h", "outputs"))
    assert [array.dtype for array in (inputs, h, outputs)] == [np.int8, np.int8, np.int32]
    assert h.std() > 20 and (np.abs(h) == 127).mean() < 0.6 and len(np.unique(outputs)) > len(outputs)
    found = count(network(kind).spec, inputs)
    assert min(found.even, found.odd) >= 20 and min(found.high, found.low) >= 5 and found.entries > 200
    said = run(tmp_path / "out", tmp_path / "out" / "expected.npz")
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("kind", [*MADE, *WIDE])
def test_networks_of_unusual_shapes_and_positions_are_computed(kind, to, run, tmp_path):
    made = {**MADE, **WIDE}[kind]()
    if to == "onnx-int8" and kind in WIDE:
        with pytest.raises(InputError, match="must stay below 2"):
            check_accumulator(made, to, onnx_int8.EXACT_BITS)
        return
    said = run(write(tmp_path / "out", to, made), vectors(tmp_path / "expected.npz", made, shown(made)))
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("damage", FIELDS)
def test_a_damaged_export_is_caught(damage, to, run, tmp_path):
    good = network()
    expected = vectors(tmp_path / "expected.npz", good, shown(good, good.encode(trained().shown(STEPS))))
    said = run(write(tmp_path / "out", to, damaged(good, damage)), expected)
    assert said.returncode == 1 and "differ" in said.stdout, said.stdout + said.stderr


def half_up(to, folder):
    """Round half up instead of half to even."""
    if to == "onnx-int8":
        import onnx

        model = onnx.load(folder / "network.onnx")
        body = next(attribute.g for attribute in model.graph.node[0].attribute if attribute.name == "body")
        k = next(k for k, node in enumerate(body.node) if node.op_type == "Round")
        body.node[k].op_type = "Floor"
        more = onnx.helper.make_node("Add", [body.node[k].input[0], "half"], ["z_more"])
        body.initializer.append(onnx.numpy_helper.from_array(np.array(0.5, np.float32), "half"))
        body.node[k].input[0] = "z_more"
        body.node.insert(k, more)
        return onnx.save(model, folder / "network.onnx")
    name, old, new = {
        "c": ("neurosim_net.h", "rest == unit / 2 && whole % 2 != 0", "rest == unit / 2"),
        "verilog": ("neurosim_rnn.v", "rest == HALF && whole[0]", "rest == HALF")}[to]
    text = (folder / name).read_text()
    assert text.count(old) == 1
    (folder / name).write_text(text.replace(old, new))


def test_another_rounding_is_caught_by_the_ties_and_by_nothing_else(to, run, tmp_path):
    """Vectors of the task alone do not find it: that is what the ties are for."""
    good = network()
    task = good.encode(trained().shown(3))
    assert count(good.spec, task).even == 0
    half_up(to, write(tmp_path / "out", to, good))
    assert run(tmp_path / "out", vectors(tmp_path / "task.npz", good, task)).returncode == 0
    said = run(tmp_path / "out", vectors(tmp_path / "expected.npz", good, shown(good, task)))
    assert said.returncode == 1 and "differ" in said.stdout, said.stdout + said.stderr


def test_the_same_network_gives_the_same_bytes_and_the_same_edges(to):
    one, two = (exporter_of(to)(trained(), Options()) for _ in range(2))
    x = one.encode(trained().shown(STEPS))
    assert one.files == two.files and (one.edges(x) == two.edges(x)).all()


def test_what_integers_cannot_do_is_refused_by_the_name_of_the_format(to, tmp_path):
    leaky = replace(trained(), network=trained().network.model_copy(update={"neuron": "leaky", "tau_steps": 3.0}))
    for wrong, said in ((leaky, f"--to = '{to}'; network.tau_steps = 3: the 8-bit network has no leaky neurons; --to onnx has"),
                        (spiking(epochs=1), f"--to = '{to}'; network.neuron = 'spiking', this format is for rate neurons")):
        with pytest.raises(InputError) as caught:
            export_network(wrong, to, tmp_path / "out")
        assert str(caught.value).startswith(said) and not (tmp_path / "out").exists()
