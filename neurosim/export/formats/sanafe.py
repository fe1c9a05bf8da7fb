"""SANA-FE: a network for its model of Loihi, which also tells the energy and the time that the chip would take.

``network.yaml`` has the groups "in" (spike trains) and "rec", every synapse, and the mapping to one core of the packaged architecture
(`sanafe.load_loihi`).  Its soma keeps 1/64 of a level as Loihi does, v <- toward_zero(64 leak_decay v) / 64 + bias + sum of weights, a
spike above the threshold, reset to 0 (SANA-FE 2.2.9, src/models.cpp), so that its doubles are Loihi's integers.  An input takes a step to
arrive.  The file holds the inputs themselves: those of ``expected.npz``, or none.
"""
from __future__ import annotations

import numpy as np

from ...digital import loihi
from ...errors import InputError
from ..deterministic import npz_bytes
from ..integers import OnChip, edges_of, effective, host_outputs, host_readout, loihi_of, spikes_of
from ..parcel import Arrays, Options, Parcel
from ..semantics import outputs_of
from ..trained import TrainedNetwork

NAME, READOUT = "network.yaml", "readout.npz"
ROOM = 1024  # of neurons and inputs on the one core that is used (loihi.yaml: max_neurons_supported)
SOMA, SYNAPSE = "loihi_lif", "loihi_dense_synapse"


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`; "v" are potentials in levels, "outputs" those of the host.

    Raises
    ------
    InputError
        If the network is not one of spiking neurons without synaptic currents that were trained as those of Loihi, or larger than a core.
    """
    chip = loihi_of(trained, "sanafe", options.clip, own_bias=False)
    if (chip.spec.decay_u != loihi.UNITY).any():
        raise InputError("--to", "= 'sanafe'; network.membrane.synapse_s is set: the neurons of SANA-FE round no current as Loihi does")
    n, n_in = chip.spec.weights_in.shape
    if n + n_in > ROOM:
        raise InputError("--to", f"= 'sanafe'; {n} neurons and {n_in} inputs: this format uses one core, which has room for {ROOM}")

    def run(inputs: np.ndarray) -> Arrays:
        trace = loihi.run(chip.spec, inputs)
        return {"spikes": trace.spikes, "v": np.asarray(trace.v) / 2**loihi.ALIGNMENT, "outputs": host_outputs(trained, chip, trace.spikes)}

    files: dict[str, str | bytes] = {NAME: text(chip, np.zeros((0, n_in), np.int64)), READOUT: npz_bytes(host_readout(trained, chip))}
    return Parcel(
        "1", "sanafe 2.2.9 on its Loihi architecture: spikes, potentials", files, chip.tensors, run,
        lambda inputs: spikes_of(inputs, has_line=chip.has_line), outputs_of, edges_of(n_in), lost=chip.lost,
        about={**chip.about("none"), "latency_steps": 1, "outputs": f"of the host, {READOUT}"},
        stimulus=lambda inputs: {NAME: text(chip, inputs)})


def text(chip: OnChip, inputs: np.ndarray) -> str:
    """The network with these inputs."""
    spec = chip.spec
    w_in, w_rec = effective(spec.weights_in, spec), effective(spec.weights_rec, spec)
    lines = ["network:", "  name: neurosim", "  groups:", "    - name: in", "      attributes: [log_spikes: true]", "      neurons:"]
    lines += [f"        - {j}: [soma: {{spikes: [{', '.join(map(str, train))}]}}]" for j, train in enumerate(inputs.T.tolist())]
    attributes = "[soma: {reset: 0.0, reset_mode: hard}, log_spikes: true, log_potential: true]"
    lines += ["    - name: rec", f"      attributes: {attributes}", "      neurons:"]
    for i, (threshold, decay) in enumerate(zip(spec.threshold.tolist(), spec.decay_v.tolist())):
        lines.append(f"        - {i}: [soma: {{threshold: {float(threshold)!r}, leak_decay: {1 - decay / loihi.UNITY!r}}}]")
    lines.append("  edges:")
    for source, weights in (("in", w_in), ("rec", w_rec)):
        lines += [f"    - {source}.{j} -> rec.{i}: [weight: {weights[i, j]}]" for i, j in np.argwhere(weights)]
    lines.append("mappings:")
    lines += [f'  - in.{j}: [core: 0.0, soma: "loihi_inputs[{j}]", synapse: {SYNAPSE}]' for j in range(spec.weights_in.shape[1])]
    return "\n".join([*lines, f"  - rec: [core: 0.0, soma: {SOMA}, synapse: {SYNAPSE}]"]) + "\n"
