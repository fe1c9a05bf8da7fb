"""Intel Loihi: a network file of lava-dl netx, which Lava runs on the chip or on its bit-accurate model.

``network.net`` (HDF5) has ``layer/0`` "input" and ``layer/1`` "dense_rec" with ``weight`` (post, pre), ``weight_rec``, ``bias`` and the
neuron's ``iDecay``, ``vDecay`` and ``vThMant``; digital/loihi.py has the dynamics.  netx finds the exponent of the weights by itself.
``readout.npz`` is for the host: ``y <- kept y + (1 - kept) level weights s``.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ...digital import loihi
from ...errors import InputError
from ..deterministic import hdf5_bytes, npz_bytes
from ..integers import OnChip, edges_of, effective, host_outputs, host_readout, loihi_of, spikes_of
from ..parcel import Arrays, Options, Parcel
from ..semantics import outputs_of
from ..trained import TrainedNetwork

NAME, READOUT = "network.net", "readout.npz"
OWN_BIAS = "of the neurons; it acts from the first step of the chip on, one before inputs arrive: set u and v to 0 after that step"


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`; "outputs" are those of the host.

    Raises
    ------
    InputError
        If the network is not one of spiking neurons that were trained as those of the chip, or they differ from one another.
    """
    chip = loihi_of(trained, "loihi", options.clip)
    neuron = {name: alike(name, getattr(chip.spec, field)) for name, field in
              (("iDecay", "decay_u"), ("vDecay", "decay_v"), ("vThMant", "threshold"))}
    about = {**chip.about(OWN_BIAS), "first_index": "postsynaptic", "latency_steps": 1, "outputs": f"of the host, {READOUT}"}
    files = {NAME: hdf5_bytes(lambda file: fill(file, chip, neuron)), READOUT: npz_bytes(host_readout(trained, chip))}
    return Parcel(
        "1", "lava-dl 0.6.0 netx on lava-nc 0.10.0 (fixed_pt): spikes, currents, membranes", files, chip.tensors,
        lambda inputs: run_on_host(trained, chip, inputs), lambda inputs: spikes_of(inputs, has_line=chip.has_line), outputs_of,
        edges_of(chip.spec.weights_in.shape[1]), lost=chip.lost, about=about)


def run_on_host(trained: TrainedNetwork, chip: OnChip, inputs: np.ndarray) -> Arrays:
    """Spikes, currents and membranes of the chip, and what the host reads."""
    trace = loihi.run(chip.spec, inputs)
    found = {name: array for name, array in trace._asdict().items() if array is not None}
    return {**found, "outputs": host_outputs(trained, chip, trace.spikes)}


def alike(name: str, values: np.ndarray) -> int:
    """The number that all neurons share.

    Raises
    ------
    InputError
        If they differ.
    """
    if (values != values[0]).any():
        problem = f"gives neurons of {name} = {values.min()} to {values.max()}; the format has one for all"
        raise InputError("network.membrane.spread", problem)
    return int(values[0])


def fill(file: Any, chip: OnChip, neuron: dict[str, int]) -> None:
    """Write the layers."""
    spec = chip.spec

    def put(place: str, **values: Any) -> None:
        for name, value in values.items():
            data = np.array([value.encode()]) if isinstance(value, str) else np.asarray(value)
            file.create_dataset(f"layer/{place}/{name}", data=data, track_times=False)

    put("0", type="input", shape=[spec.weights_in.shape[1]])
    put("1", type="dense_rec", shape=[len(spec.weights_in)], weight=effective(spec.weights_in, spec), bias=spec.bias,
        weight_rec=effective(spec.weights_rec, spec))
    put("1/neuron", type="LOIHI", refDelay=1, **neuron)
