"""What the integer ONNX model holds, and what it refuses."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from export.int8_cases import network, trained

from neurosim.errors import InputError
from neurosim.export import export_network
from neurosim.export.formats.onnx_int8 import files_of

onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")


def test_the_model_is_valid_and_multiplies_integers_only():
    model = onnx.load_from_string(files_of(network())["network.onnx"])
    onnx.checker.check_model(model, full_check=True)
    assert (model.ir_version, model.opset_import[0].version) == (9, 17)
    assert [node.op_type for node in model.graph.node] == ["Scan", "MatMulInteger"]
    body = next(attribute.g for attribute in model.graph.node[0].attribute if attribute.name == "body")
    kinds = [node.op_type for node in body.node]
    assert kinds.count("MatMulInteger") == 2 and kinds.count("Round") == 1 and "MatMul" not in kinds


def test_weights_are_stored_from_input_to_neuron():
    model = onnx.load_from_string(files_of(network())["network.onnx"])
    body = next(attribute.g for attribute in model.graph.node[0].attribute if attribute.name == "body")
    stored = {array.name: onnx.numpy_helper.to_array(array) for array in (*model.graph.initializer, *body.initializer)}
    spec = network().spec
    for name, wanted in (("W_in", spec.weights_in), ("W_rec", spec.weights_rec), ("W_out", spec.weights_out)):
        assert stored[name].dtype == np.int8 and (stored[name] == wanted.T).all(), name
    assert np.log2(stored["scale"]) == spec.q_table - spec.q_accumulator


def test_sums_that_float32_rounds_are_refused_and_c_takes_them(tmp_path):
    large = replace(trained(), bias=np.full(20, 2000.0))
    with pytest.raises(InputError, match=r"--to = 'onnx-int8'; an accumulator can reach \d+, and must stay below 2\^24; --to c"):
        export_network(large, "onnx-int8", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    export_network(large, "c", tmp_path / "out")
