"""8-bit tanh networks for ONNX runtimes, exact in every bit: ``network.onnx``, opset 17.

Input ``x`` (T, inputs) int8, outputs ``y`` (T, outputs) int32 and ``h`` (T, hidden) int8, from rest: a ``Scan`` of ``MatMulInteger``, a
multiplication by a power of two in float32, ``Round`` (half to even), and a table.  float32 holds every sum exactly below 2^24, which is
checked.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ...digital.int8_rnn import HIGH, LOW, Int8RNN
from ..int8 import Int8Network, check_accumulator, int8_parcel, quantised
from ..onnx_graph import NAME, Graph, Value, model_bytes, scan
from ..parcel import Options, Parcel
from ..trained import TrainedNetwork

EXACT_BITS = 24  # of a whole number in float32


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`.

    Raises
    ------
    InputError
        See `int8.quantised`; and for accumulators of 2^24 and more.
    """
    network = quantised(trained, "onnx-int8", options)
    check_accumulator(network, "onnx-int8", EXACT_BITS)
    return int8_parcel(network, "onnxruntime, optimisations on and off", files_of(network))


def files_of(network: Int8Network) -> dict[str, str | bytes]:
    """The model of a quantised network."""
    return {NAME: model_bytes("neurosim_rate_rnn_int8", graph_of(network.spec))}


def graph_of(spec: Int8RNN) -> Graph:
    """The network as a graph."""
    from onnx import helper

    n_in, (n_out, n) = spec.weights_in.shape[1], spec.weights_out.shape
    rest = {"h_rest": np.zeros((1, n), np.int8), "W_out": spec.weights_out.T.astype(np.int8)}
    return Graph(
        [scan(step_of(spec), ["h_rest", "x"], ["h_last", "h"]), helper.make_node("MatMulInteger", ["h", "W_out"], ["y"])],
        [Value("x", np.int8, ["T", n_in])], [Value("y", np.int32, ["T", n_out]), Value("h", np.int8, ["T", n])], rest)


def step_of(spec: Int8RNN) -> Graph:
    """One step: h and x -> h; rows have a leading 1, which MatMulInteger wants."""
    from onnx import TensorProto, helper

    n_in, n, (shift_in, shift_rec) = spec.weights_in.shape[1], len(spec.bias), spec.shifts
    constants: dict[str, np.ndarray] = {
        "W_in": spec.weights_in.T.astype(np.int8), "W_rec": spec.weights_rec.T.astype(np.int8), "bias": spec.bias[None].astype(np.int32),
        "align_in": np.array(1 << shift_in, np.int32), "align_rec": np.array(1 << shift_rec, np.int32),
        "scale": np.array(2.0 ** (spec.q_table - spec.q_accumulator), np.float32), "low": np.array(LOW, np.float32),
        "high": np.array(HIGH, np.float32), "offset": np.array(-LOW, np.int64), "table": spec.table.astype(np.int8), "zero": np.array([0])}
    nodes = [
        ("Unsqueeze", ["x_t", "zero"], "x_row"), ("MatMulInteger", ["x_row", "W_in"], "from_inputs"),
        ("Mul", ["from_inputs", "align_in"], "aligned_inputs"), ("MatMulInteger", ["h_in", "W_rec"], "from_h"),
        ("Mul", ["from_h", "align_rec"], "aligned_h"), ("Add", ["aligned_inputs", "aligned_h"], "sum"), ("Add", ["sum", "bias"], "acc"),
        ("Cast", ["acc"], "acc_float"), ("Mul", ["acc_float", "scale"], "z_exact"), ("Round", ["z_exact"], "z_whole"),
        ("Clip", ["z_whole", "low", "high"], "z"), ("Cast", ["z"], "z_int"), ("Add", ["z_int", "offset"], "entry"),
        ("Gather", ["table", "entry"], "h_out"), ("Squeeze", ["h_out", "zero"], "h_t")]
    casts: dict[str, dict[str, Any]] = {"acc_float": {"to": TensorProto.FLOAT}, "z_int": {"to": TensorProto.INT64}}
    made = [helper.make_node(kind, inputs, [out], **casts.get(out, {})) for kind, inputs, out in nodes]
    return Graph(made, [Value("h_in", np.int8, [1, n]), Value("x_t", np.int8, [n_in])],
                 [Value("h_out", np.int8, [1, n]), Value("h_t", np.int8, [n])], constants)
