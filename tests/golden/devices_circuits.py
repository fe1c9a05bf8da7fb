"""Crossbar circuits against ngspice, CrossSim, aihwkit and MemTorch."""
from __future__ import annotations

import json
import re

import numpy as np

from neurosim.circuits.irdrop import polynomial_drop
from neurosim.circuits.nodal import Mesh, Wires, solve, solve_mesh, solve_passive
from neurosim.circuits.sinh_cells import SinhCells, solve_cells
from neurosim.circuits.slicing import Converter, balanced, balanced_slices, multiply, offset_slices

EXACT, CROSSSIM, FLOAT32, POLYNOMIAL = 1e-9, 1e-6, 2e-5, 1e-5
LEAK_S, SHORT_OHM = 1e-15, 1e-7  # what the recorded solver put in the place of nothing and of a perfect input line
STYLES = {1: "balanced", 2: "sliced", 3: "offset"}  # numbers in the recorded parameters
MAX_RANGE = 2


def error(value, truth):
    """Largest difference over the largest magnitude of the truth."""
    truth = np.asarray(truth, float)
    return float(np.abs(np.asarray(value) - truth).max() / np.abs(truth).max())


def described(path):
    """The .json beside an .npz."""
    return json.loads(path.with_suffix(".json").read_text())


def stems(arrays, ending):
    """What comes before `ending` in the names of the arrays."""
    return [name.removesuffix(ending) for name in arrays if name.endswith(ending)]


def crossbar_ngspice(path):
    z = np.load(path)
    for name in stems(z, "_G"):
        found = solve(z[f"{name}_G"], z[f"{name}_V"], Wires(*map(float, z[f"{name}_R"])))
        for what, value in (
                ("I_ngspice", found.output_A), ("I_nodal", found.output_A), ("Iin_nodal", found.input_A), ("P_nodal", found.power_W),
                ("Va", found.input_node_V), ("Vb", found.output_node_V)):
            if f"{name}_{what}" in z:
                yield f"{name} {what}", error(value, z[f"{name}_{what}"]), EXACT


def crossbar_sinh_ngspice(path):
    z = np.load(path)
    cells = SinhCells(z["G"], z["k"] if z["k"].ndim else float(z["k"]))
    found = solve_cells(cells, z["V"], Wires(float(z["Rin"]), float(z["Rout"])))
    for what in ("I_ngspice", "I_newton"):
        if what in z:
            yield what, error(found.output_A, z[what]), EXACT


def irdrop_aihwkit_vs_nodal(path):
    z = np.load(path)
    for name, case in described(path).items():
        weights, x, g_max, ohm = z[f"{name}_W"], z[f"{name}_x"], case["gmax"], case["R_wire_ohm"]
        for side in ("last", "first"):
            wires = Wires(SHORT_OHM, ohm, sense_at_first=side == "first")
            plus, minus = (solve(np.maximum(sign * weights, 0) * g_max + LEAK_S, x, wires).output_A / g_max for sign in (1, -1))
            yield f"{name} nodal, amplifier {side}", error(plus - minus, z[f"{name}_nodal_adc_{side}"]), EXACT
        yield f"{name} polynomial", error(polynomial_drop(weights, x, 1 / (ohm * g_max)), z[f"{name}_aihwkit"]), POLYNOMIAL


def memtorch_passive(path):
    z = np.load(path)
    yield "I", error(solve_passive(z["G"], z["V"], float(z["Rs"]), float(z["Rl"])).output_A, z["I"]), FLOAT32


def crosssim_segments(shape, row, col, row_terminal, col_terminal):
    """Segments of CrossSim: it adds the resistance of the input terminals to every segment of input line 0 instead of the first of all."""
    inputs, outputs = Wires(row, col, 0.0, col_terminal).segments(*shape)
    inputs[:, 0] += row_terminal
    return inputs, outputs


def interleaved(plus, minus, x, row, col, row_terminal=0.0, col_terminal=0.0):
    """Input lines for +x and -x beside each other, with no wire between their crossings with the output line that they share."""
    cells = np.stack([plus, minus], axis=2).reshape(plus.shape[0], -1)
    inputs, outputs = crosssim_segments(cells.shape, row, col, 0.0, col_terminal)
    inputs[:, :2] += row_terminal
    outputs[:, ::2] = 0.0
    return solve_mesh(Mesh(inputs, outputs), cells, np.stack([x, -x], axis=1).ravel()).output_A


def crosssim(path):
    z, cases = np.load(path), described(path)["cases"]
    for name in stems(z, "_I_nodal"):
        cells, volt, ohm = z[f"{name}_G"], z[f"{name}_V"], tuple(map(float, z[f"{name}_R"]))
        yield f"{name} nodal", error(solve(cells, volt, Wires(*ohm)).output_A, z[f"{name}_I_nodal"]), EXACT
        found = solve_mesh(Mesh(*crosssim_segments(cells.shape, *ohm)), cells, volt).output_A
        yield f"{name} CrossSim", error(found, z[finest(z, name)]), CROSSSIM
    for name in stems(z, "_Gp_norm"):
        ohm = [cases[name][key] / cases[name]["Rmin"] for key in ("Rp_row", "Rp_col")]
        found = interleaved(z[f"{name}_Gp_norm"], z[f"{name}_Gm_norm"], z[f"{name}_V"], *ohm)
        yield f"{name} interleaved", error(found, z[finest(z, name)]), CROSSSIM
    for name in stems(z, "_Wread"):
        held, found = core(z["q_W"], z["q_x"], cases[name]["params"])
        yield f"{name} weights", error(held, z[f"{name}_Wread"]), CROSSSIM
        yield f"{name} product", error(found, z[f"{name}_y"]), CROSSSIM


def finest(arrays, name):
    """The recorded currents with the smallest tolerance of the iteration."""
    return min((key for key in arrays if re.match(f"{name}_I_verr", key)), key=lambda key: float(key.partition("verr")[2]))


def core(weights, x, params):
    """(weights held, product) of a recorded CrossSim core."""
    settings, device, wires = params["core"], params["xbar"]["device"], params["xbar"]["array"]["parasitics"]
    bits, g_min = settings["weight_bits"], 0.0 if device["infinite_on_off_ratio"] else device["Rmin"] / device["Rmax"]
    style, gain = STYLES[settings["style"]], 1.0
    if style == "balanced":
        array = balanced(weights, g_min, device["cell_bits"] or None)
    elif style == "offset":
        array = offset_slices(weights, bits, 1, g_min)
        gain = (2**bits - 2) / (2**bits - 1)  # its products, not its weights, take 2^bits - 1 steps for the range of the weights
    elif STYLES[settings["bit_sliced"]["style"]] == "balanced":
        array = balanced_slices(weights, bits, settings["bit_sliced"]["num_slices"], g_min)
    else:
        array = offset_slices(weights, bits, settings["bit_sliced"]["num_slices"], g_min)
    into, out = params["xbar"]["dac"]["mvm"], params["xbar"]["adc"]["mvm"]
    dac = (into["bits"], into["slice_size"] if into["input_bitslicing"] else None) if into["bits"] else None
    adc = None
    if out["bits"]:
        top = float(x.size) if out["adc_range_option"] == MAX_RANGE else float(out["calibrated_range"][1])
        adc = Converter(out["bits"], top, out["adc_per_ibit"])
    if not wires["enable"]:
        return array.weights(), gain * multiply(array, x, dac, adc)
    ohm = [wires[key] / device["Rmin"] for key in ("Rp_row", "Rp_col", "Rp_row_terminal", "Rp_col_terminal")]

    def current(plus, minus, v):
        if settings["balanced"]["interleaved_posneg"]:
            return interleaved(plus, minus, v, *ohm)
        mesh = Mesh(*crosssim_segments(plus.shape, *ohm))
        return solve_mesh(mesh, plus, v).output_A - solve_mesh(mesh, minus, v).output_A

    return array.weights(), gain * multiply(array, x, dac, adc, current)


CHECKS = {
    "crossbar_ngspice": crossbar_ngspice, "crossbar_sinh_ngspice": crossbar_sinh_ngspice, "crosssim": crosssim,
    "irdrop_aihwkit_vs_nodal": irdrop_aihwkit_vs_nodal, **{f"memtorch_passive_{n}": memtorch_passive for n in range(100)}}
