"""Operations of a training run: those that follow from the sizes, and the events that neurons counted themselves."""
from __future__ import annotations

from typing import Any

from .chip import Chip
from .contract import is_jittery
from .rules.rule import Parts
from .sources.noise import Silent
from .wiring import Wired


def count(chip: Chip, wired: Wired, parts: Parts, steps: int, batch: int) -> dict[str, int]:
    """Operations of the training steps, by name; what depends on the weights is counted elsewhere (tiles.py)."""
    network, lanes = chip.network, wired.lanes
    counts = {"steps": steps, "samples": batch, "passes": lanes // batch, "broadcast_values": steps * batch * parts.broadcasts}
    loop: Any = wired.network
    populations = ((loop.hidden_source, network.hidden), (loop.output_source, network.outputs))
    per_step = sum(batch * n for source, n in populations if not isinstance(source, Silent))
    projections = (("inputs", loop.inputs), ("recurrent", loop.recurrent), ("readout", loop.readout))
    per_step += sum(chip.arrays[name].synapse_count for name, p in projections if is_jittery(p.jitter))
    if per_step:
        counts["perturbations_drawn"] = steps * per_step
    for name in chip.mapping["projections"]:
        counts[f"{name}_products"] = steps * lanes
        counts[f"{name}_multiply_accumulates"] = steps * lanes * chip.arrays[name].synapse_count
    counts["hidden_neuron_updates"] = steps * lanes * network.hidden
    events = events_of(loop.hidden)
    if events is not None:
        counts["hidden_events"] = events
    return counts


def events_of(neuron: Any) -> int | None:
    """What a population has sent, all lanes together; None if it does not send events."""
    while neuron is not None:
        if hasattr(neuron, "events"):
            return int(neuron.events[0])
        neuron = getattr(neuron, "inner", None)
    return None
