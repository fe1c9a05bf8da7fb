"""How sana_fe.json was recorded: SANA-FE 2.2.9 from PyPI (GPL-3; run by itself, none of its code is here), its packaged loihi.yaml.

Two all-to-all layers of N neurons for ten steps: the first fires at every step, the second never; the first on core 0 of the chip, the
second on another.  ``python sana_fe.py`` prints the file.
"""
from __future__ import annotations

import json

import sanafe

STEPS = 10


def recorded(n, core):
    """Energy by part, time, and counts of one run."""
    arch, net = sanafe.load_loihi(), sanafe.Network()
    hardware = {"soma_hw_name": "loihi_lif", "default_synapse_hw_name": "loihi_dense_synapse"}
    fires = {"threshold": 1.0, "bias": 2.0, "reset": 0.0, "reset_mode": "hard", "leak_decay": 1.0}
    first = net.create_neuron_group("first", n, fires, **hardware)
    second = net.create_neuron_group("second", n, {"threshold": 1e9, "leak_decay": 1.0, "force_update": True}, **hardware)
    first.connect_neurons_dense(second, {"weight": [1.0] * n * n})
    for group, where in ((first, 0), (second, core)):
        group.map_to_core(arch.tiles[where // 4].cores[where % 4])
    chip = sanafe.SpikingChip(arch)
    chip.load(net)
    found = chip.sim(STEPS, perf_trace=True)
    counts = {name: sum(found["perf_trace"][name]) for name in ("fired", "updated", "spikes", "hops")}
    return {"n": n, "core": core, "energy_J": found["energy"], "sim_time_s": found["sim_time"], "counts": counts}


if __name__ == "__main__":
    print(json.dumps([recorded(n, core) for n, core in ((16, 1), (64, 1), (128, 1), (64, 5), (64, 12), (64, 16), (64, 21))], indent=1))
