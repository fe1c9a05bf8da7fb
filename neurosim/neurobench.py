"""The metrics of NeuroBench for a run: what a network costs in memory and operations beside how well it answers.

Definitions are those of Yik et al. 2025, Nature Communications 16:1545, doi:10.1038/s41467-025-56739-4 (algorithm track), and where the
paper leaves room those of its program (github.com/NeuroBench/neurobench, version 2): one model execution is one step of one sample.
Whatever does not apply is a text that starts with "unavailable", never 0.

Where ours differs from that program:

* a bias is a line on the chip and counts as parameters and bytes; as there, it is neither a connection nor a synaptic operation;
* absent synapses count as connections of weight 0, but neither as parameters nor as bytes, and where they lie is not counted as memory;
* a sigma-delta neuron sends changes: its activation is the change, 0 where it sends nothing;
* an axonal delay moves operations in time: they are counted one step after the spike whatever the delay;
* a membrane that a step leaves where it was counts as updated; there it does not.
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from .chip import Chip
from .correctness import mse, r2, smape
from .errors import InputError
from .placement import Array
from .quantity import number
from .replay import Shown
from .trainer import Run
from .wiring import hidden_neuron

UNAVAILABLE = "unavailable: "


class Operations(NamedTuple):
    """Synaptic operations of a projection, summed over executions."""

    dense: int       # all weights times all activations
    effective: int   # without weights that are 0 and activations that are 0
    is_binary: bool  # every activation is -1, 0 or 1: accumulates (ACs), else multiply-accumulates (MACs)


# ---- static ----------------------------------------------------------------------------------------------------------
def parameter_count(chip: Chip) -> int:
    """Weights that exist, those of the bias line and of decorrelating matrices included."""
    return sum(chip.arrays[name].synapse_count for name in chip.mapping["projections"])


def connection_sparsity(matrices: Iterable[np.ndarray]) -> float:
    """Share of weights that are 0 or absent, over all matrices (post, pre)."""
    found = list(matrices)
    return float(1 - sum(np.count_nonzero(matrix) for matrix in found) / sum(matrix.size for matrix in found))


def footprint(chip: Chip) -> dict[str, Any]:
    """Bytes that the network takes up: "weights", "state" and "total".

    Weights have the bit width of the profile, or of the precision of the simulation if they are float or digital.  A conductance has no
    bit width.  State is what a sample leaves for the next step, in the precision of the simulation: activity, whatever else neurons
    remember, what is under way on axons, and outputs with a leak.
    """
    network, size = chip.network, np.dtype(chip.dtype).itemsize
    held = [weight_bits(chip, chip.arrays[name]) for name in chip.mapping["projections"]]
    kept = network.hidden * (2 if "lateral" in chip.mapping["projections"] else 1) + state_rows(chip) * network.hidden
    kept += network.outputs if network.readout_share < 1 else 0
    found: dict[str, Any] = {"weights": UNAVAILABLE + "a conductance has no bit width", "state": kept * size}
    if None in held:
        return {**found, "total": found["weights"]}
    weights = sum(-(-bits // 8) for bits in held if bits is not None)
    return {"weights": weights, "state": kept * size, "total": weights + kept * size}


def weight_bits(chip: Chip, array: Array) -> int | None:
    """Bits that hold all weights of an array; None if they are conductances."""
    weights = chip.profile.weights
    if not array.on_chip or weights.format == "float":
        return array.synapse_count * 8 * np.dtype(chip.dtype).itemsize
    return None if weights.format == "conductance" else array.synapse_count * int(number(weights.bits))


def state_rows(chip: Chip) -> int:
    """Numbers that a hidden neuron and its axon remember beside its activity."""
    found, parts = 0 if chip.network.delay_steps is None else chip.network.delay_steps[1] + 1, [hidden_neuron(chip, 1)]
    while parts:
        for item in parts.pop():
            if isinstance(item, tuple):
                parts.append(item)
            elif isinstance(item, np.ndarray) and item.ndim == 2:  # (lanes, width)
                found += item.shape[0]
    return found


# ---- workload --------------------------------------------------------------------------------------------------------
def activation_sparsity(activity: np.ndarray) -> float:
    """Share of activations that are 0, over neurons, steps and samples."""
    return float(1 - np.count_nonzero(activity) / activity.size)


def synaptic_operations(matrix: np.ndarray, activity: np.ndarray) -> Operations:
    """Operations of all executions in `activity`.

    ``dense = executions n_post n_pre``; ``effective = sum over executions and j of [z_j != 0] (weights from j that are not 0)``.

    Parameters
    ----------
    matrix : (n_post, n_pre) weights
    activity : (..., n_pre) what the presynaptic neurons send
    """
    n_pre = matrix.shape[1]
    sends = np.count_nonzero(activity.reshape(-1, n_pre), axis=0)
    is_binary = not ((activity != 0) & (np.abs(activity) != 1)).any()
    return Operations(activity.size // n_pre * matrix.size, int(sends @ np.count_nonzero(matrix, axis=0)), is_binary)


def previous(activity: np.ndarray, before: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """What was there one step earlier; 0 at the start of a trial whose state is reset.

    Parameters
    ----------
    activity : (n_trials, n_steps, batch, n); before : (batch, n) in the step before the first; starts : (n_trials,) 1 for a reset
    """
    earlier = np.concatenate([before[None], activity.reshape(-1, *before.shape)[:-1]]).reshape(activity.shape)
    earlier[starts == 1, 0] = 0
    return earlier


def presynaptic(chip: Chip, shown: Shown) -> dict[str, np.ndarray]:
    """What every projection was sent in every execution, (..., n_pre), and "neurons", what the hidden neurons sent.

    The bias line is left out where it is a constant.
    """
    neurons, sent, n = shown.neurons, shown.sent, chip.network.inputs
    neurons_before, sent_before = shown.neurons_before, shown.sent_before
    if chip.network.send_threshold is not None:  # who receives holds the value: only changes are sent
        neurons = neurons - previous(neurons, neurons_before, shown.starts)
        sent = sent - previous(sent, sent_before, shown.starts)
        sent_before = np.zeros_like(sent_before)  # whether it was a change is not known: not counted in the first step of a block
    lines = shown.lines if "input_lateral" in chip.mapping["projections"] else shown.lines[..., :n]
    return {
        "neurons": neurons, "inputs": lines, "input_lateral": shown.inputs[..., :n], "lateral": neurons, "readout": sent,
        "recurrent": previous(sent, sent_before, shown.starts)}


def connections(chip: Chip) -> dict[str, np.ndarray]:
    """Effective weights (post, pre) of every projection of the chip, without what comes from a constant bias line."""
    found = {name: chip.arrays[name].weights() for name in chip.mapping["projections"]}
    first = "input_lateral" if "input_lateral" in found else "inputs"
    return {**found, first: found[first][:, :chip.network.inputs]}


def measure(run: Run, active: np.ndarray) -> dict[str, Any]:
    """All metrics of the last test of a run, whose trials are shown to its chip again.

    Parameters
    ----------
    run : Run, whose chip is as training has left it
    active : (n_trials, n_steps) steps of the test that count are above 0

    Returns
    -------
    dict
        ``footprint_bytes`` (see `footprint`), ``connection_sparsity``, ``parameters``, ``activation_sparsity``, ``executions`` (steps
        times samples of the test), ``synaptic_operations`` and ``membrane_updates`` per execution, ``correctness`` on the steps that
        count; accuracy, and sMAPE where the task has one of its own, are the task's.

    Raises
    ------
    InputError
        If the run cannot be shown again.
    """
    if run.replay is None:
        raise InputError("run.replay", "= None; the test trials cannot be shown again, train with neurosim.train to have them")
    chip, executions, zeros, activations = run.chip, 0, 0, 0
    matrices = connections(chip)
    totals: dict[str, Operations] = {}
    for shown in run.replay():
        sent = presynaptic(chip, shown)
        executions += sent["neurons"][..., 0].size
        activations += sent["neurons"].size
        zeros += int(np.count_nonzero(sent["neurons"] == 0))
        for name, matrix in matrices.items():
            more, so_far = synaptic_operations(matrix, sent[name]), totals.get(name, Operations(0, 0, True))
            totals[name] = Operations(
                so_far.dense + more.dense, so_far.effective + more.effective, so_far.is_binary and more.is_binary)
    counts = active > 0
    outputs, targets = run.outputs[counts], run.targets[counts]
    explained = r2(outputs, targets)
    percent = UNAVAILABLE + "a target is 0, of which every error is 200 %" if (targets == 0).any() else smape(outputs, targets)
    return {
        "footprint_bytes": footprint(chip), "connection_sparsity": connection_sparsity(matrices.values()),
        "parameters": parameter_count(chip), "activation_sparsity": zeros / activations, "executions": executions,
        "synaptic_operations": per_execution(totals, executions),
        "membrane_updates": UNAVAILABLE + "the neurons have no membrane" if chip.network.membrane is None else float(chip.network.hidden),
        "correctness": {
            "mse": mse(outputs, targets), "smape": run.scores.get("smape", percent),
            "r2": UNAVAILABLE + "a target is constant" if explained is None else explained,
            "accuracy": run.scores.get("accuracy", UNAVAILABLE + "the task does not ask for classes")}}


def per_execution(totals: dict[str, Operations], executions: int) -> dict[str, Any]:
    """Operations per execution, MACs and ACs apart, and by projection."""
    def mean(kind: str, is_binary: bool) -> float:
        return sum(getattr(one, kind) for one in totals.values() if one.is_binary == is_binary) / executions

    return {
        "dense": sum(one.dense for one in totals.values()) / executions,
        "dense_macs": mean("dense", False), "dense_acs": mean("dense", True),
        "effective_macs": mean("effective", False), "effective_acs": mean("effective", True),
        "by_projection": {
            name: {"dense": one.dense / executions, "effective": one.effective / executions, "kind": "AC" if one.is_binary else "MAC"}
            for name, one in totals.items()}}
