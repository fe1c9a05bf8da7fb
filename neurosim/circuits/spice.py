"""The same crossbar as an ngspice netlist: written, run where ngspice is installed, and its currents read.

The netlist has a voltage source ``vin_j`` for every input line, a resistor or a behavioural source for every cell, resistors for the
segments of the lines, and a source of 0 V, ``vs_i``, as the ammeter of every output line.
"""
from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import tempfile
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError, NeurosimError
from .nodal import Wires, checked


class Names(NamedTuple):
    """What elements are called: of output line `i` and input line `j`."""

    cell: str = "c_{i}_{j}"  # behind r or b, which tell ngspice the kind
    input_segment: str = "ri_{i}_{j}"
    output_segment: str = "ro_{i}_{j}"


USUAL = Names()

def netlist(
    conductance_S: np.ndarray, voltage_V: np.ndarray, wires: Wires, steepness_per_V: Any = None, title: str = "crossbar",
    names: Names = USUAL
) -> str:
    """The netlist of a crossbar, without analysis commands.

    Parameters
    ----------
    conductance_S : (n_out, n_in); a cell of 0 is left out
    voltage_V : (n_in,)
    wires : Wires; a segment of 0 Ohm is one node
    steepness_per_V : k of cells I = G / k sinh(k V), a number or (n_out, n_in); None for linear cells
    names : of the elements

    Raises
    ------
    InputError
        If a shape or a number is not allowed.
    """
    conductance, voltage = checked(conductance_S, voltage_V)
    if voltage.ndim != 1:
        raise InputError("voltage_V", f"has the shape {voltage.shape}; a netlist has one vector")
    n_out, n_in = conductance.shape
    flip = slice(None, None, -1 if wires.sense_at_first else 1)
    inputs, outputs = wires.segments(n_out, n_in)
    outputs = outputs[:, flip]
    lines = [title.replace("\n", " ")] + [f"vin_{j} in_{j} 0 dc {float(voltage[j])!r}" for j in range(n_in)]
    lines += [f"vs_{i} out_{i} 0 dc 0" for i in range(n_out)]
    a = [[""] * n_in for _ in range(n_out)]
    b = [[""] * n_in for _ in range(n_out)]
    for j in range(n_in):
        node = f"in_{j}"
        for i in range(n_out):
            node = a[i][j] = _wire(lines, names.input_segment.format(i=i, j=j), node, f"a_{i}_{j}", inputs[i, j])
    for i in range(n_out):
        node = f"out_{i}"
        for j in range(n_in)[::-1] if not wires.sense_at_first else range(n_in):
            node = b[i][j] = _wire(lines, names.output_segment.format(i=i, j=j), node, f"b_{i}_{j}", outputs[i, j])
    steepness = None if steepness_per_V is None else np.broadcast_to(steepness_per_V, conductance.shape)
    for i, j in zip(*np.nonzero(conductance)):
        g, ends, name = float(conductance[i, j]), f"{a[i][j]} {b[i][j]}", names.cell.format(i=i, j=j)
        if steepness is None:
            lines.append(f"r{name} {ends} {1 / g!r}")
        else:
            k = float(steepness[i, j])
            lines.append(f"b{name} {ends} i={g / k!r}*sinh({k!r}*v({a[i][j]},{b[i][j]}))")
    return "\n".join([*lines, ".end", ""])


def _wire(lines: list[str], name: str, start: str, end: str, ohm: float) -> str:
    """Add a segment; the node where it ends."""
    if ohm == 0:
        return start
    lines.append(f"{name} {start} {end} {float(ohm)!r}")
    return end


def is_installed() -> bool:
    """Whether there is an ngspice to run."""
    return shutil.which("ngspice") is not None


def run(text: str, timeout_s: float = 120.0) -> np.ndarray:
    """Currents into the ammeters ``vs_0``, ``vs_1``, ... of a netlist, in A, at its operating point.

    Raises
    ------
    NeurosimError
        If ngspice is absent, takes longer than `timeout_s`, or returns no operating point.
    """
    program = shutil.which("ngspice")
    if program is None:
        raise NeurosimError("ngspice is not installed; on Debian and Ubuntu: apt-get install ngspice")
    names = sorted(re.findall(r"^(vs_\d+) ", text, re.MULTILINE), key=lambda name: int(name[3:]))
    control = [".options reltol=1e-12 abstol=1e-18 vntol=1e-15 itl1=1000", ".control", "set numdgt=15", "op"]
    control += [f"print i({name})" for name in names] + ["quit", ".endc", ".end", ""]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "crossbar.cir"
        path.write_text(re.sub(r"^\.end\s*$", "", text, flags=re.MULTILINE) + "\n".join(control))
        try:
            done = subprocess.run([program, "-b", str(path)], capture_output=True, text=True, timeout=timeout_s, cwd=folder)
        except subprocess.TimeoutExpired:
            raise NeurosimError(f"ngspice took longer than {timeout_s:g} s for {len(names)} outputs") from None
    found = dict(re.findall(r"^i\((vs_\d+)\)\s*=\s*(\S+)", done.stdout, re.MULTILINE))
    if set(found) != set(names):
        said = (done.stderr or done.stdout).strip().splitlines()
        raise NeurosimError(f"ngspice returned {len(found)} of {len(names)} currents; it said: {said[-1] if said else 'nothing'}")
    return np.array([float(found[name]) for name in names])
