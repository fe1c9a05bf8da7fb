"""What the arrays of a chip did, tile by tile: pulses up and down, reads, conversions, and how worn their devices are.

A tile is one array of ``topology.array_rows x array_cols``; a matrix on a chip without these is one tile.  Pulses are those that the
devices counted (`devices.worn`) since the chip was made; reads and conversions follow from the steps of a training run::

    products         = steps x lanes x polarities
    row_activations  = products x rows of the tile that hold a synapse
    dac_conversions  = row_activations, with a DAC on every row
    adc_conversions  = steps x lanes x columns of the tile that hold a synapse, with an ADC on every column; twice that if the polarities
                       are subtracted after conversion
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .contract import sense
from .devices.endurance import Mortal
from .devices.one_sided_pair import OneSidedPair
from .devices.worn import Worn
from .devices.written import Written
from .placement import Array
from .profile import Profile
from .quantity import number
from .synapses.layout import arrange, matrix_of

UNAVAILABLE = "unavailable"


class Tile(NamedTuple):
    """Part of a weight matrix: postsynaptic columns ``post`` and presynaptic rows ``pre`` of an array, each (first, beyond the last)."""

    post: tuple[int, int]
    pre: tuple[int, int]

    def of(self, matrix: np.ndarray) -> np.ndarray:
        """Its part of a matrix (post, pre)."""
        return matrix[slice(*self.post), slice(*self.pre)]


Reads = Callable[[Tile, np.ndarray], dict[str, int]]
"""(tile, which of its synapses exist (post, pre)) to the counts of its reads."""


def tiles_of(profile: Profile, n_post: int, n_pre: int) -> Iterator[Tile]:
    """The tiles that hold a matrix, column tiles one after the other."""
    rows, cols = (int(number(most, size)) for most, size in ((profile.topology.array_rows, n_pre), (profile.topology.array_cols, n_post)))
    for i in range(0, n_post, cols):
        for j in range(0, n_pre, rows):
            yield Tile((i, min(i + cols, n_post)), (j, min(j + rows, n_pre)))


def matrix(array: Array, cells: np.ndarray) -> np.ndarray:
    """An array of every cell as a matrix (post, pre)."""
    return matrix_of(array.synapses, cells, array.n_post, array.n_pre)


def exists(array: Array) -> np.ndarray:
    """Which synapses exist, (post, pre)."""
    return matrix(array, arrange(array.synapses, np.ones((array.n_post, array.n_pre)), np.bool_))


def pulses(array: Array) -> tuple[np.ndarray, np.ndarray] | None:
    """Up and down pulses of every synapse, (post, pre) int64; None if it has no pulsed devices."""
    worn = inside(array.device, Worn)
    return None if worn is None else (matrix(array, worn.up).astype(np.int64), matrix(array, worn.down).astype(np.int64))


def siemens(array: Array, profile: Profile) -> dict[str, np.ndarray]:
    """Conductance behind every synapse, (post, pre) in siemens: "plus" and "minus" of pairs, otherwise "both", plus less minus.

    ::

        G = w g_max_S / (scale max(w_max, -w_min)), w what a read without noise and wires gives

    Empty if these are no pulsed devices, or the profile has no ``device.g_max_S``.
    """
    section, worn, pair = profile.device, inside(array.device, Worn), inside(array.device, OneSidedPair)
    if section is None or section.g_max_S is None or worn is None:
        return {}
    each, everywhere = number(section.g_max_S) / (max(number(section.w_max), -number(section.w_min)) * array.scale), slice(None)
    cells = {"both": (worn, array.conductance)} if pair is None else {
        "plus": (pair.plus, pair.g_plus), "minus": (pair.minus, pair.g_minus)}
    return {name: matrix(array, sense(device, everywhere, everywhere, held)).astype(np.float64) * each
            for name, (device, held) in cells.items()}


def by_device(array: Array) -> list[np.ndarray]:
    """Pulses of the devices behind every synapse, one matrix (post, pre) for each of them: two for a pair, one otherwise."""
    found = pulses(array)
    if found is None:
        return []
    return list(found) if inside(array.device, OneSidedPair) is not None else [found[0] + found[1]]


def ended(array: Array) -> list[np.ndarray]:
    """Whether the devices behind every synapse are at the end of their endurance, as in `by_device`; empty if they endure for ever."""
    pair = inside(array.device, OneSidedPair)
    devices = [array.device] if pair is None else [pair.plus, pair.minus]
    found = [inside(device, Mortal) for device in devices]
    return [matrix(array, mortal.seen >= mortal.cycles) for mortal in found if mortal is not None]


def counts(array: Array, profile: Profile, steps: int, lanes: int) -> dict[str, Any]:
    """Counts of an array and, under "tiles", of each of its tiles; what it does not have or nobody knows is left out.

    Parameters
    ----------
    steps, lanes : of the training run, for the reads

    Returns
    -------
    dict
        "products", "row_activations", "dac_conversions", "adc_conversions", and what `by_tile` adds.  Bound management repeats reads as the
        data wants: "repeated_reads" is then unavailable, and the others are without them.
    """
    io, passes = profile.io, 1 if profile.io.polarity is None else 2
    conversions = 2 if io.polarity == "separate_digital_sum" else 1

    def reads(tile: Tile, held: np.ndarray) -> dict[str, int]:
        rows, columns = int(held.any(axis=0).sum()), int(held.any(axis=1).sum())
        products = steps * lanes * passes * int(rows > 0)
        return {"products": products, **converted(profile, products * rows, steps * lanes * conversions * columns)}

    found = by_tile(array, profile, reads)
    return found if io.bound_management is None else {**found, "repeated_reads": UNAVAILABLE}


def converted(profile: Profile, activations: int, outputs: int) -> dict[str, int]:
    """Lines driven and outputs taken, and the conversions of both as far as the profile has converters."""
    io = profile.io
    return {
        "row_activations": activations, **({} if io.dac_bits is None else {"dac_conversions": activations}),
        **({} if io.adc_bits is None else {"adc_conversions": outputs})}


def by_tile(array: Array, profile: Profile, reads: Reads) -> dict[str, Any]:
    """Counts of an array, summed over its tiles, and under "tiles" those of each of them.

    Parameters
    ----------
    reads : counts of the reads of a tile

    Returns
    -------
    dict
        What `reads` counts; of pulsed devices also "devices", "pulses_up", "pulses_down" (of the plus and of the minus devices of pairs),
        "most_pulses" and "median_pulses" of one device; "devices_worn_out" if they can wear out; of an array also what `left_over` finds.
        Of an array of digital weights "updates", requests other than 0, and "writes", those that changed the number.
    """
    there, found, per_device, over = exists(array), pulses(array), by_device(array), ended(array)

    def of(tile: Tile) -> dict[str, Any]:
        held = tile.of(there)
        result: dict[str, Any] = {**reads(tile, held)}
        if found is not None:
            result.update(devices=int(held.sum()) * len(per_device))
            result.update(pulses_up=int(tile.of(found[0]).sum()), pulses_down=int(tile.of(found[1]).sum()))
            result.update(spread_of([tile.of(one)[held] for one in per_device]))
        if over:
            result["devices_worn_out"] = sum(int(tile.of(one)[held].sum()) for one in over)
        return result

    tiles = list(tiles_of(profile, array.n_post, array.n_pre))
    each = [of(tile) for tile in tiles]
    total: dict[str, Any] = {key: sum(tile[key] for tile in each) for key in each[0] if key not in ("most_pulses", "median_pulses")}
    if found is not None:
        total.update(spread_of([one[there] for one in per_device]), **left_over(array, profile))
    memory = inside(array.device, Written)
    if memory is not None:
        total.update(updates=int(memory.asked.sum()), writes=int(memory.changed.sum()))
    return {**total, "tiles": [
        {"post": list(tile.post), "pre": list(tile.pre), **one} for tile, one in zip(tiles, each, strict=True)]}


def left_over(array: Array, profile: Profile) -> dict[str, Any]:
    """What was asked of pulsed devices and not sent: "saturated_requests", those for more pulses than the longest train has, and
    "pulses_beyond", how many more; 0 behind a digital buffer, which keeps the rest, and unavailable where rows and columns meet in trains.

    In the mean, pulses asked for = pulses sent + pulses beyond, because requests are rounded without bias.
    """
    worn, section = inside(array.device, Worn), profile.device
    is_counted = worn is not None and section is not None and section.pulse_scheme in (None, "counts")
    return dict(zip(("saturated_requests", "pulses_beyond"), map(int, worn.lost) if is_counted else (UNAVAILABLE,) * 2, strict=True))


def spread_of(per_device: list[np.ndarray]) -> dict[str, Any]:
    """Pulses of the most pulsed device and of the median one; nothing if there is no device."""
    every = np.concatenate(per_device)
    return {"most_pulses": int(every.max()), "median_pulses": float(np.median(every))} if every.size else {}


def summed(arrays: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Pulses of a whole chip, from the counts of its arrays: up, down, those of the most pulsed device and the projection that it is in,
    how many devices are worn out, if they can be, and under "stores" what transfers read from; empty for a chip without pulsed devices."""
    pulsed = {name: one for name, one in arrays.items() if "most_pulses" in one}
    if not pulsed:
        return {}
    name = max(pulsed, key=lambda key: pulsed[key]["most_pulses"])
    ends = [one["devices_worn_out"] for one in pulsed.values() if "devices_worn_out" in one]
    stores = {key: {what: count for what, count in one.items() if what != "tiles"} for key, one in arrays.items() if "transfers" in one}
    return {
        **{key: sum(one[key] for one in pulsed.values()) for key in ("pulses_up", "pulses_down")},
        "most_pulses": pulsed[name]["most_pulses"], "most_pulses_in": name, **({"devices_worn_out": sum(ends)} if ends else {}),
        **({"stores": stores} if stores else {})}


def inside(device: Any, kind: type) -> Any:
    """The part of this kind that a device is or holds; None if there is none."""
    while device is not None and not isinstance(device, kind):
        device = getattr(device, "inner", None)
    return device
