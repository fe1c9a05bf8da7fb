"""A network on the cores and tiles of a chip: what it uses of what there is, and which limit it breaks."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .cores import Cores, deal, fewest
from .errors import MappingError
from .network import Network, recurrent_mask
from .profile import Profile
from .quantity import number

LARGEST_DRAWN = 4096  # neurons of which a connectivity is drawn only to make a suggestion
DENSITIES = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)  # that a refusal may suggest


class Need(NamedTuple):
    """One resource: how much the network takes, how much the chip has (None: not known), and where that stands."""

    name: str
    used: int
    available: int | None
    what: str
    field: str  # of the profile


def fit(profile: Profile, network: Network, readout: str, seed: int = 1) -> dict[str, Any]:
    """Check the network against the limits of the chip.

    Returns
    -------
    The mapping report: the projections with their tiles, used and available per resource, None where it is not known, and the neurons and
    the tile of every core.

    Raises
    ------
    MappingError
        Names the limit that is broken, where it stands, its source, and what would fit: how large a hidden layer, how dense a recurrence;
        or says that the chip has no recurrence.
    """
    if profile.topology.recurrent is False:
        raise MappingError("chip.profile", f"= {profile.file}; its neurons cannot feed each other (topology.recurrent), and the network is "
                           "recurrent; use another chip")
    sizes = sizes_of(network, readout)
    projections: dict[str, dict[str, Any]] = {name: {"post": post, "pre": pre} for name, (post, pre) in sizes.items()}
    if readout == "digital":
        projections["readout"] = {"post": network.outputs, "pre": network.hidden, "digital": True}
    topology = profile.topology
    if topology.array_rows is not None and topology.array_cols is not None:
        for name, (post, pre) in sizes.items():
            row_tiles = -(-pre // topology.array_rows.v)
            projections[name].update(tiles=row_tiles * -(-post // topology.array_cols.v), row_tiles=row_tiles)
    resources = {}
    for need in needs(profile, network, readout, seed):
        resources[need.name] = {"used": need.used, "available": need.available}
        if need.available is not None and need.used > need.available:
            raise refusal(profile, network, readout, seed, need)
    cores = cores_of(profile, network, seed)
    placed = {} if cores is None else {"cores": {
        "used": cores.used, "available": int(number(topology.n_cores)), "neurons": cores.neurons.tolist(),
        **({} if cores.place is None else {"tile": cores.place.tolist()})}}
    return {"profile": profile.file, "projections": projections, "resources": resources, **placed}


def sizes_of(network: Network, readout: str) -> dict[str, tuple[int, int]]:
    """(post, pre) of every projection on the chip."""
    sizes = {"inputs": (network.hidden, network.lines), "recurrent": (network.hidden, network.hidden)}
    if readout == "chip":
        sizes["readout"] = (network.outputs, network.hidden)
    if network.decorrelation is not None:
        sizes["lateral"] = (network.hidden, network.hidden)
        if network.decorrelation.inputs:
            sizes["input_lateral"] = (network.lines, network.lines)
    return sizes


def needs(profile: Profile, network: Network, readout: str, seed: int) -> Iterator[Need]:
    """Every resource of which the profile knows a limit."""
    topology = profile.topology
    cores = None if topology.n_cores is None else topology.n_cores.v
    if topology.neurons_per_core is not None and cores is not None:
        yield Need("neurons", network.hidden, cores * topology.neurons_per_core.v, "neurons", "topology.neurons_per_core x n_cores")
    if topology.array_rows is not None and topology.array_cols is not None:
        rows, cols = topology.array_rows.v, topology.array_cols.v
        tiles = sum(-(-pre // rows) * -(-post // cols) for post, pre in sizes_of(network, readout).values())
        yield Need("tiles", tiles, cores, f"tiles of {rows} x {cols}", "topology.n_cores")
    longest = None if network.delay_steps is None else 1 + network.delay_steps[1]
    if profile.time.max_delay_steps is not None and longest is not None:
        yield Need("delay_steps", longest, profile.time.max_delay_steps.v, "steps of delay", "time.max_delay_steps")
    bounded = ("max_fan_in", "max_fan_out", "max_in_axons_per_core", "max_out_axons_per_core", "synapse_mem_bits_per_core")
    if not any(getattr(topology, field) is not None for field in bounded):
        return
    mask = recurrent_mask(network, seed)
    fan_in = network.lines + (network.hidden if mask is None else int(mask.sum(axis=1).max()))
    fan_out = network.hidden if mask is None else int(mask.sum(axis=0).max())
    fan_out = max(fan_out + (network.outputs if readout == "chip" else 0), network.hidden)  # an input line reaches every neuron
    for name, used, what in (("fan_in", fan_in, "inputs per neuron"), ("fan_out", fan_out, "targets per neuron")):
        limit = getattr(topology, f"max_{name}")
        if limit is not None:
            yield Need(name, used, limit.v, what, f"topology.max_{name}")
    if cores is not None:
        yield from core_needs(profile, network, mask, cores_used(profile, network, mask, cores))


def cores_of(profile: Profile, network: Network, seed: int) -> Cores | None:
    """The neurons of a network on the cores of a chip; None if the chip is made of arrays, or nobody knows how many cores it has."""
    topology = profile.topology
    if topology.n_cores is None or topology.array_rows is not None:
        return None
    mask = recurrent_mask(network, seed)
    return deal(profile, network.hidden, cores_used(profile, network, mask, topology.n_cores.v), mask)


def cores_used(profile: Profile, network: Network, mask: np.ndarray | None, cores: int) -> int:
    """The fewest cores that hold the network; all of them if none do, or as many as there are neurons."""
    most = min(cores, network.hidden)
    each = profile.topology.neurons_per_core
    least = 1 if each is None else min(-(-network.hidden // each.v), most)

    def fits(used: int) -> bool:
        return all(need.available is None or need.used <= need.available for need in core_needs(profile, network, mask, used))

    return fewest(least, most, fits)


def core_needs(profile: Profile, network: Network, mask: np.ndarray | None, used: int) -> Iterator[Need]:
    """Memory and axons of the fullest of `used` cores."""
    topology, cores = profile.topology, deal(profile, network.hidden, used, mask)
    if topology.synapse_mem_bits_per_core is not None and profile.weights.bits is not None:
        per_neuron = network.lines + (np.full(network.hidden, network.hidden) if mask is None else mask.sum(axis=1))
        bits = int(np.bincount(cores.core, per_neuron * profile.weights.bits.v).max())
        yield Need("synapse_memory_bits", bits, topology.synapse_mem_bits_per_core.v, "bits of synapses per core",
                   "topology.synapse_mem_bits_per_core")
    if topology.max_in_axons_per_core is not None:
        yield Need("in_axons", network.lines + int(cores.reached.sum(axis=1).max()), topology.max_in_axons_per_core.v,
                   "input axons per core", "topology.max_in_axons_per_core")
    if topology.max_out_axons_per_core is not None:
        yield Need("out_axons", int(np.bincount(cores.core, cores.reached.sum(axis=0)).max()), topology.max_out_axons_per_core.v,
                   "output axons per core", "topology.max_out_axons_per_core")


def refusal(profile: Profile, network: Network, readout: str, seed: int, need: Need) -> MappingError:
    """The sentence: need, limit, its place and source, and what would fit."""
    field = "delay_steps" if need.name == "delay_steps" else "hidden"
    value = list(network.delay_steps or ()) if field == "delay_steps" else network.hidden
    cited = next((source for name, _, source in profile.quantities() if need.field.startswith(name)), "")
    text = f"= {value}; needs {need.used} {need.what}, and {profile.file} has {need.available} ({need.field}{': ' * bool(cited)}{cited})"
    if field == "hidden":
        most, density = largest(profile, network, readout, seed), densest(profile, network, readout, seed)
        next_one = network.model_copy(update={"hidden": most + 1})
        ways = [f"network.hidden of at most {most}{first_limit(profile, next_one, readout, seed, need)}"] * (most > 0)
        ways += [f"network.connectivity = 'sparse' with density = {density:g}"] * (density > 0)
        text += "; use " + ", or ".join(["a larger chip (chip.profile)", *ways])
    else:
        text += f"; use delays of at most {(need.available or 1) - 1} steps"
    return MappingError(f"network.{field}", text)


def first_limit(profile: Profile, network: Network, readout: str, seed: int, said: Need) -> str:
    """What refuses this network, the smallest that is refused, in brackets; empty if that limit was said already."""
    unmet = (need for need in needs(profile, network, readout, seed) if need.available is not None and need.used > need.available)
    need = next(unmet, said)
    return "" if need.field == said.field else f" ({need.field}: {need.available} {need.what})"


def is_met(profile: Profile, network: Network, readout: str, seed: int) -> bool:
    """Whether the chip has all that the network needs."""
    return all(need.available is None or need.used <= need.available for need in needs(profile, network, readout, seed))


def densest(profile: Profile, network: Network, readout: str, seed: int) -> float:
    """The largest density of random synapses, of a few, with which a network that is dense now would fit; 0 if none, or for a very
    large network."""
    if network.connectivity != "dense" or network.hidden > LARGEST_DRAWN:
        return 0.0
    sparse = (network.model_copy(update={"connectivity": "sparse", "density": density}) for density in DENSITIES)
    return next((one.density or 0.0 for one in sparse if is_met(profile, one, readout, seed)), 0.0)


def largest(profile: Profile, network: Network, readout: str, seed: int) -> int:
    """Largest hidden layer that fits, everything else as it is; 0 if none does."""
    def fits(hidden: int) -> bool:
        if network.cores is not None and network.cores > hidden:
            return False
        return is_met(profile, network.model_copy(update={"hidden": hidden}), readout, seed)

    low, high = 0, network.hidden  # fits (or nothing), does not fit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
