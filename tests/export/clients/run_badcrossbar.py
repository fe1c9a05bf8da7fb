"""python run_badcrossbar.py crossbar.csv tile0.npz tile1.npz ...: exit code 0 if badcrossbar finds the expected column currents.

Of wires with one resistance per segment, rows and columns each; it has no drivers and amplifiers with resistance.
"""
import logging
import re
import sys
from pathlib import Path

import numpy as np
from agreement import agree

logging.disable(logging.CRITICAL)
import badcrossbar  # noqa: E402  # logs while it is imported

cells = [line.split(",") for line in Path(sys.argv[1]).read_text().splitlines()[1:]]
agreed = []
for path in map(Path, sys.argv[2:]):
    expected, tile = np.load(path, allow_pickle=False), re.sub(r"\D", "", path.stem)
    places = {(int(row), 2 * int(col) + (device == "minus")): float(siemens) for k, row, col, device, siemens, _ in cells if k == tile}
    g = np.zeros(1 + np.array(list(places)).max(axis=0))
    for place, siemens in places.items():
        g[place] = siemens
    volts, currents = expected["inputs"], expected["outputs"]
    if expected["driver_ohm"] or expected["sense_ohm"] or volts.shape[1] != len(g):
        sys.exit(f"badcrossbar: {volts.shape[1]} voltages, {len(g)} rows, drivers of {expected['driver_ohm']} Ohm")
    with np.errstate(divide="ignore"):
        solved = badcrossbar.compute(
            volts.T, 1 / g, r_i_word_line=float(expected["wire_row_ohm"]), r_i_bit_line=float(expected["wire_col_ohm"]))
    largest = np.abs(currents).max()
    agreed.append(agree(f"badcrossbar, tile {tile}", solved.currents.output / largest, currents / largest, float(expected["tol"])))
sys.exit(not all(agreed))
