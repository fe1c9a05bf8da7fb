"""Conductances for memory crossbars: HDF5 and CSV, a schedule that programs them, and the circuit of every tile as a SPICE netlist.

Rows are presynaptic, pairs of columns (plus, minus, interleaved) postsynaptic; the bias is the last row of "inputs", held at the voltage
of activity 1.  Drivers are at column 0, amplifiers (0 V) below the last row; a segment of wire lies before every cell of a row and behind
every cell of a column, driver_Ohm and sense_Ohm in series with the outer ones.

``crossbar.h5``: attributes format, version; ``tiles/<k>/`` g_plus, g_minus (rows, pairs) in S, attributes matrix, row0, col0 (of the pair),
w_per_S, wire_row_ohm, wire_col_ohm, driver_ohm, sense_ohm, wire_ohm where one number says it all, dac_bits, adc_bits; ``network/<matrix>/``
attributes tiles, shape (post, pre), bias_row (-1: none), and "weights" where a matrix is digital.  ``crossbar.csv`` has the same
conductances, and in w_code how many nominal steps of the device they are.  ``program.csv``: see `export.programming`.
"""
from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ...circuits.nodal import Wires
from ...circuits.spice import Names, netlist
from ...generators import generator
from ...profile import Profile
from ...pulsed import granularity
from ...tiles import UNAVAILABLE
from .. import programming
from ..conductances import Crossbar, arrays_of, crossbars_of, device_of, held, network_of, seen, wires_of
from ..deterministic import hdf5_bytes
from ..parcel import Arrays, Options, Parcel
from ..quantiser import account
from ..semantics import outputs_of, run_float, to_float
from ..trained import TrainedNetwork

VERSION = 1
UNIT_V = 0.2    # of activity 1 in the vectors: our choice, no profile has a read voltage; the circuit is linear
RANDOM, SHOWN = 6, 4  # vectors of row voltages: at random, and of the task
VECTORS = 6101  # random stream; the tile is its block
TOLERANCE = 1e-6  # of the largest current: what solvers agree to
NAMES = Names("c_{j}_{i}", "rwr_{j}_{i}", "rwc_{j}_{i}")  # row, column
LOST = "neurons, delays, the leak of outputs: the crossbar holds weights, everything else is computed beside it"


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`.

    Raises
    ------
    InputError
        If the profile does not know what conductance a weight is; names the field.
    """
    profile = trained.profile
    device_of(profile)
    matrices = {name: held(array, profile) for name, array in arrays_of(trained).items()}
    wires, crossbars = wires_of(profile), crossbars_of(matrices, profile)
    files: dict[str, str | bytes] = {
        "crossbar.h5": hdf5_bytes(lambda file: fill(file, trained, crossbars, wires)), "crossbar.csv": table(crossbars, profile),
        "program.csv": programming.schedule(crossbars, profile),
        **{f"tile{k}.cir": circuit(k, one, wires) for k, one in enumerate(crossbars)}}

    @cache
    def read() -> dict[str, np.ndarray]:
        return seen(trained, crossbars, wires)

    def run(inputs: np.ndarray) -> Arrays:
        return run_float(network_of(trained, read()), inputs)

    return Parcel(
        str(VERSION), "ngspice and badcrossbar: the currents of every tile (tile<k>.npz)", files,
        tuple(account(name, one.weights, one.read, None) for name, one in matrices.items()), run, to_float, outputs_of, tol=TOLERANCE,
        lost=(LOST, *lost(trained, wires)), about=about(trained, crossbars, wires),
        vectors=lambda inputs: {
            f"tile{k}.npz": expected(k, one, wires, activity(trained, one, read(), run(inputs), inputs), trained.seed)
            for k, one in enumerate(crossbars)})


def fill(file: Any, trained: TrainedNetwork, crossbars: list[Crossbar], wires: Wires) -> None:
    """Write ``crossbar.h5``."""
    file.attrs.update(format="neurosim-crossbar", version=VERSION)
    io = trained.profile.io
    for k, one in enumerate(crossbars):
        group = file.create_group(f"tiles/{k}")
        for name, siemens in (("g_plus", one.plus), ("g_minus", one.minus)):
            group.create_dataset(name, data=np.ascontiguousarray(siemens), track_times=False)
        group.attrs.update(
            matrix=one.name, row0=one.place.pre[0], col0=one.place.post[0], w_per_S=one.held.weight_per_S, **resistances(wires),
            dac_bits=UNAVAILABLE if io.dac_bits is None else int(io.dac_bits.v),
            adc_bits=UNAVAILABLE if io.adc_bits is None else int(io.adc_bits.v))
    n = trained.network.inputs
    for name in dict.fromkeys(one.name for one in crossbars):
        shape = next(one.held.plus.shape for one in crossbars if one.name == name)
        file.create_group(f"network/{name}").attrs.update(
            tiles=[k for k, one in enumerate(crossbars) if one.name == name], shape=shape,
            bias_row=n if name == "inputs" and trained.bias is not None else -1)
    for name, weights in digital(trained).items():
        group = file.create_group(f"network/{name}")
        group.attrs.update(tiles=np.zeros(0, np.int64), shape=weights.shape, bias_row=-1)
        group.create_dataset("weights", data=weights, track_times=False)


def digital(trained: TrainedNetwork) -> dict[str, np.ndarray]:
    """Matrices that a chip holds as numbers beside its arrays."""
    chip = trained.chip
    return {} if chip is None else {
        name: array.weights().astype(np.float64) for name, array in chip.arrays.items()
        if name in chip.mapping["projections"] and not array.on_chip}


def resistances(wires: Wires) -> dict[str, float]:
    """Of the lines, for attributes and arrays; "wire_ohm" where one number says it all."""
    found = {"wire_row_ohm": float(wires.input_Ohm), "wire_col_ohm": float(wires.output_Ohm),
             "driver_ohm": float(wires.driver_Ohm), "sense_ohm": float(wires.sense_Ohm)}
    is_one = found["wire_row_ohm"] == found["wire_col_ohm"] and not (found["driver_ohm"] or found["sense_ohm"])
    return {**found, **({"wire_ohm": found["wire_row_ohm"]} if is_one else {})}


def table(crossbars: list[Crossbar], profile: Profile) -> str:
    """``crossbar.csv``."""
    step, lines = granularity(device_of(profile)), ["tile,row,col,device,g_target_S,w_code"]
    for k, one in enumerate(crossbars):
        codes = [np.rint((siemens - one.held.zero_S) / (one.held.unit_S * step)).astype(np.int64) for siemens in (one.plus, one.minus)]
        for i in range(len(one.plus)):
            for j in range(one.plus.shape[1]):
                lines.append(f"{k},{i},{j},plus,{float(one.plus[i, j])!r},{codes[0][i, j]}")
                lines.append(f"{k},{i},{j},minus,{float(one.minus[i, j])!r},{codes[1][i, j]}")
    return "\n".join([*lines, ""])


def circuit(k: int, one: Crossbar, wires: Wires) -> str:
    """``tile<k>.cir``, every row at the voltage of activity 1."""
    rows, columns = one.columns.shape
    title = f"* neurosim crossbar tile {k}: {one.name}, rows={rows} columns={columns} (plus, minus, plus, minus ...)"
    return netlist(one.columns.T, np.full(rows, UNIT_V), wires, title=title, names=NAMES)


def activity(trained: TrainedNetwork, one: Crossbar, matrices: dict[str, np.ndarray], ran: Arrays, inputs: np.ndarray) -> np.ndarray:
    """What the rows of a tile are sent at the busiest steps, (SHOWN, rows) or fewer."""
    sent, bias = ran["h"] if "h" in ran else ran["spikes"], [np.ones((len(inputs), 1))] if trained.bias is not None else []
    lines = np.hstack([inputs, *bias])
    if one.name in ("recurrent", "readout") and "lateral" in matrices:
        sent = sent @ matrices["lateral"].T
    if one.name == "inputs" and "input_lateral" in matrices:
        lines = lines @ matrices["input_lateral"].T
    found = lines if one.name in ("inputs", "input_lateral") else sent
    found = found[:, slice(*one.place.pre)]
    return found[np.sort(np.argsort(-np.abs(found).sum(axis=1), kind="stable")[:SHOWN])]


def expected(k: int, one: Crossbar, wires: Wires, active: np.ndarray, seed: int) -> Arrays:
    """Row voltages and what flows into the amplifiers; with them what `badcrossbar` needs, and the weights that the tile stands for."""
    rows = len(one.plus)
    volts = np.concatenate([generator(seed, VECTORS, k).uniform(-UNIT_V, UNIT_V, (RANDOM, rows)), UNIT_V * active])
    currents = one.currents(volts, wires)
    return {
        "inputs": volts, "outputs": currents, "differential": currents[:, 0::2] - currents[:, 1::2], "g": one.columns,
        "weights": one.place.of(one.held.weights).T, "w_per_S": np.float64(one.held.weight_per_S),
        **{name: np.float64(ohm) for name, ohm in resistances(wires).items()}}


def lost(trained: TrainedNetwork, wires: Wires) -> list[str]:
    """What of the chip the circuit does not have, a sentence each."""
    profile, found = trained.profile, []
    if trained.chip is not None and trained.network.decorrelation is not None:
        found.append("decorrelation: its matrices are tiles of their own, as on the chip; the folded ones above are not")
    if digital(trained):
        found.append(f"{', '.join(digital(trained))}: digital on this chip, numbers in crossbar.h5")
    if any(wires):
        found.append("wires: the simulator reads plus and minus cells on lines of their own, here they share their rows, exactly solved")
    if trained.chip is not None and any(array.stuck for array in trained.chip.arrays.values()):
        found.append("stuck devices of the simulated chip: their conductances are targets here as if they could be programmed")
    if profile.io.dac_bits is not None or profile.io.adc_bits is not None:
        found.append("converters: their widths are attributes, the circuit has none")
    return found


def about(trained: TrainedNetwork, crossbars: list[Crossbar], wires: Wires) -> dict[str, Any]:
    """Conventions, for the manifest."""
    section = device_of(trained.profile)
    pairs = ("the two devices of a one-sided pair" if section.cell == "one_sided_pair" else
             "a device of both signs against its reference device, g_min_S at the normalised weight -1" if section.g_min_S is not None else
             "the size of a device of both signs, in the column of its sign; the other one is at 0 S")
    return {
        "weight": "(g_plus - g_minus) w_per_S", "pairs": pairs, "g_max_S": float(section.g_max_S.v) if section.g_max_S else UNAVAILABLE,
        "g_min_S": UNAVAILABLE if section.g_min_S is None else float(section.g_min_S.v),
        "conductances": "targets on nominal devices" if trained.chip is None else
                        "those that the chip holds, with its device-to-device spread, write noise and age",
        "rows": "presynaptic; the bias is the last row of inputs, at the voltage of activity 1",
        "columns": "postsynaptic, plus and minus interleaved; drivers at column 0, amplifiers at 0 V below the last row",
        "wires": resistances(wires) if any(wires) else "none: the profile knows of no resistance of lines",
        "vectors": f"{RANDOM} at random and up to {SHOWN} of the task, {UNIT_V} V for activity 1 (a choice; the circuit is linear)",
        "w_code": "steps of device.dw_min from the conductance of weight 0, to the nearest", "program": programming.about(trained.profile),
        "tiles": [{"tile": k, "matrix": one.name, "row0": one.place.pre[0], "col0": one.place.post[0], "rows": len(one.plus),
                   "pairs": one.plus.shape[1], "w_per_S": one.held.weight_per_S} for k, one in enumerate(crossbars)]}
