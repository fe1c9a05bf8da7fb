"""What a run of a small network would cost on a chip, from counts that nobody counted."""
from __future__ import annotations

import json
from types import SimpleNamespace

from small_chips import network

from neurosim.accounts import cost_of
from neurosim.chip import compile_chip


def cost_on(profile):
    """The cost of a made-up run, as it comes back from ``ledger.json``."""
    counts = {
        "steps": 30, "samples": 1, "passes": 2, "broadcast_values": 60, "hidden_neuron_updates": 2400, "hidden_neurons_reached": 1500,
        "hidden_events": 700, "input_events": 90, "synaptic_events": 28_000, "messages": 900, "hops_x": 40, "hops_y": 3,
        "perturbations_drawn": 1200}
    tested = {**counts, "passes": 1, "inferences": 5, "broadcast_values": 0, "perturbations_drawn": 0}
    chip = compile_chip(profile, network(), 1)
    return json.loads(json.dumps(cost_of(SimpleNamespace(chip=chip, counts=counts, inference=tested, stores={}))))
