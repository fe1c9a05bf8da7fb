"""The store of an updater that gathers requests before they reach the weights: a second array of the chip's devices, or digital numbers.

What a store costs stands in the ledger beside the arrays: a fast array as an array of its own ("recurrent, fast"), read by transfers alone,
digital numbers as "recurrent, accumulator" (all requests add up in it) or "recurrent, buffer" (what was read of the fast array does)::

    transfers     = writes of the projection / every
    row_reads     = transfers x rows per transfer, in turn
    accumulations = changes other than 0 that were added up (accumulator); row_reads x columns, for AGAD twice that (buffer)
    numbers_read  = transfers x numbers_kept (accumulator); row_reads x columns (buffer)

They count from the start of the training on, as a store does.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .chip import NAMES, Chip
from .devices.pulses import is_pulsed
from .errors import InputError, MappingError
from .placement import Array, on_devices
from .quantity import number
from .synapses.fan_in import FanIn
from .synapses.sparse import Sparse
from .tiles import UNAVAILABLE, Tile, by_tile, converted, tiles_of
from .updaters.gathering import DIGITAL, KEPT, Gathering
from .updaters.transfer import is_indirect, store

FAST = 8  # on top of the number of an array: the number of its fast array
CHOPPED = ("chopped", "agad")
LEARNED = ("inputs", "recurrent", "readout")


def gathered(chip: Chip, name: str, gathering: Gathering, inner: Any) -> Any:
    """The updater of a projection on pulsed devices around `inner`; `inner` itself for exact, digital and fixed-point weights.

    A fast array starts at weight 0, on devices of its own drawn from the same profile, with the same weight per unit of conductance.

    Raises
    ------
    InputError
        If the synapses are sparse, because a transfer reads whole rows, or if choppers would belong to outputs.
    """
    array = chip.arrays[name]
    if not is_pulsed(array.device):
        return inner
    if isinstance(array.synapses, Sparse):
        raise InputError("train.updater.kind", f"= '{gathering.kind}'; needs network.connectivity = 'dense', its rows are read one by one")
    if isinstance(array.synapses, FanIn) and gathering.kind in CHOPPED:
        raise InputError(
            "train.updater.kind", f"= '{gathering.kind}'; choppers belong to input lines, and {name} onto {array.n_post} outputs is "
            "stored by output; set chip.readout = 'digital'")
    rows = array.n_post if isinstance(array.synapses, FanIn) else array.n_pre
    fast, noise, lsb, top = None, 0.0, 0.0, 0.0
    if gathering.kind not in DIGITAL:
        spare = on_devices(
            f"{name}, fast", NAMES.index(name) + FAST, np.zeros((array.n_post, array.n_pre)), True, array.synapses, chip.profile,
            array.scale, chip.device_seed, chip.dtype, np.zeros(1) if chip.clock_s is None else chip.clock_s)
        fast = spare.device, spare.conductance
        io = chip.profile.io
        noise = number(io.out_noise) * array.scale
        if io.adc_bits is not None and io.adc_range is not None:
            top = float(2 ** (int(io.adc_bits.v) - 1) - 1)
            lsb = number(io.adc_range) / top * array.scale
    return gathering.build(inner, fast, array.conductance, rows, noise, lsb, top)


def indirect(network: Any) -> dict[str, Any]:
    """The projections of a wired network whose requests are gathered, by name."""
    learned = {name: getattr(network, name) for name in LEARNED}
    return {name: p for name, p in learned.items() if is_indirect(p.updater)}


def fast_arrays(chip: Chip, network: Any) -> dict[str, Array]:
    """The fast arrays of a wired network, by the projection that each belongs to."""
    stores = {name: store(p.updater, p) for name, p in indirect(network).items()}
    return {
        name: chip.arrays[name]._replace(name=f"{name}, fast", device=device, conductance=cells, clipped=0, stuck=0)
        for name, (device, cells) in stores.items() if is_pulsed(device)}


def check_room(chip: Chip, network: Any) -> None:
    """Refuse fast arrays that do not fit on the chip beside the weights.

    Raises
    ------
    MappingError
    """
    fast = fast_arrays(chip, network)
    used = chip.mapping["resources"].get("tiles") if fast else None
    if used is None or used["available"] is None:
        return
    more = sum(len(list(tiles_of(chip.profile, array.n_post, array.n_pre))) for array in fast.values())
    if used["used"] + more > used["available"]:
        raise MappingError(
            "train.updater.kind",
            f"needs {more} tiles for fast arrays beside the {used['used']} of the weights, and {chip.profile.file} has {used['available']} "
            "(topology.n_cores); use a smaller network or 'mixed_precision'")


def counted_stores(chip: Chip, network: Any) -> dict[str, dict[str, Any]]:
    """What the stores of a network did, by name; see above.

    Returns
    -------
    dict
        Of a fast array "transfers", "row_reads" and what `tiles.by_tile` counts of any array; of digital numbers "transfers",
        "numbers_kept", "numbers_read", "accumulations" and "bits_per_number", which no profile knows.
    """
    found: dict[str, dict[str, Any]] = {}
    fast = fast_arrays(chip, network)
    for name, p in indirect(network).items():
        updater, synapses, transfers = p.updater, chip.arrays[name].synapse_count, int(p.updater.state[2])
        kept, changes = KEPT.get(type(updater), (0, 0))
        if name in fast:
            reads = transfers * updater.reads
            touched = reads * (synapses // updater.rows)
            counts = by_tile(fast[name], chip.profile, row_reads(chip, fast[name], reads))
            found[f"{name}, fast"] = {"transfers": transfers, "row_reads": reads, **counts}
            found.update(digital(f"{name}, buffer", transfers, kept * synapses, touched, changes * touched))
        else:
            additions = int(updater.device.additions[0])
            found.update(digital(f"{name}, accumulator", transfers, kept * synapses, transfers * synapses, additions))
    return found


def digital(name: str, transfers: int, kept: int, read: int, changed: int) -> dict[str, dict[str, Any]]:
    """The entry of digital numbers; none if none are kept."""
    return {} if kept == 0 else {name: {
        "transfers": transfers, "numbers_kept": kept, "numbers_read": read, "accumulations": changed, "bits_per_number": UNAVAILABLE}}


def row_reads(chip: Chip, array: Array, reads: int) -> Any:
    """Reads of a tile when the rows of an array were read `reads` times, one after the other: one line driven, all lines across it
    collected.  The rows of a readout that is stored by output are its outputs, which are driven from the other side."""
    by_output = isinstance(array.synapses, FanIn)
    rows = array.n_post if by_output else array.n_pre
    each = reads // rows + (np.arange(rows) < reads % rows)

    def of(tile: Tile, held: np.ndarray) -> dict[str, int]:
        driven, across = int(each[slice(*(tile.post if by_output else tile.pre))].sum()), held.shape[1 if by_output else 0]
        return {"products": driven, **converted(chip.profile, driven, driven * across)}

    return of


def with_stores(mapping: Mapping[str, Any], stores: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What is used of what the chip has, stores among it; `mapping` itself if there are none."""
    if not stores:
        return dict(mapping)
    held = {
        name: {"tiles": len(one["tiles"]), "devices": one["devices"]} if "tiles" in one else {"numbers": one["numbers_kept"]}
        for name, one in stores.items()}
    resources = dict(mapping["resources"])
    if "tiles" in resources:
        more = sum(one.get("tiles", 0) for one in held.values())
        resources["tiles"] = {**resources["tiles"], "used": resources["tiles"]["used"] + more}
    return {**mapping, "stores": held, "resources": resources}
