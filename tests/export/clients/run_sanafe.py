"""python run_sanafe.py network.yaml expected.npz: exit code 0 if SANA-FE gives the expected spikes and potentials on its Loihi, one step
later, and the host the expected outputs with ``readout.npz`` beside it; prints the energy and the time."""
import sys

import numpy as np
import sanafe
from agreement import agree, host_outputs

file, expected = sys.argv[1], np.load(sys.argv[2], allow_pickle=False)
steps, n = expected["spikes"].shape
architecture = sanafe.load_loihi()
chip = sanafe.SpikingChip(architecture)
chip.load(sanafe.load_net(file, architecture))
result = chip.sim(steps + 1, spike_trace=True, potential_trace=True)
spikes = {"in": np.zeros((steps + 1, expected["inputs"].shape[1]), int), "rec": np.zeros((steps + 1, n), int)}
for step, senders in enumerate(result["spike_trace"]):
    for sender in senders:
        spikes[sender.group_name][step, sender.neuron_offset] += 1
found = {"inputs": spikes["in"][:-1], "spikes": spikes["rec"][1:], "v": np.array(result["potential_trace"])[1:]}
found["outputs"] = host_outputs(file, found["spikes"])
print(f"energy {result['energy']['total']:g} J, time {result['sim_time']:g} s")
sys.exit(not all([agree(name, array, expected[name], 0.0) for name, array in found.items()]))
