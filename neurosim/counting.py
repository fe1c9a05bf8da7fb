"""Operations of a run: those that follow from the sizes, and the events that neurons and memories counted themselves.

::

    synaptic_events = sum over senders of events x synapses that they have on the chip
    messages        = sum over senders of events x cores that they send to, their own among them
    hops            = sum over messages of the distance between the tiles, in x and in y; inputs come from outside and make none

A value other than 0 that is sent on is an event.  Neurons that send numbers do so at every step.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .chip import Chip
from .contract import is_jittery
from .network import recurrent_mask
from .rules.rule import Parts
from .sources.noise import Silent
from .wiring import Wired


def count(chip: Chip, wired: Wired, parts: Parts, steps: int, batch: int, shown: int = 0) -> dict[str, int]:
    """Operations of so many steps, by name; what depends on the weights is counted elsewhere (tiles.py).

    Parameters
    ----------
    shown : input values other than 0 in these steps, all samples, one pass
    """
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
    counts["input_events"] = shown * (lanes // batch)
    events, received = events_of(loop.hidden), received_of(loop.hidden)
    if received is not None:
        counts["hidden_neurons_reached"] = int(received.sum())
    sent = np.full(network.hidden, steps * lanes)
    if events is not None:
        sent = events[:network.hidden]
        counts["hidden_events"] = int(sent.sum())
    return {**counts, **traffic(chip, sent, counts["input_events"], steps * lanes)}


def traffic(chip: Chip, sent: np.ndarray, shown: int, products: int) -> dict[str, int]:
    """Synaptic events, messages and hops.

    Parameters
    ----------
    sent : (hidden,) events of every neuron
    shown : input values other than 0
    products : steps x lanes: what a decorrelating projection makes is sent at every step
    """
    network, mask, cores = chip.network, recurrent_mask(chip.network, chip.seed), chip.cores
    front, lateral = ("input_lateral" in chip.mapping["projections"]), ("lateral" in chip.mapping["projections"])
    events = 0
    if front:
        events, shown = shown * network.lines, products * network.lines
    if lateral:
        events += int(sent.sum()) * network.hidden
        sent = np.full(network.hidden, products)
    fan_out = np.full(network.hidden, network.hidden) if mask is None else mask.sum(axis=0)
    events += shown * network.hidden + int((sent * fan_out).sum())
    if chip.arrays["readout"].on_chip:
        events += int(sent.sum()) * network.outputs
    counts = {"synaptic_events": events}
    if cores is not None:
        counts["messages"] = shown * cores.used + int((sent * cores.reached.sum(axis=0)).sum())
        hops = cores.hops()
        if hops is not None:
            counts["hops_x"], counts["hops_y"] = (int((sent * one).sum()) for one in hops)
    return counts


def counter(neuron: Any) -> Any:
    """The part of a population that counts events; None if it does not send events."""
    while neuron is not None and not hasattr(neuron, "events"):
        neuron = getattr(neuron, "inner", None)
    return neuron


def events_of(neuron: Any) -> np.ndarray | None:
    """(width,) what every neuron has sent, all lanes together; None if the population does not send events."""
    found = counter(neuron)
    return None if found is None else found.events


def received_of(neuron: Any) -> np.ndarray | None:
    """(width,) steps in which every neuron received something, all lanes together; None if that is not counted."""
    return getattr(counter(neuron), "received", None)


def restart(neuron: Any) -> None:
    """Count from 0 again."""
    found = counter(neuron)
    for array in (getattr(found, "events", None), getattr(found, "received", None)):
        if array is not None:
            array[...] = 0
