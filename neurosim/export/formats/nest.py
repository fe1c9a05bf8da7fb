"""A stand-alone PyNEST script of LIF neurons and its data: ``python network_nest.py inputs.npz out.npz``.

``iaf_psc_delta`` adds what arrives after the membrane has decayed, v <- keep v + W z, and the chip before, v <- keep (v + W z): the script
multiplies the weights with keep.  It fires at V_th where the chip fires above the threshold: V_th is the next larger number.

Exponential synapses are refused: ``iaf_psc_exp`` moves the membrane before the current hears of the spikes of a step, so that a recurrent
spike, whose shortest way takes a step, comes a step late.
"""
from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...neurons.settings import Membrane
from ..arrays import lif_arrays, matrices_of, unchanged
from ..deterministic import npz_bytes
from ..parcel import Options, Parcel
from ..semantics import lif_of, outputs_of, run_float, to_float
from ..trained import TrainedNetwork

NAME, DATA = "network_nest.py", "network.npz"
TIC_S = 1e-6  # NEST's unit of time

SCRIPT = '''"""A network of leaky integrate-and-fire neurons, exported by neurosim.

usage: python network_nest.py inputs.npz out.npz

inputs.npz holds "inputs" (steps, inputs): the sizes of events at the start of every step.
out.npz gets "spikes" (steps, hidden), "v" after the resets (steps, hidden) and "outputs" (steps, outputs).
"""
import os
import sys

import nest
import numpy as np

LEAD = 2  # steps: generators cannot send at time 0, and what they send takes a step
N = np.load(os.path.join(os.path.dirname(os.path.abspath(__file__)), "network.npz"), allow_pickle=False)
x = np.load(sys.argv[1], allow_pickle=False)["inputs"].astype(float)
steps, n = len(x), len(N["recurrent"])
dt, tau = float(np.round(N["step_s"] * 1e3, 3)), N["tau_s"] * 1e3  # ms
keep, rest = np.exp(-dt / tau), N["resting"]

nest.set_verbosity("M_ERROR")
nest.ResetKernel()
nest.resolution = dt
neurons = nest.Create("iaf_psc_delta", n, params={
    "tau_m": tau, "C_m": 1.0, "t_ref": 0.0, "E_L": 0.0, "V_m": 0.0, "V_reset": N["reset"] - rest,
    "V_th": np.nextafter(N["threshold"] - rest, np.inf)})


def connect(source, matrix, delay):
    """(post, pre) weights; delay (pre,) in steps."""
    post, pre = np.nonzero(matrix)
    if len(post):
        nest.Connect(source.tolist()[0] + pre, neurons.tolist()[0] + post, "one_to_one", {
            "synapse_model": "static_synapse", "weight": (keep[:, None] * matrix)[post, pre], "delay": delay[pre] * dt})


sources = nest.Create("spike_generator", x.shape[1])
for j, source in enumerate(sources):
    sent = np.nonzero(x[:, j])[0]
    source.set(spike_times=(sent + LEAD) * dt, spike_weights=x[sent, j])
connect(sources, N["inputs"], np.ones(x.shape[1]))
connect(neurons, N["recurrent"], 1 + (N["delays"] if "delays" in N else np.zeros(n)))
recorder, meter = nest.Create("spike_recorder"), nest.Create("multimeter", params={"record_from": ["V_m"], "interval": dt})
nest.Connect(neurons, recorder)
nest.Connect(meter, neurons)

nest.Simulate(LEAD * dt)
if "bias" in N:
    neurons.I_e = keep * N["bias"] / ((1 - keep) * tau)  # a current that is held adds (1 - keep) tau / C_m of it in a step
nest.Simulate((steps + 1) * dt)

fired, v = np.zeros((steps, n)), np.zeros((steps, n))
first = neurons.tolist()[0]
events = recorder.events
step_of = np.rint(events["times"] / dt).astype(int) - LEAD - 1
shown = (step_of >= 0) & (step_of < steps)
fired[step_of[shown], events["senders"][shown] - first] = 1
events = meter.events
step_of = np.rint(events["times"] / dt).astype(int) - LEAD - 1
shown = (step_of >= 0) & (step_of < steps)
v[step_of[shown], events["senders"][shown] - first] = events["V_m"][shown]
outputs, y = [], np.zeros(len(N["readout"]))
for s in fired:
    y = N["kept"] * y + (1 - N["kept"]) * (N["readout"] @ s)
    outputs.append(y)
np.savez(sys.argv[2], spikes=fired, v=v + rest, outputs=np.array(outputs).reshape(steps, len(N["readout"])))
'''


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`."""
    membrane = plain(trained)
    arrays = matrices_of(trained)
    neurons = lif_arrays(membrane, trained.network.hidden, trained.seed)
    return Parcel(
        "1", "nest-simulator 3.10.0: python network_nest.py inputs.npz out.npz",
        {NAME: SCRIPT, DATA: npz_bytes({**arrays, **neurons})}, unchanged(arrays), lambda inputs: run_float(trained, inputs), to_float,
        outputs_of, tol=1e-9, about={"model": "iaf_psc_delta", "weights": "(post, pre), before they are multiplied with keep", "unit": "s"})


def plain(trained: TrainedNetwork) -> Membrane:
    """The membrane, if NEST has such neurons.

    Raises
    ------
    InputError
        For subtraction at resets, exponential synapses, and steps that are no whole number of microseconds.
    """
    membrane = lif_of(trained, "nest")
    if membrane.reset == "subtract":
        raise InputError("--to", "= 'nest'; network.membrane.reset = 'subtract': iaf_psc_delta is set to V_reset (\"zero\", \"value\")")
    if membrane.synapse_s is not None:
        raise InputError(
            "--to", f"= 'nest'; network.membrane.synapse_s = {membrane.synapse_s:g}: recurrent spikes come a step late in iaf_psc_exp; "
            "brian2 and nir have such synapses")
    tics = membrane.step_s / TIC_S
    if not np.isclose(tics, np.rint(tics), rtol=0, atol=1e-9) or tics < 0.5:
        raise InputError("--to", f"= 'nest'; network.membrane.step_s = {membrane.step_s:g}: NEST counts time in whole microseconds")
    return membrane
