"""Networks from NIR files: one population of LIF or CubaLIF neurons, with linear nodes on the way in, around and out.

NIR is continuous in time, and whoever trained the network stepped it with forward Euler (euler.py): the time constants of the chip are
those whose exact step decays as much, and the weights those that are worth as much in a step, so that the chip computes what they did.
"""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...errors import InputError
from ...neurons.exponential_synapse import increment
from ...untrusted import MAX_CELLS, Arrays
from ..euler import discrete, exact_tau
from ..imported import ImportedNetwork, described, membrane, needed, shared
from ..untrusted_nir import Start, nir_arrays, spawned

NEURONS = {"LIF": {"tau_s": "tau"}, "CubaLIF": {"tau_s": "tau_mem", "synapse_s": "tau_syn"}}
LINEAR = ("Linear", "Affine", "Scale")
MOST_MADE = MAX_CELLS // 4  # entries of a matrix that is not in the file: nodes of a few entries can have a product of any size


class Graph(NamedTuple):
    """A flat graph."""

    path: Path
    types: Mapping[str, str]
    fields: Mapping[str, Arrays]
    after: Mapping[str, list[str]]

    def one(self, types: tuple[str, ...]) -> str:
        """The only node of these types.

        Raises
        ------
        InputError
            If there is none, or more.
        """
        found = [name for name, kind in self.types.items() if kind in types]
        if len(found) != 1:
            raise InputError(f"{self.path.name}: nodes", f"has {len(found)} of type {' or '.join(types)}; must be one")
        return found[0]


class Way(NamedTuple):
    """What linear nodes between two others do: x -> matrix x + shift; a matrix of None changes nothing."""

    end: str
    passed: tuple[str, ...]
    matrix: np.ndarray | None
    shift: np.ndarray | None


def read(path: Path, step_s: float | None = None, process: Start = spawned) -> ImportedNetwork:
    """The network.

    Parameters
    ----------
    step_s : duration of a step, which NIR does not tell; that in the metadata of the file if absent
    process : how the one that opens the file is made

    Raises
    ------
    InputError
        For what `untrusted_nir.nir_arrays` refuses, nodes that a network of one population does not have, and neurons that differ.
    """
    arrays = nir_arrays(path, process)
    graph = graph_of(path, arrays)
    step = shared(path, "metadata dt", arrays.get("dt", np.zeros(())), 1) if step_s is None else step_s
    if not 0 < step < np.inf:
        raise InputError(f"{path.name}: metadata dt", "tells no duration of a step; give step_s, in seconds")
    start, neuron, end = graph.one(("Input",)), graph.one(tuple(NEURONS)), graph.one(("Output",))
    way_in = follow(graph, start)
    away = [follow(graph, neuron, first) for first in graph.after[neuron]]
    out, around = ([way for way in away if way.end == place] for place in (end, neuron))
    if way_in.end != neuron or len(out) != 1 or len(around) > 1 or len(away) > len(out) + len(around) or graph.after[end]:
        ways = "from the input to the neurons, from there to the output, and around at most once"
        raise InputError(f"{path.name}: edges", f"must lead {ways}")
    used = {start, neuron, end, *way_in.passed, *out[0].passed, *(name for way in around for name in way.passed)}
    if used != set(graph.types):
        raise InputError(f"{path.name}: nodes/{sorted(set(graph.types) - used)[0]}", "is on no way between input, neurons and output")
    for way, what in [(out[0], "on the way out"), *((way, "in the recurrence") for way in around)]:
        if way.shift is not None and way.shift.any():
            raise InputError(f"{path.name}: nodes/{way.passed[-1]}", f"adds a bias {what}; a network has one on its way in only")
    return assembled(graph, step, start, neuron, way_in, around, out[0])


def graph_of(path: Path, arrays: Arrays) -> Graph:
    """Nodes and edges, of known types and names."""
    types = {name.rpartition("/")[0]: str(array) for name, array in arrays.items() if name.endswith("/type")}
    known = ("Input", "Output", *NEURONS, *LINEAR)
    for name, kind in types.items():
        if kind not in known:
            hint = "nested graphs are not read" if kind == "NIRGraph" else f"must be one of {', '.join(known)}"
            raise InputError(f"{path.name}: nodes/{name}/type", f"= {kind!r}; {hint}")
    fields = {name: {key.rpartition("/")[2]: array for key, array in arrays.items() if key.startswith(f"{name}/")} for name in types}
    after: dict[str, list[str]] = {name: [] for name in types}
    for begin, end in arrays["edges"].tolist():
        if begin not in types or end not in types or end in after[begin]:
            raise InputError(f"{path.name}: edges", f"has ({begin!r}, {end!r}), which is there twice or of no node")
        after[begin].append(end)
    into = [end for ends in after.values() for end in ends]
    for name, kind in types.items():
        most = 2 if kind in NEURONS else 1
        if into.count(name) > most:
            raise InputError(f"{path.name}: nodes/{name}", f"has {into.count(name)} edges into it; at most {most} are read")
    return Graph(path, types, fields, after)


def follow(graph: Graph, begin: str, first: str | None = None) -> Way:
    """From a node through linear nodes to the next that is none."""
    matrix: np.ndarray | None = None
    shift: np.ndarray | None = None
    passed: list[str] = []
    name = next_of(graph, begin) if first is None else first
    while graph.types[name] in LINEAR:
        where = f"nodes/{name}"
        if name in passed:
            raise InputError(f"{graph.path.name}: {where}", "is in a loop without neurons")
        passed.append(name)
        values = graph.fields[name]
        if graph.types[name] == "Scale":
            scale = needed(graph.path, values, "scale", 1)
            weight, bias = unit(graph.path, len(scale)) * scale, np.zeros(len(scale))
        else:
            weight = needed(graph.path, values, "weight", 2)
            bias = needed(graph.path, values, "bias", 1) if graph.types[name] == "Affine" else np.zeros(len(weight))
        if len(bias) != len(weight) or (matrix is not None and weight.shape[1] != len(matrix)):
            raise InputError(f"{graph.path.name}: {where}", f"has weights {weight.shape} that do not fit to its bias or to the node before")
        if matrix is not None and len(weight) * matrix.shape[1] > MOST_MADE:
            raise InputError(f"{graph.path.name}: {where}", f"has a product with the nodes before it of more than {MOST_MADE} entries")
        with np.errstate(all="ignore"):
            shift = bias if shift is None else weight @ shift + bias
            matrix = weight if matrix is None else weight @ matrix
        name = next_of(graph, name)
    return Way(name, tuple(passed), matrix, shift)


def next_of(graph: Graph, name: str) -> str:
    """The only node after another."""
    if len(graph.after[name]) != 1:
        raise InputError(f"{graph.path.name}: nodes/{name}", f"has {len(graph.after[name])} edges out of it; must have one")
    return graph.after[name][0]


def unit(path: Path, n: int) -> np.ndarray:
    """The matrix that changes nothing, where there is room for it."""
    if n * n > MOST_MADE:
        raise InputError(path.name, f"has {n} neurons or lines; a matrix of them must have at most {MOST_MADE} entries")
    return np.eye(n)


def assembled(graph: Graph, step: float, start: str, neuron: str, way_in: Way, around: list[Way], out: Way) -> ImportedNetwork:
    """Neurons in exact steps, and weights that are worth in them what they were."""
    path, kind, values = graph.path, graph.types[neuron], graph.fields[neuron]
    where = f"nodes/{neuron}/"
    n = len(needed(path, values, NEURONS[kind]["tau_s"], 1))
    values = {"v_reset": np.zeros(n), **values}  # files before 1.0.5 have none
    common: dict[str, float] = {}
    for name in (*NEURONS[kind].values(), "v_leak", "v_reset", "v_threshold"):
        common[name] = shared(path, where + name, needed(path, values, name, 1), n)
    settings: dict[str, Any] = {}
    for setting, name in NEURONS[kind].items():
        if not step < common[name]:
            raise InputError(f"{path.name}: {where}{name}", f"= {common[name]:g}; must be above the step of {step:g} s")
        settings[setting] = float(exact_tau(np.array(common[name]), step))
    each = {name: needed(path, values, name, 1) for name in (("r", "w_in") if kind == "CubaLIF" else ("r",))}
    for name, array in each.items():
        if array.shape != (n,):
            raise InputError(f"{path.name}: {where}{name}", f"has shape {array.shape}; must be ({n},)")
    worth = discrete(each["r"] * step / common[NEURONS[kind]["tau_s"]])
    if kind == "CubaLIF":
        worth = worth * discrete(each["w_in"] * step / common["tau_syn"])
        worth = worth / increment(settings["tau_s"], settings["synapse_s"], step)
    else:
        worth = worth / (1 - step / common["tau"])
    made = membrane(
        path, step_s=step, threshold=common["v_threshold"], resting=common["v_leak"], reset="value", reset_to=common["v_reset"], **settings)
    sizes = needed(path, graph.fields[start], "shape", 1)
    lines = unit(path, n) if way_in.matrix is None else way_in.matrix
    if sizes.shape != (1,) or sizes[0] != lines.shape[1]:
        found = f"= {sizes.tolist()}" if sizes.size == 1 else f"has {sizes.size} entries"
        raise InputError(f"{path.name}: nodes/{start}/shape", f"{found}; must be [{lines.shape[1]}], what the next node takes")
    recurrent = 0 * unit(path, n) if not around else unit(path, n) if around[0].matrix is None else around[0].matrix
    readout = unit(path, n) if out.matrix is None else out.matrix
    for name, matrix in (("the weights of the inputs", lines), ("the recurrent weights", recurrent)):
        if len(matrix) != n:
            raise InputError(path.name, f"has {len(matrix)} rows in {name}; must be {n}, one per neuron")
    with np.errstate(all="ignore"):
        bias = None if way_in.shift is None or not way_in.shift.any() else worth * way_in.shift
        return described(
            path, worth[:, None] * lines, worth[:, None] * recurrent, readout, bias, neuron="spiking", membrane=made)
