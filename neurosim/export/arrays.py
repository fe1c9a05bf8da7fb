"""A network as named arrays, which scripts and readers share: matrices, and what there is to know of the neurons.

``inputs`` (hidden, inputs), ``recurrent`` (hidden, hidden), ``readout`` (outputs, hidden); ``kept``, the part of an output that stays
from step to step; where the network has them ``bias`` (hidden,) and ``delays`` (hidden,) int64 steps.

Leaky rate neurons have ``tau_steps``.  LIF neurons have ``step_s``, and per neuron (hidden,) ``tau_s``, ``threshold``, ``resting``,
``reset`` (the potential after a spike that just reaches the threshold), ``synapse_s`` if they have exponential synapses; ``subtracts`` is
1 if what is above the threshold is kept.
"""
from __future__ import annotations

import numpy as np

from ..neurons.settings import Membrane
from .quantiser import Tensor, account, check_finite
from .trained import TrainedNetwork


def matrices_of(trained: TrainedNetwork) -> dict[str, np.ndarray]:
    """The matrices, the bias, the delays, and the memory of the outputs.

    Raises
    ------
    InputError
        If an entry is not finite.
    """
    arrays = {"inputs": trained.inputs, "recurrent": trained.recurrent, "readout": trained.readout}
    if trained.bias is not None:
        arrays["bias"] = trained.bias
    for name, array in arrays.items():
        check_finite(name, array)
    arrays["kept"] = np.array(trained.kept)
    if trained.delays is not None:
        arrays["delays"] = trained.delays.astype(np.int64)
    return arrays


def lif_arrays(membrane: Membrane, n: int, seed: int) -> dict[str, np.ndarray]:
    """What there is to know of LIF neurons."""
    drawn = ("tau_s", "threshold", "synapse_s") if membrane.synapse_s is not None else ("tau_s", "threshold")
    return {
        **{name: membrane.values(name, n, seed) for name in drawn}, "step_s": np.array(membrane.step_s),
        "resting": np.full(n, float(membrane.resting)), "reset": np.full(n, float(membrane.low)),
        "subtracts": np.array(int(membrane.reset == "subtract"))}


def unchanged(arrays: dict[str, np.ndarray]) -> tuple[Tensor, ...]:
    """The accounts of matrices that are stored as they are."""
    return tuple(account(name, arrays[name], arrays[name], None) for name in ("inputs", "recurrent", "readout", "bias") if name in arrays)
