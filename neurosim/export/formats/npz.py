"""The matrices themselves and what there is to know of the neurons, in float64: for NumPy, and for `importing.read_network`.

``network.npz`` holds the arrays of `arrays`: `matrices_of`, with ``tau_steps`` of leaky neurons, and `lif_arrays` of LIF neurons.
"""
from __future__ import annotations

import numpy as np

from ...neurons.settings import Membrane
from ..arrays import lif_arrays, matrices_of, unchanged
from ..deterministic import npz_bytes
from ..parcel import Options, Parcel
from ..semantics import outputs_of, run_float, to_float
from ..trained import TrainedNetwork

NAME = "network.npz"


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`."""
    arrays = matrices_of(trained)
    network = trained.network
    neurons: dict[str, np.ndarray] = {}
    if isinstance(network.membrane, Membrane):
        neurons = lif_arrays(network.membrane, network.hidden, trained.seed)
    elif network.tau_steps is not None:
        neurons["tau_steps"] = np.array(network.tau_steps)
    return Parcel(
        "1", "numpy.load(allow_pickle=False)", {NAME: npz_bytes({**arrays, **neurons})}, unchanged(arrays),
        lambda inputs: run_float(trained, inputs), to_float, outputs_of, tol=1e-12)
