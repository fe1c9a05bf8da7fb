"""python run_xylo.py xylo.json expected.npz: exit code 0 if xylosim, SynSense's model of the chip, computes the expected bits."""
import json
import sys

import numpy as np
from agreement import agree
from xylosim.v2 import XyloLayer, XyloSynapse

RANGES = {"weights_in": (-128, 127), "weights_rec": (-128, 127), "weights_out": (-128, 127), "dash_mem": (0, 15), "dash_syn": (0, 15),
          "dash_mem_out": (0, 15), "dash_syn_out": (0, 15), "threshold": (0, 32767), "threshold_out": (0, 32767), "bias": (-32768, 32767),
          "bias_out": (-32768, 32767), "weight_shift_in": (0, 7), "weight_shift_rec": (0, 7), "weight_shift_out": (0, 7)}
with open(sys.argv[1]) as file:
    content = json.load(file)
expected = np.load(sys.argv[2], allow_pickle=False)
spec = {name: np.array(value) for name, value in content["spec"].items()}
for name, (low, high) in RANGES.items():  # which the program itself does not check
    if spec[name].min() < low or spec[name].max() > high:
        sys.exit(f"{name} leaves {low} to {high}")
sizes = *spec["weights_in"].shape[:2], spec["weights_out"].shape[1]
if content["chip"] != "syns61201" or any(size > room for size, room in zip(sizes, (16, 1000, 8))):
    sys.exit("not this chip, or larger")


def synapses(weights):
    """(pre, post, kind) -> a list of synapses for every presynaptic neuron."""
    return [[XyloSynapse(int(q), int(k), int(row[q, k])) for q, k in zip(*np.nonzero(row))] for row in weights]


listed = {name: array.tolist() for name, array in spec.items()}
weights = spec["weights_in"], spec["weights_rec"], spec["weights_out"][:, :, None]
parts = [synapses(matrix) for matrix in weights]  # the layer does not own them
layer = XyloLayer(
    synapses_in=parts[0], synapses_rec=parts[1], synapses_out=parts[2], aliases=[[] for _ in listed["threshold"]],
    threshold=listed["threshold"], threshold_out=listed["threshold_out"], has_bias=bool(spec["bias"].any() or spec["bias_out"].any()),
    bias=listed["bias"], bias_out=listed["bias_out"], weight_shift_inp=listed["weight_shift_in"],
    weight_shift_rec=listed["weight_shift_rec"], weight_shift_out=listed["weight_shift_out"], dash_mem=listed["dash_mem"],
    dash_mem_out=listed["dash_mem_out"], dash_syns=[[dash, 0] for dash in listed["dash_syn"]],
    dash_syns_out=[[dash] for dash in listed["dash_syn_out"]], name="exported")
outputs = np.array(layer.evolve(expected["inputs"].tolist()))
found = {"spikes": np.array(layer.rec_recurrent_spikes), "outputs": outputs}
found |= {"u": np.array(layer.rec_i_syn).T, "v": np.array(layer.rec_v_mem).T}
sys.exit(not all([agree(name, array, expected[name], 0.0) for name, array in found.items()]))
