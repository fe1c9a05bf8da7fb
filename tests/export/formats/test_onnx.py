"""The float ONNX model: what it holds, what it refuses, and that onnxruntime computes the same from it."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from export.clients import client, needed
from export.networks import awkward, rate, spiking

from neurosim.errors import InputError
from neurosim.export import Options, export_network
from neurosim.export.formats.npz import export as npz
from neurosim.export.registry import exporter_of
from neurosim.rules import Decorrelation

onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")
STEPS = 32
KINDS = {
    "tanh": {}, "no bias": {"bias": False}, "leaky": {"neuron": "leaky", "tau_steps": 3.0}, "integrating": {"readout_tau_steps": 4.0},
    "leaky and integrating": {"neuron": "leaky", "tau_steps": 2.0, "readout_tau_steps": 2.0}}
FORMAT = "onnx"


def network(kind):
    """A trained network of the kind, made awkward; a leak is told afterwards."""
    if kind == "decorrelated":
        return awkward(rate("ideal", epochs=2, decorrelation=Decorrelation(rate=1e-2, inputs=True)))
    found = awkward(rate("ideal"))
    changed = found.network.model_copy(update=KINDS[kind])
    return replace(found, network=changed, bias=found.bias if changed.bias else None)


def checked(python, trained, path, expected):
    """What the client says of an export of `trained`, given the vectors of another."""
    export_network(trained, FORMAT, path)
    return client(python, "run_onnx.py", path / "network.onnx", expected)


@pytest.fixture
def python():
    return needed("onnxruntime", "ort")


@pytest.mark.parametrize("kind", [*KINDS, "decorrelated"])
def test_onnxruntime_computes_the_same(kind, python, tmp_path):
    record = export_network(network(kind), FORMAT, tmp_path / "out", STEPS)
    assert record["tolerance"] == 1e-4 and record["files"] == ["network.onnx"]
    with np.load(tmp_path / "out" / "expected.npz", allow_pickle=False) as expected:
        assert expected["h"].std() > 0.05 and expected["outputs"].std() > 0.01 and expected["inputs"].shape == (STEPS, 6)
    found = client(python, "run_onnx.py", tmp_path / "out" / "network.onnx", tmp_path / "out" / "expected.npz")
    assert found.returncode == 0, found.stdout + found.stderr


def bump(array):
    """One weight, the largest, off by 1 %."""
    changed = array.copy()
    changed.flat[np.abs(array).argmax()] *= 1.01
    return changed


DAMAGES = {
    "weight": lambda t: replace(t, recurrent=bump(t.recurrent)), "readout weight": lambda t: replace(t, readout=bump(t.readout)),
    "transposed": lambda t: replace(t, recurrent=t.recurrent.T.copy()), "bias lost": lambda t: replace(t, bias=None),
    "input scale": lambda t: replace(t, inputs=2 * t.inputs),
    "leak": lambda t: replace(t, network=t.network.model_copy(update={"tau_steps": 2.1})),
    "memory of outputs": lambda t: replace(t, network=t.network.model_copy(update={"readout_tau_steps": None}))}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_model_is_caught(damage, python, tmp_path):
    trained = network("leaky and integrating")
    export_network(trained, FORMAT, tmp_path / "good", STEPS)
    found = checked(python, DAMAGES[damage](trained), tmp_path / "bad", tmp_path / "good" / "expected.npz")
    assert found.returncode == 1 and "differ" in found.stdout, found.stdout + found.stderr


@pytest.mark.parametrize(("kind", "operators"), [
    ("tanh", ["Unsqueeze", "RNN", "Squeeze", "MatMul"]), ("leaky", ["MatMul", "Add", "Scan", "MatMul"]),
    ("integrating", ["Unsqueeze", "RNN", "Squeeze", "MatMul", "Scan"])])
def test_the_model_is_valid_and_of_few_operators(kind, operators):
    model = onnx.load_from_string(exporter_of(FORMAT)(network(kind), Options()).files["network.onnx"])
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == operators
    assert (model.ir_version, model.opset_import[0].version) == (9, 17)


def test_the_same_network_gives_the_same_bytes_and_the_vectors_are_those_of_float32_weights():
    trained = network("leaky")
    one, two = (exporter_of(FORMAT)(trained, Options()) for _ in range(2))
    assert one.files == two.files
    x = one.encode(trained.shown(STEPS))
    assert x.dtype == np.float32
    exact, single = npz(trained, Options()).run(trained.shown(STEPS))["outputs"], one.run(x)["outputs"]
    assert 0 < np.abs(exact - single).max() < 1e-5
    assert [tensor.name for tensor in one.tensors] == ["inputs", "recurrent", "readout", "bias"]
    assert all(tensor.bits is None and 0 < tensor.error < 1e-6 for tensor in one.tensors)


@pytest.mark.parametrize(("damage", "said"), [
    (lambda t: spiking(epochs=1), "--to = 'onnx'; network.neuron = 'spiking', this format is for rate neurons"),
    (lambda t: replace(t, network=t.network.model_copy(update={"send_threshold": 0.1})), "--to = 'onnx'; network.send_threshold = 0.1"),
    (lambda t: replace(t, delays=np.ones(20, int), network=t.network.model_copy(update={"delay_steps": (1, 1)})),
     "--to = 'onnx'; network.delay_steps = [1, 1]: the format has no delays"),
    (lambda t: replace(t, recurrent=np.where(np.eye(20) > 0, np.nan, t.recurrent)), "recurrent[0, 0] = nan; must be a finite number"),
    (lambda t: replace(t, readout=1e39 * t.readout), "must be a finite number")])
def test_what_the_format_cannot_hold_is_refused(damage, said, tmp_path):
    with pytest.raises(InputError) as caught:
        export_network(damage(network("tanh")), FORMAT, tmp_path / "out")
    assert said in str(caught.value) and not (tmp_path / "out").exists()
