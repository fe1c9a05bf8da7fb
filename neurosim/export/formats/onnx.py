"""Rate networks in single precision, for every ONNX runtime: ``network.onnx``, opset 17.

Input ``x`` (T, inputs) float32, outputs ``y`` (T, outputs) and ``h`` (T, hidden), from rest.  tanh neurons are an ``RNN``; leaky ones,
``h <- h + a (tanh(W_in x + b + W_rec h) - h)``, and outputs that integrate, ``y <- k y + (1 - k) W_out h``, are a ``Scan`` each, since the
RNN operator has no leak.
"""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..onnx_graph import NAME, Graph, Value, model_bytes, scan
from ..parcel import Options, Parcel
from ..quantiser import as_float32
from ..semantics import check_rate, leak_share, outputs_of, run_float
from ..trained import TrainedNetwork

TOLERANCE = 1e-4  # float32 against float64: 7e-7 over 60 steps, more in a network that amplifies
SINGLE = np.float32


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`.

    Raises
    ------
    InputError
        For neurons other than tanh and leaky ones, delays, and what float32 cannot hold.
    """
    check_rate(trained, "onnx")
    arrays, tensors = {}, []
    for name in ("inputs", "recurrent", "readout", "bias"):
        if getattr(trained, name) is not None:
            arrays[name], tensor = as_float32(name, getattr(trained, name))
            tensors.append(tensor)
    rounded: dict[str, Any] = {name: array.astype(np.float64) for name, array in arrays.items()}
    single = replace(trained, **rounded)
    about = {"input": "x (T, inputs) float32", "outputs": "y (T, outputs), h (T, hidden) float32", "opset": 17,
             "neuron": "RNN" if trained.network.tau_steps is None else "Scan"}
    return Parcel(
        "1", "onnxruntime, optimisations on and off", {NAME: model_bytes("neurosim_rate_rnn", graph_of(trained, arrays))}, tuple(tensors),
        lambda inputs: run_float(single, inputs), lambda inputs: np.asarray(inputs, SINGLE), outputs_of, tol=TOLERANCE, about=about)


def graph_of(trained: TrainedNetwork, arrays: dict[str, np.ndarray]) -> Graph:
    """The network as a graph."""
    network = trained.network
    hidden, constants = rnn(arrays) if network.tau_steps is None else leaky(arrays, leak_share(trained))
    readout, more = outputs(arrays, trained.kept)
    return Graph(
        [*hidden, *readout], [Value("x", SINGLE, ["T", network.inputs])],
        [Value("y", SINGLE, ["T", network.outputs]), Value("h", SINGLE, ["T", network.hidden])], {**constants, **more})


Part = tuple[list[Any], dict[str, np.ndarray]]
"""Nodes, and the constants that they read."""


def rnn(arrays: dict[str, np.ndarray]) -> Part:
    """h of tanh neurons; the operator wants (T, batch, inputs) and weights with a leading direction."""
    from onnx import helper

    constants = {"W": arrays["inputs"][None], "R": arrays["recurrent"][None], "one": np.array([1]), "one_two": np.array([1, 2])}
    if "bias" in arrays:  # of the input and of the recurrence
        constants["B"] = np.concatenate([arrays["bias"], np.zeros_like(arrays["bias"])])[None]
    return [
        helper.make_node("Unsqueeze", ["x", "one"], ["x_batch"]),
        helper.make_node("RNN", ["x_batch", "W", "R", *(["B"] if "B" in constants else [])], ["h_batch"], activations=["Tanh"],
                         direction="forward", hidden_size=len(arrays["recurrent"])),
        helper.make_node("Squeeze", ["h_batch", "one_two"], ["h"])], constants


def leaky(arrays: dict[str, np.ndarray], share: float) -> Part:
    """h of leaky neurons; what comes from the inputs is one product for all steps."""
    from onnx import helper

    n = len(arrays["recurrent"])
    constants = {"W_in": arrays["inputs"].T, "h_rest": np.zeros(n, SINGLE)}
    nodes = [helper.make_node("MatMul", ["x", "W_in"], ["projected"])]
    if "bias" in arrays:
        constants["b"] = arrays["bias"]
        nodes = [helper.make_node("MatMul", ["x", "W_in"], ["weighted"]), helper.make_node("Add", ["weighted", "b"], ["projected"])]
    body = Graph([
        helper.make_node("MatMul", ["h_in", "W_rec"], ["recurrent"]), helper.make_node("Add", ["recurrent", "projected_t"], ["arriving"]),
        helper.make_node("Tanh", ["arriving"], ["target"]), helper.make_node("Sub", ["target", "h_in"], ["distance"]),
        helper.make_node("Mul", ["distance", "share"], ["move"]), helper.make_node("Add", ["h_in", "move"], ["h_out"]),
        helper.make_node("Identity", ["h_out"], ["h_t"])],
        [Value("h_in", SINGLE, [n]), Value("projected_t", SINGLE, [n])], [Value("h_out", SINGLE, [n]), Value("h_t", SINGLE, [n])],
        {"W_rec": arrays["recurrent"].T, "share": np.array(share, SINGLE)})
    return [*nodes, scan(body, ["h_rest", "projected"], ["h_last", "h"])], constants


def outputs(arrays: dict[str, np.ndarray], kept: float) -> Part:
    """y of h, with a memory if `kept` is not 0."""
    from onnx import helper

    constants = {"W_out": arrays["readout"].T}
    if kept == 0:
        return [helper.make_node("MatMul", ["h", "W_out"], ["y"])], constants
    n = len(arrays["readout"])
    body = Graph([
        helper.make_node("Mul", ["y_in", "kept"], ["old"]), helper.make_node("Mul", ["read_t", "new_share"], ["new"]),
        helper.make_node("Add", ["old", "new"], ["y_out"]), helper.make_node("Identity", ["y_out"], ["y_t"])],
        [Value("y_in", SINGLE, [n]), Value("read_t", SINGLE, [n])], [Value("y_out", SINGLE, [n]), Value("y_t", SINGLE, [n])],
        {"kept": np.array(kept, SINGLE), "new_share": np.array(1 - kept, SINGLE)})
    return [helper.make_node("MatMul", ["h", "W_out"], ["read"]), scan(body, ["y_rest", "read"], ["y_last", "y"])], {
        **constants, "y_rest": np.zeros(n, SINGLE)}
