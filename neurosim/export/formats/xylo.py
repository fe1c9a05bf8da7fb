"""SynSense Xylo Audio 2 (SYNS61201): the specification from which Rockpool makes a network, on the chip or in SynSense's xylosim.

``xylo.json`` holds "format", "version", "chip" and "spec": the arguments of Rockpool's `XyloSim.from_specification` by name, the first
index presynaptic.  digital/xylo.py has the dynamics.
"""
from __future__ import annotations

import json
from typing import Any

import numpy as np

from ...digital import xylo
from ...report.text import plain
from ..integers import edges_of, spikes_of, xylo_of
from ..parcel import Arrays, Options, Parcel
from ..trained import TrainedNetwork

NAME, VERSION = "xylo.json", 1


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`; "outputs" are spikes, 0 or 1, one step after those of the network.

    Raises
    ------
    InputError
        If the network is not one of spiking neurons that were trained as those of the chip, or is larger than the chip.
    """
    chip = xylo_of(trained, "xylo", options.clip)

    def run(inputs: np.ndarray) -> Arrays:
        trace = xylo.run(chip.spec, inputs)
        return {name: array for name, array in trace._asdict().items() if array is not None}

    content = {"format": "xylo-specification", "version": VERSION, "chip": "syns61201", "spec": arguments(chip.spec, trained.step_s)}
    about = {**chip.about("none"), "first_index": "presynaptic", "outputs": "spikes, one step late"}
    return Parcel(
        str(VERSION), "xylosim 0.1.3 (v2, SYNS61201): spikes, currents, membranes, outputs", {NAME: json.dumps(content) + "\n"},
        chip.tensors, run, lambda inputs: spikes_of(inputs, xylo.MOST_IN, chip.has_line, 1),
        lambda found: found["outputs"][1:].astype(np.float64), edges_of(chip.spec.weights_in.shape[-1], xylo.MOST_IN), lost=chip.lost,
        about=about)


def arguments(spec: xylo.Xylo, step_s: float | None) -> dict[str, Any]:
    """The specification under Rockpool's names; weights (pre, post, synapse), those of the outputs (pre, post)."""
    found = {name + end: getattr(spec, name + end) for name in ("dash_mem", "dash_syn", "threshold", "bias") for end in ("", "_out")}
    found |= {"weights_in": spec.weights_in.T[:, :, None], "weights_rec": spec.weights_rec.T[:, :, None], "weights_out": spec.weights_out.T}
    found |= {f"weight_shift_{name}": getattr(spec, f"shift_{name}") for name in ("in", "rec", "out")}
    return {**{name: plain(found[name]) for name in sorted(found)}, "dt": step_s}
