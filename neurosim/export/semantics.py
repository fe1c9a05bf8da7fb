"""Networks in float64, one step after the other, from rest: what a floating-point export has to compute."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import InputError
from ..neurons.exponential_synapse import increment
from ..neurons.settings import Membrane
from .parcel import Arrays
from .trained import TrainedNetwork


def check_rate(trained: TrainedNetwork, name: str) -> None:
    """Refuse what is no plain rate network.

    Raises
    ------
    InputError
        For spiking and sigma-delta neurons, and delays.
    """
    network = trained.network
    if network.membrane is not None:
        raise InputError("--to", f"= '{name}'; network.neuron = 'spiking', this format is for rate neurons (tanh, leaky)")
    if network.send_threshold is not None:
        raise InputError("--to", f"= '{name}'; network.send_threshold = {network.send_threshold:g}: the format has no sigma-delta neurons")
    check_no_delays(trained, name)


def check_no_delays(trained: TrainedNetwork, name: str) -> None:
    """Refuse delays.

    Raises
    ------
    InputError
        If there are any.
    """
    if trained.delays is not None and trained.delays.any():
        raise InputError("--to", f"= '{name}'; network.delay_steps = {list(trained.network.delay_steps or ())}: the format has no delays")


def lif_of(trained: TrainedNetwork, name: str) -> Membrane:
    """The membrane of a network of leaky integrate-and-fire neurons.

    Raises
    ------
    InputError
        For rate neurons, other spiking neurons, and what a plain LIF neuron does not have.
    """
    network = trained.network
    membrane = network.membrane
    if membrane is None:
        raise InputError("--to", f"= '{name}'; network.neuron = '{network.neuron}': the format has spiking neurons only")
    if not isinstance(membrane, Membrane):
        raise InputError("--to", f"= '{name}'; network.membrane.model = '{membrane.model}': the format has LIF neurons only")
    for field in ("refractory_s", "adaptation_s", "inhibitory_s", "reversal_e", "graded_bits"):
        if getattr(membrane, field):
            raise InputError("--to", f"= '{name}'; network.membrane.{field} = {getattr(membrane, field):g}: the format has no such neurons")
    return membrane


def to_float(inputs: np.ndarray) -> np.ndarray:
    """Inputs of the task as they are."""
    return np.asarray(inputs, np.float64)


def outputs_of(arrays: Arrays) -> np.ndarray:
    """Outputs in units of the task, where they are those of the client."""
    return arrays["outputs"]


def run_float(trained: TrainedNetwork, inputs: np.ndarray) -> Arrays:
    """What the network does from rest, in double precision.

    Returns
    -------
    "outputs" (steps, outputs) and "h" (steps, hidden) of rate neurons, or "spikes" and "v" (after the reset) of LIF neurons.
    """
    step = rate_step(trained) if trained.network.membrane is None else lif_step(trained)
    sent, n = np.zeros(trained.network.hidden), trained.network.hidden
    late = np.zeros(n, np.int64) if trained.delays is None else trained.delays
    past, bias = np.zeros((int(late.max(initial=0)) + 1, n)), 0.0 if trained.bias is None else trained.bias
    y, rows = np.zeros(trained.network.outputs), []
    for x in inputs:
        arriving = trained.inputs @ x + bias + trained.recurrent @ past[late, np.arange(n)]
        sent, state = step(arriving)
        past = np.roll(past, 1, axis=0)
        past[0] = sent
        y = trained.kept * y + (1 - trained.kept) * (trained.readout @ sent)
        rows.append((sent.copy(), state.copy(), y.copy()))
    sents, states, outputs = (np.array([row[k] for row in rows]).reshape(len(rows), size) for k, size in enumerate((n, n, len(y))))
    return {"h": sents, "outputs": outputs} if trained.network.membrane is None else {"spikes": sents, "v": states, "outputs": outputs}


Step = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""What arrives -> what is sent, and the state afterwards."""


def leak_share(trained: TrainedNetwork) -> float:
    """Part of its way to tanh that a rate neuron goes in a step; 1 if it does not leak."""
    tau = trained.network.tau_steps
    return 1.0 if tau is None else 1 - float(np.exp(-1 / tau))


def rate_step(trained: TrainedNetwork) -> Step:
    """tanh, or its leaky form."""
    h, share = np.zeros(trained.network.hidden), leak_share(trained)

    def step(arriving: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        h[...] += share * (np.tanh(arriving) - h)
        return h.copy(), h
    return step


def lif_step(trained: TrainedNetwork) -> Step:
    """v <- E + keep (v - E) + gain (arriving, or what the synapse holds of it); a spike above the threshold; reset."""
    membrane, n = lif_of(trained, "float64"), trained.network.hidden
    tau, threshold = (membrane.values(name, n, trained.seed) for name in ("tau_s", "threshold"))
    keep, resting = np.exp(-membrane.step_s / tau), membrane.resting
    synapse = None if membrane.synapse_s is None else membrane.values("synapse_s", n, trained.seed)
    gain = keep if synapse is None else increment(tau, synapse, membrane.step_s)
    keep_synapse = np.zeros(n) if synapse is None else np.exp(-membrane.step_s / synapse)
    subtracts = membrane.reset == "subtract"
    v, s = np.full(n, float(resting)), np.zeros(n)

    def step(arriving: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        s[...] = s + arriving
        v[...] = resting + keep * (v - resting) + gain * s
        s[...] = keep_synapse * s
        fires = v > threshold
        v[fires] = v[fires] + membrane.low - threshold[fires] if subtracts else membrane.low
        return fires.astype(np.float64), v
    return step
