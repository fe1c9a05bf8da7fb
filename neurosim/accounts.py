"""What a training run did and cost, array by array, and what it used of the chip."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import tiles
from .ledger import cost, spent

READS = ("products", "adc_conversions")  # of an array, that a bill has


def counted(chip: Any, counts: Mapping[str, int]) -> dict[str, Any]:
    """What every array on the chip did in the counted steps, by projection."""
    held = {name: chip.arrays[name] for name in chip.mapping["projections"] if chip.arrays[name].on_chip}
    lanes = counts["samples"] * counts["passes"]
    return {name: tiles.counts(array, chip.profile, counts["steps"], lanes) for name, array in held.items()}


def cost_of(run: Any, arrays: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a training run cost, and what an inference costs after it; see `ledger.cost`.

    Parameters
    ----------
    arrays : what `counted` finds, if it is known already

    Reads grow with steps and lanes alone, so that those of the test follow from those of the training.
    """
    arrays = counted(run.chip, run.counts) if arrays is None else arrays
    done, tested = (one["steps"] * one["samples"] * one["passes"] for one in (run.counts, run.inference))
    read = {name: {key: one[key] * tested // done for key in READS if key in one} for name, one in arrays.items()}
    return cost(run.chip, run.counts, {**arrays, **run.stores}, run.inference, read)


def spent_of(done: Any) -> dict[str, Any]:
    """Writes and energy of learning so far (`trainer.Spent`); NaN where nobody knows."""
    found = spent(done.chip, done.counts, {**counted(done.chip, done.counts), **done.stores}, done.inference)
    return {name: float("nan") if isinstance(value, str) else value for name, value in found.items()}


def wear_of(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The pulses of every seed; nothing for a chip without pulsed devices."""
    found = {seed: tiles.summed(one) for seed, one in arrays.items()}
    return {"wear": found} if any(found.values()) else {}


def used_of(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """What is used of what the chip has; the same for every seed, but for the synapses that were drawn."""
    first: dict[str, Any] = next(iter(mapping.values()), {})
    cores = {"cores": {key: first["cores"][key] for key in ("used", "available")}} if "cores" in first else {}
    return {"mapping": {**first["resources"], **cores}} if first.get("resources") or cores else {}
