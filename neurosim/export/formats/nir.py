"""NIR, the neuromorphic intermediate representation (Pedersen et al. 2024, doi:10.1038/s41467-024-52259-9), for networks of LIF neurons.

A flat graph: input -> w_in (Affine) -> lif -> w_out (Linear) -> output, and lif -> w_rec (Linear) -> lif.  Neurons without synapses are
LIF nodes, those with exponential synapses CubaLIF nodes; times in seconds, potentials from rest.

NIR is continuous in time, its clients take forward Euler steps: the time constants are those whose Euler step is the exact step of the
chip (euler.py), and what an input is worth in a step is in the weights: LIF has r = 1, CubaLIF r = tau_mem / dt and w_in = tau_syn / dt.
Weights and biases of a neuron are whole multiples of one power of two, small enough that single precision adds spikes without rounding.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InputError
from ...neurons.exponential_synapse import increment
from ...neurons.settings import Membrane
from ..euler import Nodes, euler_tau, run_euler
from ..nir_file import Node, nir_bytes
from ..parcel import Options, Parcel
from ..quantiser import Tensor, as_float32, quantise
from ..semantics import check_no_delays, lif_of, outputs_of
from ..trained import TrainedNetwork

NAME = "network.nir"
EXACT = 2**24  # whole numbers up to here are exact in single precision
SNNTORCH_STEP = 1e-4  # s; the only step of snntorch.import_nir
FIELDS = {"tau_s": "tau", "synapse_s": "tau_syn", "threshold": "v_threshold"}


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`."""
    membrane = plain(trained, options)
    step = SNNTORCH_STEP if options.loop_identity else membrane.step_s
    lif, gain, times, rounded = neurons(trained, membrane, step, options.loop_identity)
    weights, accounts = folded(trained, gain)
    graph = {
        "input": Node("Input", {"shape": np.array([trained.network.inputs])}), "lif": lif,
        "output": Node("Output", {"shape": np.array([trained.network.outputs])}),
        "w_in": Node("Affine", {"weight": weights["inputs"], "bias": weights["bias"]}),
        "w_out": Node("Linear", {"weight": weights["readout"]}), "w_rec": Node("Linear", {"weight": weights["recurrent"]})}
    loop = [("lif", "w_rec"), ("w_rec", "lif")]
    if options.loop_identity:
        graph["w_id"] = Node("Linear", {"weight": np.eye(trained.network.hidden, dtype=np.float32)})
        loop[1:] = [("w_rec", "w_id"), ("w_id", "lif")]
    edges = [("input", "w_in"), ("w_in", "lif"), *loop, ("lif", "w_out"), ("w_out", "output")]
    nodes: Nodes = {name: node.fields for name, node in graph.items()}
    about = {
        "graph": f"flat, {lif.type}, weights (post, pre)", "step": "forward Euler, dt/tau' = 1 - exp(-dt/tau)", "times": times, "unit": "s",
        "reset": "to v_reset", "potential_zero": membrane.resting,
        "folded": "what an input is worth in a step is in w_in, its bias and w_rec; r and w_in of the neurons undo Euler's"}
    scaled = step != membrane.step_s
    lost = (f"steps of {membrane.step_s:g} s: written as {step:g} s with all times, the only step that snnTorch takes",) if scaled else ()
    return Parcel(
        "1", client(membrane, options), {NAME: nir_bytes(graph, edges, {"dt": step})}, (*accounts, *rounded),
        lambda inputs: run_euler(nodes, step, inputs), lambda inputs: np.asarray(inputs, np.float32), outputs_of, tol=1e-5,
        lost=lost, about=about, step_s=step)


def client(membrane: Membrane, options: Options) -> str:
    """Who can load it."""
    if options.loop_identity:
        return "snntorch 1.0.0, spikingjelly 2.0.0 and norse 1.1.0 for CubaLIF"
    return "norse 1.1.0" if varies(membrane) else "spikingjelly 2.0.0, norse 1.1.0"


def varies(membrane: Membrane) -> bool:
    """Whether neurons differ."""
    return any(value > 0 for value in membrane.spread.values())


def plain(trained: TrainedNetwork, options: Options) -> Membrane:
    """The membrane, if NIR's clients have such neurons.

    Raises
    ------
    InputError
        For whatever they lack.
    """
    membrane = lif_of(trained, "nir")
    check_no_delays(trained, "nir")
    if membrane.reset == "subtract":
        raise InputError("--to", "= 'nir'; network.membrane.reset = 'subtract': neurons of NIR are set to v_reset (\"zero\", \"value\")")
    if membrane.low != membrane.resting:
        where = f"network.membrane resets to {membrane.low:g} and rests at {membrane.resting:g}"
        raise InputError("--to", f"= 'nir'; {where}: its clients start and leak to where they reset, the two must be the same")
    if trained.network.readout_tau_steps is not None:
        where = f"network.readout_tau_steps = {trained.network.readout_tau_steps:g}"
        raise InputError("--to", f"= 'nir'; {where}: its clients have no leaky readouts")
    if options.loop_identity and varies(membrane):
        raise InputError("--to", "= 'nir'; network.membrane.spread with --loop-identity: snnTorch has the same neurons everywhere")
    return membrane


def neurons(
    trained: TrainedNetwork, membrane: Membrane, step: float, unit_gain: bool
) -> tuple[Node, np.ndarray, dict[str, dict[str, Any]], list[Tensor]]:
    """The node of the neurons, what its inputs are multiplied with, the time constants of the chip and of the file, and the accounts.

    Raises
    ------
    InputError
        If a time constant is so short that nothing of a step is left in single precision.
    """
    n, named = trained.network.hidden, ("tau_s", "synapse_s") if membrane.synapse_s is not None else ("tau_s",)
    exact = {name: membrane.values(name, n, trained.seed) for name in named}
    wanted = {name: euler_tau(tau * (step / membrane.step_s), step) for name, tau in exact.items()}
    wanted["threshold"] = membrane.values("threshold", n, trained.seed) - membrane.resting
    single = {name: as_float32(FIELDS[name], array) for name, array in wanted.items()}
    euler, tensors = {name: single[name][0] for name in named}, [tensor for _, tensor in single.values()]
    for name, tau in euler.items():
        if (tau / step <= 1).any():
            value = getattr(membrane, name)
            raise InputError("--to", f"= 'nir'; network.membrane.{name} = {value:g}: too short for steps of {membrane.step_s:g} s")
    zeros = np.zeros(n, np.float32)
    shared = {"v_leak": zeros, "v_reset": zeros, "v_threshold": single["threshold"][0]}
    per_step = (euler["tau_s"] / np.float64(step)).astype(np.float32)
    keep = np.exp(-membrane.step_s / exact["tau_s"])
    times = {name: {"chip": span(exact[name]), "file": span(euler[name])} for name in named}
    if membrane.synapse_s is None:
        gain, r = (keep, per_step) if unit_gain else (keep / -np.expm1(-membrane.step_s / exact["tau_s"]), np.ones(n, np.float32))
        return Node("LIF", {"tau": euler["tau_s"], "r": r, **shared}), gain, times, tensors
    w_in = (euler["synapse_s"] / np.float64(step)).astype(np.float32)
    fields = {"tau_mem": euler["tau_s"], "tau_syn": euler["synapse_s"], "r": per_step, "w_in": w_in, **shared}
    return Node("CubaLIF", fields), increment(exact["tau_s"], exact["synapse_s"], membrane.step_s), times, tensors


def span(values: np.ndarray) -> Any:
    """One number if all are the same, else the smallest and the largest."""
    low, high = float(values.min()), float(values.max())
    return low if low == high else [low, high]


def folded(trained: TrainedNetwork, gain: np.ndarray) -> tuple[dict[str, np.ndarray], list[Tensor]]:
    """Weights as they are in the file, float32, and their accounts."""
    bias = np.zeros(trained.network.hidden) if trained.bias is None else trained.bias
    wanted = {"inputs": gain[:, None] * trained.inputs, "recurrent": gain[:, None] * trained.recurrent, "bias": gain * bias}
    test = None if trained.dataset is None else trained.dataset.test.inputs
    largest = 1.0 if test is None else max(1.0, float(np.abs(test).max(initial=0.0)))
    arriving = largest * np.abs(wanted["inputs"]).sum(1) + np.abs(wanted["recurrent"]).sum(1) + np.abs(wanted["bias"])
    with np.errstate(divide="ignore"):
        grid = np.where((arriving > 0) & np.isfinite(arriving), 2.0 ** np.ceil(np.log2(arriving / EXACT)), 1.0)
    found, accounts = {}, []
    for name, array in wanted.items():
        levels = quantise(name, array, grid[:, None] if array.ndim == 2 else grid, -EXACT, EXACT, 25)
        found[name] = levels.values.astype(np.float32)
        accounts.append(levels.tensor)
    found["readout"], tensor = as_float32("readout", trained.readout)
    return found, [*accounts, tensor]
