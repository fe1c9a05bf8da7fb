"""ONNX models: what the float and the integer format share."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import __version__

OPSET, IR = 17, 9  # old enough for runtimes on small devices, new enough for Round and Scan as they are used here
NAME = "network.onnx"


class Value(NamedTuple):
    """An input or output of a graph: its name, its type, and its shape; a dimension may have a name."""

    name: str
    dtype: Any
    shape: Sequence[int | str]


class Graph(NamedTuple):
    """A graph.

    Attributes
    ----------
    nodes : of onnx.helper.make_node
    inputs, outputs : in the order of the client
    constants : arrays by name
    """

    nodes: Sequence[Any]
    inputs: Sequence[Value]
    outputs: Sequence[Value]
    constants: Mapping[str, np.ndarray]


def graph_proto(name: str, graph: Graph) -> Any:
    """The graph as onnx wants it; the body of a Scan is one, too."""
    from onnx import helper, numpy_helper

    def info(value: Value) -> Any:
        return helper.make_tensor_value_info(value.name, helper.np_dtype_to_tensor_dtype(np.dtype(value.dtype)), list(value.shape))

    constants = [numpy_helper.from_array(np.ascontiguousarray(array), key) for key, array in graph.constants.items()]
    return helper.make_graph(list(graph.nodes), name, [info(v) for v in graph.inputs], [info(v) for v in graph.outputs], constants)


def model_bytes(name: str, graph: Graph) -> bytes:
    """The model as a file; equal graphs give equal bytes."""
    from onnx import helper

    model = helper.make_model(
        graph_proto(name, graph), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR, producer_name="neurosim",
        producer_version=__version__)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def scan(body: Graph, inputs: Sequence[str], outputs: Sequence[str]) -> Any:
    """A Scan along the first axis over the last of `inputs`; the others are what the body keeps from step to step."""
    from onnx import helper

    return helper.make_node("Scan", list(inputs), list(outputs), body=graph_proto("step", body), num_scan_inputs=1)
