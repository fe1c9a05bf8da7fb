"""python run_crossbar_files.py FOLDER EXPECTED: exit code 0 if crossbar.h5, crossbar.csv and the netlists of FOLDER hold the same
conductances and wires, and those that tile<k>.npz of EXPECTED has, and the weights of the network follow from them."""
import re
import sys
from pathlib import Path

import h5py
import numpy as np
from agreement import agree

folder, wanted, agreed = Path(sys.argv[1]), Path(sys.argv[2]), []
lines = (folder / "crossbar.csv").read_text().splitlines()
assert lines[0] == "tile,row,col,device,g_target_S,w_code"
listed = {tuple(line.split(",")[:4]): float(line.split(",")[4]) for line in lines[1:]}
with h5py.File(folder / "crossbar.h5") as file:
    assert file.attrs["format"] == "neurosim-crossbar" and file.attrs["version"] == 1
    for k, group in file["tiles"].items():
        expected = np.load(wanted / f"tile{k}.npz", allow_pickle=False)
        pair = {name: group[f"g_{name}"][()] for name in ("plus", "minus")}
        if pair["plus"].shape != expected["weights"].shape:
            sys.exit(f"tile {k}: {pair['plus'].shape} instead of {expected['weights'].shape}")
        text = (folder / f"tile{k}.cir").read_text()
        cells = {(int(i), int(j)): float(ohm) for i, j, ohm in re.findall(r"(?m)^rc_(\d+)_(\d+) \S+ \S+ (\S+)$", text)}
        for c, (name, siemens) in enumerate(pair.items()):
            csv = [[listed[k, str(i), str(j), name] for j in range(siemens.shape[1])] for i in range(len(siemens))]
            ohm = [[cells.get((i, 2 * j + c), np.inf) for j in range(siemens.shape[1])] for i in range(len(siemens))]
            agreed.append(np.array_equal(csv, siemens))
            with np.errstate(divide="ignore"):
                agreed.append(np.array_equal(ohm, 1 / siemens))
            agreed.append(np.array_equal(expected["g"][:, c::2], siemens))
        ohms = ("wire_row_ohm", "wire_col_ohm", "driver_ohm", "sense_ohm")
        agreed += [float(group.attrs[name]) == float(expected[name]) for name in ohms]
        segments = {float(ohm) for ohm in re.findall(r"(?m)^rwr_\d+_[1-9]\d* \S+ \S+ (\S+)$", text)} or {0.0}
        agreed.append(segments == {float(expected["wire_row_ohm"])})
        largest = np.abs(expected["weights"]).max()
        weights = (pair["plus"] - pair["minus"]) * group.attrs["w_per_S"]
        agreed.append(agree(f"weights of tile {k}", weights / largest, expected["weights"] / largest, 1e-6))
print(f"{sum(agreed)} of {len(agreed)} agree")
sys.exit(not all(agreed))
