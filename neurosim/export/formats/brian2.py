"""A stand-alone Brian 2 script of LIF neurons and its data: ``python network_brian2.py inputs.npz out.npz``.

The equations are the continuous ones, which Brian 2 integrates exactly; delta and exponential synapses, both kinds of reset, delays, and
neurons that differ.
"""
from __future__ import annotations

import numpy as np

from ...errors import InputError
from ..arrays import lif_arrays, matrices_of, unchanged
from ..deterministic import npz_bytes
from ..parcel import Options, Parcel
from ..semantics import lif_of, outputs_of, run_float, to_float
from ..trained import TrainedNetwork

NAME, DATA = "network_brian2.py", "network.npz"
VOLTAGE = "dv/dt = (resting - v) / tau : 1"
CURRENT = "dv/dt = (resting - v + s) / tau : 1\nds/dt = -s / {tau} : 1"

SCRIPT = '''"""A network of leaky integrate-and-fire neurons, exported by neurosim.

usage: python network_brian2.py inputs.npz out.npz

inputs.npz holds "inputs" (steps, inputs): the sizes of events at the start of every step.
out.npz gets "spikes" (steps, hidden), "v" after the resets (steps, hidden) and "outputs" (steps, outputs).
"""
import os
import sys

import brian2 as b2
import numpy as np

b2.prefs.codegen.target = "numpy"
N = np.load(os.path.join(os.path.dirname(os.path.abspath(__file__)), "network.npz"), allow_pickle=False)
x = np.load(sys.argv[1], allow_pickle=False)["inputs"].astype(float)
steps, n, step = len(x), len(N["recurrent"]), float(N["step_s"]) * b2.second
b2.defaultclock.dt = step

neurons = b2.NeuronGroup(n, """
{equations}
tau : second (constant)
{times}resting : 1 (constant)
threshold : 1 (constant)
low : 1 (constant)
""", threshold="v > threshold", reset="{reset}", method="exact")
neurons.tau = N["tau_s"] * b2.second
{synapse}neurons.resting, neurons.threshold, neurons.low = N["resting"], N["threshold"], N["reset"]
neurons.v = N["resting"]

# what is sent in a step arrives at the start of the next: inputs are one step early, so that step t is Brian's step t + 1;
# a bias is one more input that is always 1
weights = np.hstack([N["inputs"], N["bias"][:, None]]) if "bias" in N else N["inputs"]
sent = np.hstack([x, np.ones((steps, 1))]) if "bias" in N else x
step_of, line = np.nonzero(sent)
sources = b2.SpikeGeneratorGroup(sent.shape[1], line, step_of * step)
sizes = b2.TimedArray(sent, dt=step)


def connect(source, matrix, later, event):
    post, pre = np.nonzero(matrix)
    synapses = b2.Synapses(source, neurons, "weight : 1", on_pre="{target}_post += " + event)
    synapses.connect(i=pre, j=post)
    synapses.weight, synapses.delay = matrix[post, pre], later[pre] * step
    return synapses


network = b2.Network(neurons, sources)
network.schedule = ["start", "groups", "thresholds", "resets", "synapses", "end"]  # what arrives must not be lost in a reset
delays = N["delays"] if "delays" in N else np.zeros(n)
if weights.any():
    network.add(connect(sources, weights, np.zeros(sent.shape[1]), "weight * sizes(t, i)"))
if N["recurrent"].any():
    network.add(connect(neurons, N["recurrent"], delays, "weight"))
spikes, states = b2.SpikeMonitor(neurons), b2.StateMonitor(neurons, "v", record=True, when="after_resets")
network.add(spikes, states)
network.run((steps + 1) * step)

fired = np.zeros((steps + 1, n))
fired[np.rint(np.asarray(spikes.t / step)).astype(int), np.asarray(spikes.i)] = 1
outputs, y = [], np.zeros(len(N["readout"]))
for s in fired[1:]:
    y = N["kept"] * y + (1 - N["kept"]) * (N["readout"] @ s)
    outputs.append(y)
outputs = np.array(outputs).reshape(steps, len(N["readout"]))
np.savez(sys.argv[2], spikes=fired[1:], v=np.asarray(states.v).T[1:steps + 1], outputs=outputs)
'''


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`.

    Raises
    ------
    InputError
        If some time constants of membranes and synapses are almost the same: the exact solution cancels there.
    """
    membrane = lif_of(trained, "brian2")
    arrays = matrices_of(trained)
    neurons = lif_arrays(membrane, trained.network.hidden, trained.seed)
    equations, times = VOLTAGE, list[str]()
    if "synapse_s" in neurons:
        tau, synapse = neurons["tau_s"], neurons["synapse_s"]
        close, same = np.isclose(tau, synapse, rtol=1e-6, atol=0), np.array_equal(tau, synapse)
        if close.any() and not same:
            i = int(close.argmax())
            where = f"network.membrane: tau_s = {tau[i]!r} and synapse_s = {synapse[i]!r} of neuron {i}"
            raise InputError("--to", f"= 'brian2'; {where} differ by less than a millionth; make them equal for all or different")
        equations, times = CURRENT.format(tau="tau" if same else "tau_syn"), [] if same else ["tau_syn"]
    script = SCRIPT
    for name, text in {
            "equations": equations, "times": "".join(f"{name} : second (constant)\n" for name in times),
            "synapse": "".join(f'neurons.{name} = N["synapse_s"] * b2.second\n' for name in times),
            "reset": "v += low - threshold" if membrane.reset == "subtract" else "v = low",
            "target": "v" if membrane.synapse_s is None else "s",
    }.items():
        script = script.replace("{" + name + "}", text)
    return Parcel(
        "1", "brian2 2.9.0: python network_brian2.py inputs.npz out.npz", {NAME: script, DATA: npz_bytes({**arrays, **neurons})},
        unchanged(arrays), lambda inputs: run_float(trained, inputs), to_float, outputs_of, tol=1e-9,
        about={"step": "exact integration between arrivals", "weights": "(post, pre)", "unit": "s"})
