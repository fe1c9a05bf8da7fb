"""The conductances behind a network, in siemens, as pairs on tiles: those that its chip holds, or those that its matrices ask for.

A weight is the difference of two devices on one row, ``w = (g_plus - g_minus) weight_per_S``.  What a profile says decides which two:

* ``device.cell = "one_sided_pair"``: the two devices of the pair, each at what it holds (what a reset left behind among it);
* a device of both signs: its size in the plus or in the minus column, the other one at 0 S, as the simulator's wires see it;
* the same with ``device.g_min_S``, the conductance of the normalised weight -1: the device itself, on the line through (-1, g_min_S) and
  (max(w_max, -w_min), g_max_S), against its reference device on the same line.
"""
from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..circuits.nodal import Wires, solve
from ..devices.referenced import Referenced
from ..errors import InputError
from ..placement import Array, place
from ..profile import Profile
from ..quantity import number
from ..sections import OF_DEVICES, DeviceSection
from ..tiles import Tile, inside, matrix, siemens, tiles_of
from .quantiser import check_finite
from .trained import TrainedNetwork, folded, of_chip

SPREADS = ("dw_min_std", "dw_min_lognormal", "write_noise_std", "stuck_prob", "stuck_range", "reference_std", "endurance_cycles",
           "endurance_spread", "endurance_mode")  # beside those that end in _dtod: what a device without faults does not have
WIRES = ("wire_row_Ohm", "wire_col_Ohm", "driver_Ohm", "sense_Ohm")
AT_ONCE = 32  # drivers that one solution of the circuit has on in turn


class Held(NamedTuple):
    """A weight matrix on its devices.

    Attributes
    ----------
    plus, minus : (post, pre) in S
    weights : (post, pre), what the simulator has in these devices, wires left out
    weight_per_S : weights = (plus - minus) weight_per_S
    unit_S, zero_S : of one device, conductance = zero_S + unit_S times its state in normalised units
    """

    plus: np.ndarray
    minus: np.ndarray
    weights: np.ndarray
    weight_per_S: float
    unit_S: float
    zero_S: float

    @property
    def read(self) -> np.ndarray:
        """Weights (post, pre) that the conductances give."""
        return (self.plus - self.minus) * self.weight_per_S


class Crossbar(NamedTuple):
    """One tile: rows are presynaptic, pairs of columns postsynaptic.

    Attributes
    ----------
    name : of its matrix
    place : which part of the matrix
    plus, minus : (rows, pairs) in S
    held : the whole matrix
    """

    name: str
    place: Tile
    plus: np.ndarray
    minus: np.ndarray
    held: Held

    @property
    def columns(self) -> np.ndarray:
        """(rows, 2 pairs) in S as they lie beside each other: plus, minus, plus, minus ..."""
        return np.stack([self.plus, self.minus], axis=2).reshape(len(self.plus), -1)

    def currents(self, row_V: np.ndarray, wires: Wires) -> np.ndarray:
        """Currents (k, 2 pairs) of the columns at the row voltages (k, rows), of the exact circuit (`circuits.nodal`)."""
        return solve(self.columns.T, row_V, wires).output_A

    def effective(self, wires: Wires) -> np.ndarray:
        """Weights (post, pre) that a read through the wires has: the currents of the exact circuit with one row at 1 V at a time."""
        if not any(wires):
            return self.place.of(self.held.read)
        rows = np.eye(len(self.plus))
        found = np.concatenate([self.currents(rows[k:k + AT_ONCE], wires) for k in range(0, len(rows), AT_ONCE)])
        return (found[:, 0::2] - found[:, 1::2]).T * self.held.weight_per_S


def device_of(profile: Profile) -> DeviceSection:
    """The device of a profile whose weights are conductances of known size.

    Raises
    ------
    InputError
        Names the field that the profile lacks.
    """
    section = profile.device
    if profile.weights.format != "conductance" or section is None:
        raise InputError(f"{profile.file}: weights.format", f"= '{profile.weights.format}'; a crossbar holds 'conductance'")
    if section.g_max_S is None:
        raise InputError(f"{profile.file}: device.g_max_S", "is missing; without it nobody knows what conductance a weight is")
    if section.g_min_S is not None and section.cell == "one_sided_pair":
        raise InputError(f"{profile.file}: device.g_min_S", f"= {section.g_min_S.v:g}; is the conductance of the normalised weight -1, "
                         "which no device of a one-sided pair has; remove it")
    return section


def wires_of(profile: Profile) -> Wires:
    """Resistances of the lines of a tile; 0 where the profile knows of none."""
    topology = profile.topology
    return Wires(
        number(topology.wire_row_Ohm), number(topology.wire_col_Ohm), number(topology.driver_Ohm), number(topology.sense_Ohm))


def nominal(profile: Profile) -> Profile:
    """The profile without what differs from device to device, without noise of writes, time, wear and wires."""
    section = device_of(profile)
    none = [field for field in type(section).model_fields if field.endswith("_dtod") or field in SPREADS]
    return profile.model_copy(update={
        "device": section.model_copy(update=dict.fromkeys(none)), "time": profile.time.model_copy(update=dict.fromkeys(OF_DEVICES)),
        "topology": profile.topology.model_copy(update=dict.fromkeys(WIRES))})


def arrays_of(trained: TrainedNetwork) -> dict[str, Array]:
    """The arrays of the chip that holds the network, digital ones left out; nominal devices asked to hold it if there is no chip.

    Raises
    ------
    InputError
        If the matrices are no longer those of the chip.
    """
    chip, bias = trained.chip, [] if trained.bias is None else [trained.bias[:, None]]
    if chip is None:
        wanted = {"inputs": np.hstack([trained.inputs, *bias]), "recurrent": trained.recurrent, "readout": trained.readout}
        ideal = nominal(trained.profile)
        for name, one in wanted.items():
            check_finite(name, one)
        return {name: place(name, k, one, None, ideal, trained.seed, np.float64) for k, (name, one) in enumerate(wanted.items())}
    now = of_chip(chip)
    for name in ("inputs", "recurrent", "readout", "bias"):
        if not np.array_equal(getattr(now, name), getattr(trained, name)):
            raise InputError(f"trained.{name}", "is not what trained.chip holds; without a chip (None) it is mapped onto nominal devices")
    return {name: chip.arrays[name] for name in chip.mapping["projections"] if chip.arrays[name].on_chip}


def held(array: Array, profile: Profile) -> Held:
    """The conductances of an array.

    Raises
    ------
    InputError
        If one is negative or not finite, with its place.
    """
    section, weights = device_of(profile), array.stored().astype(np.float64)
    g_max, reach = number(section.g_max_S), max(number(section.w_max), -number(section.w_min))
    unit, zero = g_max / reach, 0.0
    found = siemens(array, profile)
    if section.g_min_S is not None:
        unit = (g_max - number(section.g_min_S)) / (reach + 1)
        zero = number(section.g_min_S) + unit
        device = inside(array.device, Referenced)
        reference = np.zeros(weights.shape) if device is None else matrix(array, device.reference) / array.scale
        found = {"plus": zero + unit * (weights / array.scale + reference), "minus": zero + unit * reference}
    elif "both" in found:
        found = {"plus": np.maximum(found["both"], 0.0), "minus": np.maximum(-found["both"], 0.0)}
    for name, one in found.items():
        check_finite(f"{array.name}: g_{name}", one)
        if (one < 0).any():
            i, j = np.argwhere(one < 0)[0]
            raise InputError(f"{array.name}: g_{name}[{j}, {i}]", f"= {one[i, j]:g} S; no device conducts less than nothing")
    found = {name: one + 0.0 for name, one in found.items()}  # -0.0, which pairs hold too, would be a resistance of minus infinity
    return Held(found["plus"], found["minus"], weights, array.scale / unit, unit, zero)


def crossbars_of(matrices: dict[str, Held], profile: Profile) -> list[Crossbar]:
    """The tiles of all matrices, one after the other."""
    return [
        Crossbar(name, place, place.of(one.plus).T, place.of(one.minus).T, one)
        for name, one in matrices.items() for place in tiles_of(profile, *one.plus.shape)]


def seen(trained: TrainedNetwork, crossbars: list[Crossbar], wires: Wires) -> dict[str, np.ndarray]:
    """Matrices (post, pre) as they are read through the wires, by name; digital ones as they are."""
    found = {} if trained.chip is None else {
        name: np.array(one, np.float64) for name, one in trained.chip.weights().items() if name in trained.chip.mapping["projections"]}
    for one in crossbars:
        part = found.setdefault(one.name, np.zeros(one.held.plus.shape))
        one.place.of(part)[...] = one.effective(wires)
    return found


def network_of(trained: TrainedNetwork, matrices: dict[str, np.ndarray]) -> TrainedNetwork:
    """The network with these matrices instead, decorrelation folded in where they have it."""
    inputs, recurrent, readout = folded(trained.network, matrices) if trained.chip is not None else (
        matrices[name] for name in ("inputs", "recurrent", "readout"))
    n = trained.network.inputs
    bias = None if trained.bias is None else inputs[:, n]
    return replace(trained, inputs=inputs[:, :n], recurrent=recurrent, readout=readout, bias=bias, chip=None)
